"""`account/`: who is logged in; the profile; downloads of before; everything that is kept; the end."""

from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse
from django_countries import countries
from ninja import Query, Router, Schema
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from accounts.api.answers import (
    CHANGE_REFUSALS,
    REFUSALS,
    Profile,
    TokenAnswer,
    UndertakingName,
    UsageAnswer,
    as_usage,
    nothing,
    profile_of,
    refuse_unprintable,
)
from accounts.callers import AccountHolder, AnyCaller, Caller, CallersRequest
from accounts.erasure import erase
from accounts.export import everything_kept
from accounts.models import Level, MediaAccount, Scope, Undertaking
from accounts.profiles import change_profile
from accounts.rooms import newsletters_url
from accounts.usage import left_today
from delivery.parameters import refuse_parameters
from delivery.personal import PERSONAL, PartParameters, newest_first, personal
from delivery.schemas import one_of

router = Router(auth=AccountHolder())

PUBLIC = "public"


def refuse_no_country(value: str) -> str:
    """By its code."""
    if value not in dict(countries):
        raise PydanticCustomError("country", "no country")
    return value


class Quota(Schema):
    """Downloads and clips within any 24 hours."""

    limit: int
    left: int


class WhoAnswer(Schema):
    """Who is logged in, and what that opens."""

    account: Profile | None = Field(description="Null for who is not logged in.")
    opens: list[str] = Field(description="Audiences whose renditions the caller can download.", examples=[[PUBLIC]])
    has_to_accept: list[UndertakingName] = Field(
        description="Terms to accept: without `usage` only `public` opens, without `accreditation` not `accredited`."
    )
    quota: Quota | None = Field(description="Null for who is not logged in.")
    newsletters: str | None = Field(
        description="Address of the newsletters to offer, which may be none; null for who is not logged in. A mail "
        "asks to confirm, as it asks everybody."
    )


class ProfileChange(Schema):
    """What an account's owner changes himself. What is left out stays; nothing else is taken."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-partial": True})

    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(refuse_unprintable)] = ""
    organisation: Annotated[str, Field(min_length=1, max_length=160), AfterValidator(refuse_unprintable)] = ""
    country: Annotated[str, Field(min_length=2, max_length=2), AfterValidator(refuse_no_country)] = ""
    kind: Annotated[MediaAccount.Kind, one_of(MediaAccount.Kind)] = MediaAccount.Kind.OTHER
    language: Annotated[MediaAccount.Language, one_of(MediaAccount.Language)] = MediaAccount.Language.ENGLISH


class DownloadList(Schema):
    """A part of what somebody downloaded, newest first."""

    items: list[UsageAnswer]
    next: str | None = Field(description="`cursor` for what follows; null at the end.")


class KeptProfile(Profile):
    """The profile, with what the newsroom wrote beside it."""

    approved_at: datetime | None
    blocked_at: datetime | None
    last_login: datetime | None
    note: str = Field(description="The newsroom's own.")


class KeptAddress(Schema):
    """An e-mail address, also one of before, and one that was only asked for."""

    email: str
    is_confirmed: bool


class KeptAcceptance(UndertakingName):
    """That terms were accepted."""

    accepted_at: datetime


class KeptSession(Schema):
    """Where somebody is logged in."""

    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime


class KeptFactor(Schema):
    """A second factor, without its secret."""

    kind: str
    created_at: datetime
    last_used_at: datetime | None


class KeptMail(Schema):
    """A mail of the last month; what stood in it is not kept once it is sent."""

    kind: str
    created_at: datetime
    sent_at: datetime | None


class KeptDecision(Schema):
    """What the newsroom decided about the account, or its owner changed; not who of the newsroom it was."""

    what: str
    about: str = Field(description="The reason, the day, or what changed; in the caller's language.")
    at: datetime


class ExportAnswer(Schema):
    """Everything that is kept of a person; secrets are not in it."""

    profile: KeptProfile
    addresses: list[KeptAddress]
    acceptances: list[KeptAcceptance]
    usage: list[UsageAnswer]
    tokens: list[TokenAnswer]
    sessions: list[KeptSession]
    second_factors: list[KeptFactor]
    mails: list[KeptMail]
    decisions: list[KeptDecision]
    elsewhere: dict[str, list[dict[str, Any]]] = Field(description="By the part of the server that keeps it.")


class Erasure(Schema):
    """That an account's owner means it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-partial": True})

    password: str | None = Field(None, max_length=128, description="Left out for an account that has none.")


