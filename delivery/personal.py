"""Answers for one caller: nobody keeps them, and lists of his own rows come newest first, part by part."""

from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from delivery.cursors import decode_cursor, encode_cursor
from delivery.parameters import Parameters

# For `openapi_extra`: the answer is one caller's, and may hold an address that is signed.
PERSONAL = {"x-personal": True}


class PartParameters(Parameters):
    """How many, and from where on."""

    limit: Annotated[int, Field(ge=1, le=100, description="Entries an answer.")] = 20
    cursor: Annotated[str | None, Field(min_length=1, max_length=64, description="`next` of the answer before.")] = None


def newest_first(
    rows: QuerySet[Any], order: str, query: PartParameters, at: str = "created_at"
) -> tuple[list[Any], str | None]:
    """A part of a caller's rows, and the cursor for what follows, None at the end. `order`: the list's name in cursors.

    `at`: the field that says when. Keys are UUIDs, or whole numbers. Raises BadParameter.
    """
    rows = rows.order_by(f"-{at}", "-pk")
    if query.cursor:
        moment, last = decode_cursor(order, query.cursor)
        key = last if rows.model._meta.pk.get_internal_type() == "UUIDField" else last.int
        rows = rows.filter(Q(**{f"{at}__lt": moment}) | Q(**{at: moment, "pk__lt": key}))
    # One more than asked for, to know whether there is a next part.
    found = list(rows[: query.limit + 1])
    part = found[: query.limit]
    return part, _cursor_after(order, part[-1], at) if len(found) > len(part) else None


def _cursor_after(order: str, row: Any, at: str) -> str:
    return encode_cursor(order, getattr(row, at), row.pk if isinstance(row.pk, UUID) else UUID(int=row.pk))


def personal(answer: Schema, status: int = 200) -> HttpResponse:
    """An answer for one caller, which nobody keeps."""
    response = HttpResponse(answer.model_dump_json(), status=status, content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    return response


def only_looks(request: HttpRequest) -> bool:
    """Whether the caller asks for the headers alone. `request.method` is GET then: views need not tell them apart."""
    return bool(request.META.get("REQUEST_METHOD") == "HEAD")
