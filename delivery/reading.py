"""Reading published documents: one indexed query, and bytes are copied to the answer. No page table is touched."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.http import parse_etags
from ninja import Schema
from pydantic import Field

from delivery.caching import cache_control, etag_of, json_response, matches
from delivery.cursors import decode_cursor, encode_cursor
from delivery.errors import NotPublished
from delivery.models import NextChange
from delivery.parameters import DEFAULT_LOCALE, ListParameters, LocaleParameters, Moment, Parameters
from delivery.previews import draft_of
from delivery.rows import Row, read_rows
from delivery.schemas import Language
from delivery.slugs import canonical_slug

# What our own tags look like, inside: anything else in `If-None-Match` is nobody's.
ETAG_FORM = re.compile(r"[0-9a-f]{24}(\.[a-z]{2})?")
UUID_FORM = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class ListAnswer(Schema):
    """A part of a list; subclasses say what its entries are."""

    items: list[Any]
    next: str | None = Field(description="Cursor of the next part; null at the end.")
    count: int = Field(0, description="Entries in all; only where `count=true` asked for it.")
    requested_locale: Language


# Columns of every read; the time and the next change are the same in each row.
COLUMNS = "story_id, locale, published_at, etag, statement_timestamp(), (SELECT min(at) FROM delivery_nextchange)"


def document_response(request: HttpRequest, collection: str, key: str, query: LocaleParameters) -> HttpResponse:
    """One document by id or slug: one query, and no body is read where the caller has it. Raises NotPublished."""
    if "\x00" in key:
        raise NotPublished
    row = _document(request, collection, key, query)
    if row is None:
        return _moved(request, collection, key, query)
    story_id, locale, _published_at, etag, now, change_at, body = row
    is_fallback = locale != query.locale
    response = json_response(
        request,
        told(query.locale, is_fallback, body),
        etag=f'"{etag}.{query.locale}"' if is_fallback else f'"{etag}"',
        locale=locale,
        control=cache_control(now, change_at),
        tags=[collection, f"story:{story_id}"],
    )
    response.is_of_documents_alone = True
    return response


def _document(request: HttpRequest, collection: str, key: str, query: LocaleParameters) -> Row | None:
    """Columns and body, which is empty where `If-None-Match` names it."""
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    known = [tag for tag in (tag.removeprefix("W/").strip('"') for tag in tags) if ETAG_FORM.fullmatch(tag)]
    known_fallbacks = [tag.removesuffix(f".{query.locale}") for tag in known if tag.endswith(f".{query.locale}")]
    documents = Documents(collection, query, values={"known": known, "known_fallbacks": known_fallbacks})
    columns = (
        f"{COLUMNS}, CASE WHEN etag = ANY (CASE WHEN locale = %(locale)s THEN %(known)s::text[]"
        " ELSE %(known_fallbacks)s::text[] END) THEN '' ELSE body END"
    )
    order = "locale <> %(locale)s, first_published_at, id LIMIT 1"
    if UUID_FORM.fullmatch(key):
        # An id before a slug that looks like one: so no slug ever hides an id.
        found = documents.where("story_id = %(story)s", story=UUID(key)).read(columns, order)
        if found:
            return found[0]
    found = documents.where("slug = %(slug)s", slug=key).read(columns, order)
    return found[0] if found else None


@dataclass(frozen=True)
class Documents:
    """Documents of a collection in one language, or in the default one where they have no other; in SQL, for speed."""

    collection: str
    query: LocaleParameters
    conditions: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)

    def where(self, condition: str, **values: Any) -> "Documents":
        """Those of them for which a condition holds; `%(name)s` in it stands for a value."""
        return replace(self, conditions=(*self.conditions, condition), values={**self.values, **values})

    def read(self, columns: str, order: str = "1", *, prepared: bool = True) -> list[Row]:
        """Their rows."""
        language = "locale = %(locale)s"
        if self.query.fallback == "default" and self.query.locale != DEFAULT_LOCALE:
            # In this form PostgreSQL goes along the index of the order, and stops when it has enough.
            language = (
                "locale = coalesce((SELECT own.locale FROM delivery_publisheddocument AS own"
                " WHERE own.story_id = document.story_id AND own.locale = %(locale)s), %(default)s)"
            )
        conditions = " AND ".join(["collection = %(collection)s", language, *self.conditions])
        values = {"collection": self.collection, "locale": self.query.locale, "default": DEFAULT_LOCALE, **self.values}
        return read_rows(
            f"SELECT {columns} FROM delivery_publisheddocument AS document WHERE {conditions} ORDER BY {order}",  # noqa: S608
            values,
            prepared=prepared,
        )


def _moved(request: HttpRequest, collection: str, key: str, query: LocaleParameters) -> HttpResponse:
    """Where a slug in another spelling, or a former one, leads now. Raises NotPublished."""
    # With a fallback, a slug of either language leads to the language that is answered.
    who, whose = "story_id, locale", "former.story_id = document.story_id AND former.locale = document.locale"
    if query.fallback == "default":
        who, whose = "story_id", "former.story_id = document.story_id"
    where = (
        f"({who}) IN (SELECT {who} FROM delivery_oldpath WHERE slug = %(key)s UNION ALL"  # noqa: S608
        f" SELECT {who} FROM delivery_publisheddocument WHERE collection = %(collection)s AND slug = %(key)s)"
    )
    # Of several stories that had it the latest.
    since = f"(SELECT max(since) FROM delivery_oldpath AS former WHERE former.slug = %(key)s AND {whose})"  # noqa: S608
    found = (
        Documents(collection, query)
        .where(where, key=canonical_slug(key))
        .read("slug, story_id", f"slug <> %(key)s, {since} DESC NULLS LAST LIMIT 1")
    )
    if not found or found[0][0] == key:
        raise NotPublished
    slug, story_id = found[0]
    query_string = f"?{request.GET.urlencode()}" if request.GET else ""
    response = HttpResponsePermanentRedirect(f"/api/v1/{collection}/{slug}/{query_string}")
    response["Cache-Control"] = cache_control(*next_change_of_anything())
    response["Cache-Tag"] = f"{collection},story:{story_id}"
    return response


def list_response(
    request: HttpRequest, collection: str, query: ListParameters, kinds: Sequence[str] = ()
) -> HttpResponse:
    """Cards of a collection: one query, one more for `count`; without the cards where the caller has them.

    `kinds`: only documents of one of these kinds.
    """
    documents = _filtered(collection, query, [f"kind:{kind}" for kind in kinds])
    count = documents.read("count(*)", prepared=False)[0][0] if query.count else None
    # The best plan depends on how rare a term is.
    prepared = not documents.conditions
    sign, order = ("<", "DESC") if query.order.startswith("-") else (">", "ASC")
    if query.cursor:
        moment, story_id = decode_cursor(query.order, query.cursor)
        documents = documents.where(
            f"(published_at, story_id) {sign} (%(moment)s, %(last)s)", moment=moment, last=story_id
        )
    # One entry more than asked for, to know whether there is a next part.
    order = f"published_at {order}, story_id {order} LIMIT {query.limit + 1}"
    if request.headers.get("If-None-Match"):
        rows = documents.read(COLUMNS, order, prepared=prepared)
        if matches(request, _list_etag(rows, query, count)):
            return _list_answer(request, collection, query, rows, count)
    rows = documents.read(f"{COLUMNS}, card", order, prepared=prepared)
    return _list_answer(request, collection, query, rows, count)


def _filtered(collection: str, query: ListParameters, kinds: list[str]) -> Documents:
    documents = Documents(collection, query)
    for number, terms in enumerate([*query.terms(), kinds]):
        if terms:
            documents = documents.where(f"terms && %(terms{number})s::varchar[]", **{f"terms{number}": terms})
    if query.ids:
        documents = documents.where("story_id = ANY (%(ids)s)", ids=query.ids)
    if query.published_after:
        documents = documents.where("published_at > %(after)s", after=query.published_after)
    if query.published_before:
        documents = documents.where("published_at < %(before)s", before=query.published_before)
    if query.updated_after:
        documents = documents.where("updated_at > %(updated)s", updated=query.updated_after)
    return documents


def next_changes() -> QuerySet[Any]:
    """For a subquery: the next moment at which the clock changes anything; one that is overdue comes first.

    Of anything, also for a single document: it may name a story that expires before itself.
    """
    return NextChange.objects.order_by("at").values("at")[:1]


def next_change_of_anything() -> tuple[datetime, datetime | None]:
    """The database's time, and the next moment at which the clock changes anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), (SELECT min(at) FROM delivery_nextchange)")
        now, change_at = cursor.fetchone()
    return now, change_at


