"""What answers about an account are made of."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Schema
from pydantic import Field
from pydantic_core import PydanticCustomError

from accounts.models import Level, MediaAccount, Scope, Undertaking, UsageEntry
from delivery.problems import PROBLEMS, Problem
from delivery.schemas import one_of

REFUSALS = {401: Problem, 403: Problem, **PROBLEMS}
# Of what takes a body.
CHANGE_REFUSALS = {**REFUSALS, 400: Problem, 413: Problem, 415: Problem}


class Profile(Schema):
    """Who a media account belongs to, and what the newsroom lets it do."""

    name: str
    organisation: str
    country: str = Field(description="Two letters (ISO 3166-1).", examples=["FR"])
    kind: Annotated[str, one_of(MediaAccount.Kind)]
    language: Annotated[str, one_of(MediaAccount.Language)] = Field(description="Of mails.")
    email: str
    level: Annotated[str, one_of(Level)] = Field(
        description="`pending`: the newsroom has not decided yet. `accredited` ends after `accredited_until`."
    )
    accredited_until: date | None = Field(description="The last day of it.")
    registered_at: datetime


class UndertakingName(Schema):
    """A version of terms."""

    kind: Annotated[str, one_of(Undertaking.Kind)]
    version: str


class UsageAnswer(Schema):
    """Something that was downloaded."""

    action: Annotated[str, one_of(UsageEntry.Action)]
    video: UUID | None = Field(description="Null for an archive of clips.")
    title: str
    rendition: str
    start: float | None = Field(description="Seconds, of a clip.")
    end: float | None = Field(description="Seconds, of a clip.")
    size: int | None = Field(description="Bytes.")
    at: datetime


class TokenAnswer(Schema):
    """A key of a newsroom system, without its secret."""

    id: int
    name: str
    hint: str = Field(description="How the key ends.")
    scopes: list[Annotated[str, one_of(Scope)]]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


def profile_of(account: MediaAccount) -> dict[str, Any]:
    """For `Profile`."""
    return {
        "name": account.name,
        "organisation": account.organisation,
        "country": str(account.country),
        "kind": account.kind,
        "language": account.language,
        "email": account.user.media_email or "",
        "level": account.level,
        "accredited_until": account.accredited_until,
        "registered_at": account.registered_at,
    }


def as_usage(entry: UsageEntry) -> UsageAnswer:
    """An entry as the API tells it."""
    return UsageAnswer(
        action=entry.action,
        video=entry.story_id,
        title=entry.title,
        rendition=entry.rendition,
        start=None if entry.start is None else float(entry.start),
        end=None if entry.end is None else float(entry.end),
        size=entry.size_bytes,
        at=entry.at,
    )


def refuse_unprintable(value: str) -> str:
    """One line, without what no text of the database can be."""
    value = value.strip()
    if not value:
        raise PydanticCustomError("string_too_short", "empty")
    if not value.isprintable():
        raise PydanticCustomError("not_text", "unprintable")
    return value


def nothing() -> HttpResponse:
    """204, for one caller."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    response["Cache-Control"] = "private, no-store"
    return response
