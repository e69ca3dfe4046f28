"""`search/`: what is published, by its words; completions; and what is like a story."""

import base64
import binascii
import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field

from delivery.caching import cache_control, etag_of, json_response
from delivery.errors import BadParameter
from delivery.parameters import DEFAULT_LOCALE, CollectionName, LocaleParameters, Moment, Parameters, TopicFilter
from delivery.problems import DOCUMENT_PROBLEMS, PROBLEMS, Problem
from delivery.reading import next_change_of_anything
from delivery.registry import filter_terms
from delivery.schemas import Collection, Language, LocaleCode, Requested
from home.cards import LinkedStory
from search.answering import find
from search.counting import count_search
from search.excerpts import Excerpt, excerpts_of
from search.facets import Facets, facets_of
from search.finding import After, Hit
from search.meanings import meanings_of
from search.patience import patience
from search.query import LONGEST, SearchQuery
from search.related import related_to
from search.spelling import corrected
from search.suggesting import completions

router = Router()

_CURSOR = struct.Struct(">d16s?6s")

Text = Annotated[
    str,
    Field(
        max_length=LONGEST,
        description='Words, all of which are wanted; `"a phrase"`; `-word` or `-"a phrase"`, which is not.',
        examples=["harbour -ferry"],
    ),
]


class SearchParameters(LocaleParameters):
    """What to find."""

    q: Text = ""
    type: Annotated[
        list[CollectionName], Field(description="Only documents of this kind; repeated: any of them.", max_length=5)
    ] = []
    topic: TopicFilter = []
    tag: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(description="Slug of a tag; repeated: any of them.", max_length=20),
    ] = []
    published_after: Annotated[Moment | None, Field(description="Public date after this moment.")] = None
    published_before: Annotated[Moment | None, Field(description="Public date before this moment.")] = None
    order: Annotated[
        Literal["relevance", "-published_at", "published_at"],
        Field(description="Best, newest or oldest first. Without `q` the best is the newest."),
    ] = "relevance"
    limit: Annotated[int, Field(ge=1, le=100, description="Hits an answer.")] = 20
    cursor: Annotated[str | None, Field(min_length=1, max_length=64, description="`next` of the answer before.")] = None
    count: Annotated[bool, Field(description="Taken, as by every list; the number is always there.")] = True

    def query(self) -> SearchQuery:
        """The same for `search.finding`."""
        groups = (filter_terms("topic", self.topic), filter_terms("tag", self.tag))
        return SearchQuery(
            text=self.q,
            locale=self.locale,
            falls_back=self.fallback == "default" and self.locale != DEFAULT_LOCALE,
            collections=tuple(self.type),
            terms=tuple(tuple(group) for group in groups if group),
            published_after=self.published_after,
            published_before=self.published_before,
            order=self.order,
        )


class Highlight(Schema):
    """Where the words stand, as HTML that is safe: it has no markup but `<mark>`."""

    title: str = Field(examples=["<mark>Harbour</mark> reopens after the storm"])
    excerpt: str = Field(examples=["Ferries left the <mark>harbour</mark> at dawn."])
    moment_seconds: float | None = Field(description="Where the excerpt is said or seen, from the video's beginning.")


class SearchHit(LinkedStory, Requested):
    """A document that was found."""

    highlight: Highlight


class SearchAnswer(Schema):
    """Hits, and what they have in common."""

    requested_locale: Language
    items: list[SearchHit]
    next: str | None = Field(description="Cursor of the next part; null at the end.")
    count: int = Field(description="Hits in all.")
    matches: Literal["all", "most"] = Field(
        description="`most`: nothing has all the words; these have all but one, or of five and more all but two."
    )
    suggestion: str | None = Field(description="What was perhaps meant, where nothing has all the words.")
    facets: Facets


@router.get("", response={200: SearchAnswer, 503: Problem, **PROBLEMS}, summary="Published documents, by their words")
def search(request: HttpRequest, query: Query[SearchParameters]) -> HttpResponse:
    """News, videos and pages in one language. What a video says counts, and the answer says when it says so."""
    asked = query.query()
    seal = _seal(query)
    after = _decode(query.cursor, seal) if query.cursor else None
    meanings = meanings_of(asked)
    found = find(asked, meanings, limit=query.limit, after=after)
    suggestion = ""
    if found is None or found.is_loose or not found.count:
        with patience():
            better = corrected(query.q, query.locale)
        suggestion = next((text for text in better if _finds(asked, text)), "")
    if after is None and asked == SearchQuery(text=asked.text, locale=asked.locale, order=asked.order):
        count_search(query.q, query.locale, bool(found and found.count))
    hits = found.hits[: query.limit] if found else []
    following = hits[-1] if found and len(found.hits) > query.limit else None
    excerpts = excerpts_of(hits, meanings)
    answer = {
        "requested_locale": query.locale,
        "next": _encode(following, found.is_server, seal) if found and following else None,
        "count": found.count if found else 0,
        "matches": "most" if found and found.is_loose else "all",
        "suggestion": suggestion or None,
        "facets": facets_of(found.facets if found else []).model_dump(mode="json"),
        "items": _items(hits, query.locale, excerpts),
    }
    return _response(request, answer, query, (found.now, found.change_at) if found else next_change_of_anything())


