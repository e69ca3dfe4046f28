"""What lives where, and what changed: `resolve/` and `changes/`."""

import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field

from delivery.caching import cache_control, etag_of, json_response
from delivery.context import api_url
from delivery.errors import BadParameter, LogGone, NotPublished
from delivery.models import Change, ChangeKind, LogHead, OldPath, PublishedDocument
from delivery.parameters import Parameters
from delivery.problems import PROBLEMS, Problem
from delivery.reading import next_change_of_anything
from delivery.slugs import canonical_path

router = Router()


class ResolveParameters(Parameters):
    """A frontend path."""

    path: Annotated[str, Field(min_length=1, max_length=1024, description="Path of a frontend address.")]


class Resolved(Schema):
    """What is published at a frontend path."""

    type: str = Field(description="The collection.")
    id: UUID
    locale: str
    path: str
    api_url: str


class Redirected(Schema):
    """Where to go instead."""

    redirect: str = Field(description="Frontend path.")
    permanent: bool


@router.get("resolve/", response={200: Resolved | Redirected, **PROBLEMS}, summary="What lives at a frontend path")
def resolve(request: HttpRequest, query: Query[ResolveParameters]) -> HttpResponse:
    """The document at a path, or where a former path or another spelling leads now."""
    path = canonical_path(query.path)
    document = PublishedDocument.objects.filter(path=path).values("collection", "story_id", "locale", "path").first()
    if document is None:
        former = OldPath.objects.filter(path=path).values("story_id", "locale").first()
        found = PublishedDocument.objects.filter(**former).values_list("path", flat=True).first() if former else None
        if found is None:
            raise NotPublished
        answer: Resolved | Redirected = Redirected(redirect=found, permanent=True)
    elif query.path.rstrip("/") != path.rstrip("/"):
        answer = Redirected(redirect=path, permanent=True)
    else:
        story_id, locale, collection = document["story_id"], document["locale"], document["collection"]
        answer = Resolved(
            type=collection,
            id=story_id,
            locale=locale,
            path=path,
            api_url=api_url(collection, story_id, locale),
        )
    body = answer.model_dump_json().encode()
    locale = path.split("/")[1]
    return json_response(
        request,
        body,
        etag=etag_of([body.decode()]),
        locale=locale,
        control=cache_control(*next_change_of_anything()),
        tags=["resolve", f"path:{path}"],
    )


class ChangesParameters(Parameters):
    """From where on."""

    since: Annotated[str, Field(max_length=80, description="`next` of the answer before; empty: the beginning.")] = ""
    limit: Annotated[int, Field(ge=1, le=1000, description="Entries an answer.")] = 100


class ChangeEntry(Schema):
    """One change. A withdrawal is a tombstone: there is nothing left to fetch."""

    sequence: int = Field(description="Without gaps; rises with time.")
    at: datetime
    kind: ChangeKind
    type: str
    id: UUID
    locale: str
    path: str
    api_url: str | None = Field(description="Null for a withdrawal.")
    replacement: UUID | None = Field(description="The story that replaces a withdrawn one.")


class Changes(Schema):
    """A part of the feed."""

    items: list[ChangeEntry]
    next: str = Field(description="Token to go on with; it stays valid at the end of the feed.")
    has_more: bool


@router.get("changes/", response={200: Changes, 410: Problem, **PROBLEMS}, summary="Everything that changed, in order")
def changes(request: HttpRequest, query: Query[ChangesParameters]) -> HttpResponse:
    """What was published, changed or withdrawn since a token."""
    head = LogHead.objects.first() or LogHead(sequence=0)
    after = _sequence(query.since, head)
    rows = list(Change.objects.filter(sequence__gt=after).order_by("sequence")[: query.limit + 1])
    shown = rows[: query.limit]
    answer = Changes(
        items=[_entry(change) for change in shown],
        next=_token(head, shown[-1].sequence if shown else after),
        has_more=len(rows) > query.limit,
    )
    body = answer.model_dump_json().encode()
    response = json_response(
        request,
        body,
        etag=etag_of([answer.next, str(query.limit), query.since]),
        locale="mul",
        control="",
        tags=[],
    )
    response["Cache-Control"] = "public, max-age=0, s-maxage=1"
    response["Cache-Tag"] = "changes"
    del response["Content-Language"]
    return response


def _entry(change: Change) -> ChangeEntry:
    gone = change.kind == ChangeKind.WITHDRAWN
    return ChangeEntry(
        sequence=change.sequence,
        at=change.at,
        kind=ChangeKind(change.kind),
        type=change.collection,
        id=change.story_id,
        locale=change.locale,
        path=change.path,
        api_url=None if gone else api_url(change.collection, change.story_id, change.locale),
        replacement=change.replacement_id,
    )


def _token(head: LogHead, sequence: int) -> str:
    return base64.urlsafe_b64encode(f"{head.epoch.hex}.{sequence}".encode()).decode().rstrip("=")


def _sequence(token: str, head: LogHead) -> int:
    """The sequence a token stands for. Raises BadParameter for no token of ours, LogGone for one of another log."""
    if not token:
        return 0
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode("ascii")
        epoch, number = text.split(".")
        sequence = int(number)
    except (binascii.Error, ValueError):
        raise BadParameter("since", _("This is no token of this API.")) from None
    if epoch != head.epoch.hex or not 0 <= sequence <= head.sequence:
        raise LogGone
    return sequence
