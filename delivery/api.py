"""What lives where, and what changed: `resolve/` and `changes/`."""

from typing import Annotated, Self
from uuid import UUID

import pydantic
from django.db.models import F, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.errors import ValidationError
from pydantic import Field

from delivery.caching import cache_control, etag_of, json_response, matches, model_response
from delivery.context import api_url
from delivery.errors import LogMoved, NotPublished, ServedElsewhere
from delivery.feed import ChangeEntry, Page, Position, look_at_log, read_page
from delivery.models import PublishedDocument
from delivery.parameters import CollectionName, Parameters
from delivery.problems import DOCUMENT_PROBLEMS, PROBLEMS, LogGoneProblem, Problem
from delivery.reading import next_changes
from delivery.schemas import Collection, Language, LocaleCode
from delivery.slugs import canonical_path

# How long a shared cache keeps a part of the feed (seconds): many readers may ask at once, none may lag behind.
FEED_SECONDS = 1

router = Router()


class ResolveParameters(Parameters):
    """A frontend path."""

    path: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1024,
            description="Path of a frontend address.",
            examples=["/fr/actualites/reouverture-du-port/"],
        ),
    ]


class Resolved(Schema):
    """What is published at a frontend path."""

    type: Collection
    id: UUID
    locale: Language
    path: str = Field(examples=["/fr/actualites/reouverture-du-port/"])
    api_url: str = Field(description="Path of the document in this API.")


class Redirected(Schema):
    """Where to go instead."""

    redirect: str = Field(description="Frontend path.", examples=["/fr/actualites/reouverture-du-port/"])
    permanent: bool = Field(description="True: answer 301 or 308, false: 302 or 307.")


@router.get(
    "resolve/", response={200: Resolved | Redirected, **DOCUMENT_PROBLEMS}, summary="What lives at a frontend path"
)
def resolve(request: HttpRequest, query: Query[ResolveParameters]) -> HttpResponse:
    """The document at a path, or where a former path or another spelling leads now."""
    path = canonical_path(query.path)
    documents = PublishedDocument.objects.annotate(now=Now(), change_at=Subquery(next_changes()))
    document = documents.filter(path=path).defer("body", "card", "terms", "depends_on", "shows").first()
    if document is None:
        former = documents.filter(story__old_paths__path=path, story__old_paths__locale=F("locale"))
        latest = former.order_by("-story__old_paths__since")
        document = latest.defer("body", "card", "terms", "depends_on", "shows").first()
        if document is None:
            raise NotPublished
    if query.path.rstrip("/") != document.path.rstrip("/"):
        answer: Resolved | Redirected = Redirected(redirect=document.path, permanent=True)
    else:
        story_id, locale, collection = document.story_id, document.locale, document.collection
        answer = Resolved(
            type=collection,
            id=story_id,
            locale=locale,
            path=path,
            api_url=api_url(collection, story_id, locale),
        )
    return model_response(
        request,
        answer,
        locale=document.locale,
        clock=(document.now, document.change_at),
        tags=["resolve", f"story:{document.story_id}"],
    )


class FollowParameters(Parameters):
    """From where on, and of what."""

    since: Annotated[
        str | None,
        Field(min_length=1, max_length=80, description="`next` of the answer before, or `id` of an event."),
    ] = None
    type: Annotated[CollectionName | None, Field(description="Only documents of this kind.")] = None
    locale: Annotated[LocaleCode | None, Field(description="Only documents in this language.")] = None

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Those of a request that ninja does not serve. Raises ninja's ValidationError, BadParameter."""
        try:
            return cls.model_validate(request.GET.dict(), context={"request": request})
        except pydantic.ValidationError as error:
            raise ValidationError(
                [{**one, "loc": ("query", "query", *one["loc"])} for one in error.errors(include_url=False)]
            ) from None

    def only(self) -> dict[str, str]:
        """What the caller wants, as fields of `Change`."""
        wanted = {"collection": self.type, "locale": self.locale}
        return {name: value for name, value in wanted.items() if value}


class ChangesParameters(FollowParameters):
    """How many at a time, too."""

    limit: Annotated[int, Field(ge=1, le=1000, description="Entries an answer.")] = 100


class Changes(Schema):
    """A part of the feed."""

    items: list[ChangeEntry]
    next: str = Field(description="Token to go on with; it stays valid at the end of the feed.")
    has_more: bool


@router.get(
    "changes/", response={200: Changes, 410: LogGoneProblem, **PROBLEMS}, summary="Everything that changed, in order"
)
def changes(request: HttpRequest, query: Query[ChangesParameters]) -> HttpResponse:
    """What was published, changed or withdrawn since a token; without one, what is public, then what changed since."""
    position, only = Position.of(query.since), query.only()
    log = look_at_log(position)
    etag = etag_of([log.tag, position.token, str(query.limit), *map(str, only.items())])
    if matches(request, etag) or position.sequence == log.head:
        page = Page([], position, False)
    else:
        try:
            page = read_page(log, position, query.limit, **only)
        except LogMoved:
            return changes(request, query)
    answer = Changes(items=[entry for _at, entry in page.entries], next=page.end.token, has_more=page.has_more)
    response = json_response(
        request,
        answer.model_dump_json().encode(),
        etag=etag,
        locale="mul",
        control=cache_control(log.now, log.next_change, longest=FEED_SECONDS),
        tags=["changes"],
    )
    # Entries of all languages, and no words in any.
    del response["Content-Language"]
    return response


@router.get(
    "changes/stream/",
    response={200: ChangeEntry, 410: LogGoneProblem, 503: Problem, **PROBLEMS},
    summary="Everything that changes, as it happens",
    openapi_extra={"x-event-stream": True},
)
def follow_changes(request: HttpRequest, query: Query[FollowParameters]) -> HttpResponse:
    """The feed as Server-Sent Events: `event` is the entry's `kind`, `data` the entry, `id` the token to go on with.

    `Last-Event-ID` comes before `since`. The stream never ends by itself; a comment comes at least every 15 seconds.
    """
    raise ServedElsewhere