def _finds(asked: SearchQuery, text: str) -> bool:
    other = asked.with_text(text)
    found = find(other, meanings_of(other), limit=0)
    return bool(found and found.count and not found.is_loose)


def _items(hits: Sequence[Hit], locale: str, excerpts: dict[int, Excerpt]) -> list[dict[str, Any]]:
    return [
        _item(
            bytes(hit.card),
            hit.locale,
            locale,
            highlight={
                "title": excerpts[hit.document_id].title,
                "excerpt": excerpts[hit.document_id].text,
                "moment_seconds": _seconds(excerpts[hit.document_id].moment),
            },
        )
        for hit in hits
        if hit.document_id in excerpts
    ]


def _item(card: bytes, locale: str, requested: str, **more: Any) -> dict[str, Any]:
    story = LinkedStory.model_validate_json(card)
    return {"requested_locale": requested, "is_fallback": locale != requested, **more, **story.model_dump(mode="json")}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _response(
    request: HttpRequest, answer: dict[str, Any], query: LocaleParameters, clock: tuple[Any, Any]
) -> HttpResponse:
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    languages = [query.locale] if query.fallback == "none" else sorted({query.locale, DEFAULT_LOCALE})
    return json_response(
        request,
        body.encode(),
        etag=etag_of([body]),
        locale=query.locale,
        control=cache_control(*clock),
        tags=["search", *(f"search:{locale}" for locale in languages)],
    )


def _seal(query: SearchParameters) -> bytes:
    """What a cursor is of: everything that was asked for but the part."""
    asked = query.model_dump_json(exclude={"cursor", "limit", "count"})
    return hashlib.blake2b(asked.encode(), digest_size=6).digest()


def _encode(hit: Hit, is_server: bool, seal: bytes) -> str:
    packed = _CURSOR.pack(hit.score, hit.story_id.bytes, is_server, seal)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decode(cursor: str, seal: bytes) -> After:
    """The last hit given. Raises BadParameter for anything `_encode` did not make."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        score, story, is_server, sealed = _CURSOR.unpack(packed)
    except (binascii.Error, ValueError, struct.error):
        raise BadParameter("cursor", _("This is no cursor of this API.")) from None
    if sealed != seal:
        raise BadParameter("cursor", _("This cursor belongs to another search."))
    return After(score, UUID(bytes=story), is_server)


class SuggestParameters(Parameters):
    """What was typed so far."""

    q: Annotated[str, Field(max_length=LONGEST, description="As typed; the last word may be unfinished.")]
    locale: Annotated[LocaleCode, Field(description="Language of the content.")] = DEFAULT_LOCALE
    limit: Annotated[int, Field(ge=1, le=20, description="Completions an answer.")] = 8


class CompletionJSON(Schema):
    """A text to go on with."""

    kind: Literal["topic", "tag", "title"]
    text: str
    slug: str = Field(description="Of the topic, tag or document.")
    type: Collection | None = Field(description="Of the document that has this title.")
    id: UUID | None = Field(description="Of the document that has this title.")
    path: str | None = Field(description="Frontend path of the document that has this title.")


class Suggestions(Schema):
    """Completions."""

    requested_locale: Language
    items: list[CompletionJSON]


@router.get("suggest/", response={200: Suggestions, 503: Problem, **PROBLEMS}, summary="Completions while typing")
def suggest(request: HttpRequest, query: Query[SuggestParameters]) -> HttpResponse:
    """Topics, tags and titles of published documents that go on as was typed."""
    with patience():
        found, clock = completions(query.q, query.locale, query.limit)
    items = [
        {
            "kind": one.kind,
            "text": one.text,
            "slug": one.value,
            **{name: one.card[name] if one.card else None for name in ("type", "id", "path")},
        }
        for one in found
    ]
    answer = {"requested_locale": query.locale, "items": items}
    return _response(request, answer, LocaleParameters(locale=query.locale), clock or next_change_of_anything())


class RelatedParameters(Parameters):
    """To which story."""

    id: Annotated[UUID, Field(description="Id of the story.")]
    locale: Annotated[LocaleCode, Field(description="Language of the content.")] = DEFAULT_LOCALE
    limit: Annotated[int, Field(ge=1, le=20, description="Stories an answer.")] = 6


class RelatedStory(LinkedStory, Requested):
    """A story that is like another."""


class RelatedAnswer(Schema):
    """Stories like another, most alike first."""

    requested_locale: Language
    items: list[RelatedStory]


@router.get("related/", response={200: RelatedAnswer, 503: Problem, **DOCUMENT_PROBLEMS}, summary="More like this")
def related(request: HttpRequest, query: Query[RelatedParameters]) -> HttpResponse:
    """News and videos that share words, topics and tags with a published story, in its language."""
    with patience():
        found = related_to(query.id, query.locale, query.limit)
    items = [_item(bytes(one.card), one.locale, query.locale) for one in found]
    answer = {"requested_locale": query.locale, "items": items}
    clock = (found[0].now, found[0].change_at) if found else next_change_of_anything()
    return _response(request, answer, LocaleParameters(locale=query.locale), clock)
