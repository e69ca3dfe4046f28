"""What lives where, and what changed: `resolve/` and `changes/`."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field

from delivery.caching import etag_of, json_response, matches, model_response
from delivery.context import api_url
from delivery.errors import BadParameter, LogGone, NotPublished
from delivery.models import Change, ChangeKind, LogHead, OldPath, PublishedDocument
from delivery.parameters import Parameters
from delivery.problems import DOCUMENT_PROBLEMS, PROBLEMS, Problem
from delivery.reading import next_changes
from delivery.schemas import Collection, Language, one_of
from delivery.slugs import canonical_path

# Epoch and sequence, inside a token of the feed.
TOKEN_FORM = re.compile(r"([0-9a-f]{32})\.(\d{1,18})", re.ASCII)

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
        former = OldPath.objects.filter(path=path, story=OuterRef("story"), locale=OuterRef("locale"))
        document = documents.filter(Exists(former)).defer("body", "card", "terms", "depends_on", "shows").first()
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


class ChangesParameters(Parameters):
    """From where on."""

    since: Annotated[str | None, Field(min_length=1, max_length=80, description="`next` of the answer before.")] = None
    limit: Annotated[int, Field(ge=1, le=1000, description="Entries an answer.")] = 100


class ChangeEntry(Schema):
    """One change. A withdrawal is a tombstone: there is nothing left to fetch."""

    sequence: int = Field(description="Without gaps; rises with time.")
    at: datetime
    kind: Annotated[ChangeKind, one_of(ChangeKind)]
    type: Collection
    id: UUID
    locale: Language
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
    last = min(head.sequence, after + query.limit)
    # Numbers have no gaps and entries never change: so these four tell the whole answer before it is read.
    etag = etag_of([head.epoch.hex, str(after), str(last), str(head.sequence > last)])
    rows = (
        []
        if matches(request, etag) or last == after
        else Change.objects.filter(sequence__gt=after, sequence__lte=last).order_by("sequence")
    )
    answer = Changes(items=[_entry(change) for change in rows], next=_token(head, last), has_more=head.sequence > last)
    response = json_response(
        request,
        answer.model_dump_json().encode(),
        etag=etag,
        locale="mul",
        control="public, max-age=0, s-maxage=1",
        tags=["changes"],
    )
    # Entries of all languages, and no words in any.
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


def _sequence(token: str | None, head: LogHead) -> int:
    """The sequence a token stands for. Raises BadParameter for no token of ours, LogGone for one of another log."""
    if not token:
        return 0
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    parts = TOKEN_FORM.fullmatch(text)
    if parts is None:
        raise BadParameter("since", _("This is no token of this API."))
    epoch, sequence = parts[1], int(parts[2])
    if epoch != head.epoch.hex or not 0 <= sequence <= head.sequence:
        raise LogGone
    return sequence
