"""Reading published documents: one indexed query, and bytes are copied to the answer. No page table is touched."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.http import parse_etags
from ninja import Schema
from pydantic import Field

from delivery.caching import cache_control, etag_of, json_response, matches
from delivery.cursors import decode_cursor, encode_cursor
from delivery.errors import NotPublished
from delivery.models import NextChange, OldPath, PublishedDocument
from delivery.parameters import DEFAULT_LOCALE, ListParameters, LocaleParameters, Moment, Parameters
from delivery.previews import draft_of
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


def document_response(request: HttpRequest, collection: str, key: str, query: LocaleParameters) -> HttpResponse:
    """One document by id or slug: one query, and no body is read where the caller has it. Raises NotPublished."""
    if "\x00" in key:
        raise NotPublished
    document = _document(request, collection, key, query)
    if document is None:
        return _moved(request, collection, key, query)
    is_fallback = document.locale != query.locale
    return json_response(
        request,
        told(query.locale, is_fallback, document.wanted_body),
        etag=f'"{document.etag}.{query.locale}"' if is_fallback else f'"{document.etag}"',
        locale=document.locale,
        control=cache_control(document.now, document.change_at),
        tags=[collection, f"story:{document.story_id}"],
    )


def _document(request: HttpRequest, collection: str, key: str, query: LocaleParameters) -> Any:
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    known = [tag for tag in (tag.removeprefix("W/").strip('"') for tag in tags) if ETAG_FORM.fullmatch(tag)]
    known_fallbacks = [tag.removesuffix(f".{query.locale}") for tag in known if tag.endswith(f".{query.locale}")]
    documents = (
        PublishedDocument.objects.filter(_in_language(query), collection=collection)
        .annotate(
            now=Now(),
            change_at=Subquery(next_changes()),
            is_other=Case(When(locale=query.locale, then=Value(0)), default=Value(1)),
            wanted_body=Case(
                When(Q(locale=query.locale, etag__in=known), then=Value(b"")),
                When(~Q(locale=query.locale) & Q(etag__in=known_fallbacks), then=Value(b"")),
                default=F("body"),
            ),
        )
        .defer("body", "card", "terms", "depends_on", "shows")
    )
    if UUID_FORM.fullmatch(key):
        # An id before a slug that looks like one: so no slug ever hides an id.
        found = documents.filter(story_id=key).order_by("is_other").first()
        if found is not None:
            return found
    return documents.filter(slug=key).order_by("is_other", "first_published_at", "pk").first()


def _in_language(query: LocaleParameters) -> Q:
    if query.fallback == "none" or query.locale == DEFAULT_LOCALE:
        return Q(locale=query.locale)
    translated = PublishedDocument.objects.filter(story_id=OuterRef("story_id"), locale=query.locale)
    return Q(locale=query.locale) | Q(~Exists(translated), locale=DEFAULT_LOCALE)


def _moved(request: HttpRequest, collection: str, key: str, query: LocaleParameters) -> HttpResponse:
    """Where a slug in another spelling, or a former one, leads now. Raises NotPublished."""
    slug = canonical_slug(key)
    former = OldPath.objects.filter(slug=slug, story=OuterRef("story"), locale=OuterRef("locale"))
    documents = PublishedDocument.objects.filter(_in_language(query), collection=collection)
    found = documents.filter(Q(slug=slug) | Exists(former)).order_by("first_published_at").first()
    if found is None or found.slug == key:
        raise NotPublished
    query_string = f"?{request.GET.urlencode()}" if request.GET else ""
    response = HttpResponsePermanentRedirect(f"/api/v1/{collection}/{found.slug}/{query_string}")
    response["Cache-Control"] = "public, max-age=0, s-maxage=60"
    return response


def list_response(
    request: HttpRequest, collection: str, query: ListParameters, kinds: Sequence[str] = ()
) -> HttpResponse:
    """Cards of a collection: one query, one more for `count`; without the cards where the caller has them.

    `kinds`: only documents of one of these kinds.
    """
    documents = _filtered(collection, query, [f"kind:{kind}" for kind in kinds])
    count = documents.count() if query.count else None
    part = _part(documents, query)
    columns = ("story_id", "locale", "published_at", "etag", "now", "change_at")
    if request.headers.get("If-None-Match"):
        rows = list(part.values_list(*columns))
        if matches(request, _list_etag(rows, query, count)):
            return _list_answer(request, collection, query, rows, count)
    return _list_answer(request, collection, query, list(part.values_list(*columns, "card")), count)


def _filtered(collection: str, query: ListParameters, kinds: list[str]) -> QuerySet[PublishedDocument]:
    documents = PublishedDocument.objects.filter(_in_language(query), collection=collection)
    for terms in [*query.terms(), kinds]:
        if terms:
            documents = documents.filter(terms__overlap=terms)
    if query.ids:
        documents = documents.filter(story_id__in=query.ids)
    if query.published_after:
        documents = documents.filter(published_at__gt=query.published_after)
    if query.published_before:
        documents = documents.filter(published_at__lt=query.published_before)
    if query.updated_after:
        documents = documents.filter(updated_at__gt=query.updated_after)
    return documents


def _part(documents: QuerySet[PublishedDocument], query: ListParameters) -> QuerySet[PublishedDocument]:
    """One entry more than asked for, to know whether there is a next part."""
    descending = query.order.startswith("-")
    if query.cursor:
        moment, story_id = decode_cursor(query.order, query.cursor)
        compare = "lt" if descending else "gt"
        documents = documents.filter(
            Q(**{f"published_at__{compare}": moment}) | Q(published_at=moment, **{f"story_id__{compare}": story_id}),
            **{f"published_at__{compare}e": moment},
        )
    sign = "-" if descending else ""
    documents = documents.order_by(f"{sign}published_at", f"{sign}story_id")
    return documents.annotate(now=Now(), change_at=Subquery(next_changes()))[: query.limit + 1]


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
    return json_response(
        request,
        body,
        etag=_list_etag(rows, query, count),
        locale=query.locale,
        control=cache_control(now, change_at),
        tags=[collection, f"{collection}:{query.locale}"],
    )


class PreviewParameters(Parameters):
    """As of when."""

    at: Annotated[
        Moment | None,
        Field(description="Show it as of this moment: slots of a home page begin and end. Without it: now."),
    ] = None


def preview_response(token: str, query: PreviewParameters) -> HttpResponse:
    """The draft that a token is for, as it will be published. Nobody keeps it, nobody indexes it."""
    draft = draft_of(token, query.at)
    response = HttpResponse(told(draft.locale, False, draft.body), content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    response["Content-Language"] = draft.locale
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def told(requested: str, is_fallback: bool, stored: bytes | memoryview) -> bytes:
    """Stored bytes with what the request adds in front: `delivery.schemas.Requested`."""
    flag = b"true" if is_fallback else b"false"
    return b'{"requested_locale":"%s","is_fallback":%s,' % (requested.encode(), flag) + bytes(stored)[1:]