@router.get(
    "",
    auth=AnyCaller(Scope.ACCOUNT),
    response={200: WhoAnswer, **REFUSALS},
    summary="Who is logged in",
    openapi_extra=PERSONAL,
)
def get_account(request: CallersRequest) -> HttpResponse:
    """200 for everybody: who is not logged in has no account, and what is public opens for him."""
    refuse_parameters(request)
    return personal(_who(request.auth))


@router.patch("", response={200: WhoAnswer, **CHANGE_REFUSALS}, summary="Change the profile", openapi_extra=PERSONAL)
def change_account(request: CallersRequest, change: ProfileChange) -> HttpResponse:
    """Address and password are changed at `/_allauth/`; the newsroom sees what changed here."""
    refuse_parameters(request)
    account = request.auth.own
    change_profile(account.pk, change.model_dump(exclude_unset=True))
    account.refresh_from_db()
    return personal(_who(request.auth))


@router.delete("", response={204: None, **CHANGE_REFUSALS}, summary="Erase the account", openapi_extra=PERSONAL)
def erase_account(request: CallersRequest, erasure: Erasure) -> HttpResponse:
    """For ever, with everything that tells of its owner; a mail confirms it. The address can register again."""
    refuse_parameters(request)
    erase(request.auth.own.pk, erasure.password, request.session)
    return nothing()


@router.get(
    "downloads/",
    auth=AccountHolder(Scope.ACCOUNT),
    response={200: DownloadList, **REFUSALS},
    summary="What the account downloaded",
    openapi_extra=PERSONAL,
)
def list_downloads(request: CallersRequest, query: Query[PartParameters]) -> HttpResponse:
    """Newest first."""
    rows, after = newest_first(request.auth.own.usage.all(), "-downloads", query, "at")
    return personal(DownloadList(items=[as_usage(entry) for entry in rows], next=after))


@router.get(
    "export/", response={200: ExportAnswer, **REFUSALS}, summary="Everything that is kept", openapi_extra=PERSONAL
)
def export_account(request: CallersRequest) -> HttpResponse:
    """As a file."""
    refuse_parameters(request)
    account = request.auth.own
    kept = everything_kept(account)
    answer = ExportAnswer(
        profile=KeptProfile(
            **profile_of(account),
            approved_at=account.approved_at,
            blocked_at=account.blocked_at,
            last_login=account.user.last_login,
            note=account.note,
        ),
        addresses=[
            *(KeptAddress(email=one.email, is_confirmed=one.verified) for one in kept.addresses),
            *(KeptAddress(email=one.email, is_confirmed=one.was_its_own) for one in kept.known_addresses),
        ],
        acceptances=[
            KeptAcceptance(kind=one.undertaking.kind, version=one.undertaking.version, accepted_at=one.accepted_at)
            for one in kept.acceptances
        ],
        usage=[as_usage(entry) for entry in kept.usage],
        tokens=[TokenAnswer.model_validate(token, from_attributes=True) for token in kept.tokens],
        sessions=[KeptSession.model_validate(one, from_attributes=True) for one in kept.sessions],
        second_factors=[
            KeptFactor(kind=str(one.type), created_at=one.created_at, last_used_at=one.last_used_at)
            for one in kept.second_factors
        ],
        mails=[KeptMail(kind=one.template, created_at=one.created_at, sent_at=one.sent_at) for one in kept.mails],
        decisions=[
            KeptDecision(what=one.action.removeprefix("accounts."), about=str(one.comment), at=one.timestamp)
            for one in kept.decisions
        ],
        elsewhere=kept.elsewhere,
    )
    response = personal(answer)
    response["Content-Disposition"] = 'attachment; filename="account.json"'
    return response


def _who(caller: Caller) -> WhoAnswer:
    account = caller.account
    if account is None:
        return WhoAnswer(account=None, opens=[PUBLIC], has_to_accept=[], quota=None, newsletters=None)
    opens = [] if caller.level == Level.BLOCKED else [PUBLIC, *caller.opens]
    in_force = [Undertaking.in_force(kind) for kind in caller.has_to_accept]
    return WhoAnswer(
        account=Profile(**profile_of(account)),
        opens=opens,
        has_to_accept=[UndertakingName(kind=one.kind, version=one.version) for one in in_force if one],
        quota=Quota(limit=settings.DOWNLOADS_A_DAY, left=left_today(account.pk)),
        newsletters=newsletters_url(),
    )