def _list_etag(rows: list[tuple[Any, ...]], query: ListParameters, count: int | None) -> str:
    return etag_of([query.locale, str(query.limit), str(count), *(f"{row[0]} {row[1]} {row[3]}" for row in rows)])


def _list_answer(
    request: HttpRequest,
    collection: str,
    query: ListParameters,
    rows: list[tuple[Any, ...]],
    count: int | None,
) -> HttpResponse:
    shown = rows[: query.limit]
    languages = [query.locale] if query.fallback == "none" else sorted({query.locale, DEFAULT_LOCALE})
    cursor = encode_cursor(query.order, shown[-1][2], shown[-1][0]) if len(rows) > query.limit else None
    now, change_at = (rows[0][4], rows[0][5]) if rows else next_change_of_anything()
    body = b"".join(
        [
            b'{"requested_locale":"%s","items":[' % query.locale.encode(),
            b",".join(told(query.locale, row[1] != query.locale, row[6]) for row in shown if len(row) > 6),
            b'],"next":',
            b'"%s"' % cursor.encode() if cursor else b"null",
            b',"count":%d}' % count if count is not None else b"}",
        ]
    )
    response = json_response(
        request,
        body,
        etag=_list_etag(rows, query, count),
        locale=query.locale,
        control=cache_control(now, change_at),
        tags=[collection, *(f"{collection}:{locale}" for locale in languages)],
    )
    response.is_of_documents_alone = True
    return response


class PreviewParameters(Parameters):
    """As of when."""

    at: Annotated[
        Moment | None,
        Field(description="Show it as of this moment: slots of a home page begin and end. Without it: now."),
    ] = None


def preview_response(token: str, query: PreviewParameters) -> HttpResponse:
    """The draft that a token is for, as it will be published. Nobody keeps it, nobody indexes it."""
    draft = draft_of(token, query.at)
    response = HttpResponse(told(draft.locale, False, bytes(draft.body)), content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    response["Content-Language"] = draft.locale
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def told(requested: str, is_fallback: bool, stored: bytes) -> bytes:
    """Stored bytes with what the request adds in front: `delivery.schemas.Requested`."""
    flag = b"true" if is_fallback else b"false"
    return b'{"requested_locale":"%s","is_fallback":%s,' % (requested.encode(), flag) + stored[1:]
