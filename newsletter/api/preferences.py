"""`newsletter/preferences/`: what somebody gets, seen and changed through a link of their mails."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from accounts.addresses import masked
from accounts.callers import address_of, client_of
from delivery.parameters import LocaleCode, Parameters, refuse_parameters
from delivery.personal import PERSONAL, personal
from delivery.problems import PROBLEMS, Problem
from newsletter import subscribing
from newsletter.api.fields import Token
from newsletter.api.lists import ListEntry, as_entry

router = Router()


class LinkParameters(Parameters):
    """Whose link it is."""

    token: Token


class PreferenceEntry(ListEntry):
    """A newsletter, and whether they get it."""

    is_subscribed: bool
    is_open: bool = Field(description="One that is closed can be left, and not subscribed to.")


class PreferencesAnswer(Schema):
    """What somebody gets."""

    email: str = Field(description="So much of it that its owner knows it.", examples=["a…e@press.example"])
    locale: str
    items: list[PreferenceEntry]
    to_confirm: list[str] = Field(description="What the mail that was just sent asks to confirm.")
    not_asked: list[str] = Field(
        description="What is new, and no mail was sent for: too many were asked for. Try again in some hours."
    )


class PreferencesOrder(Schema):
    """What they want. What is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-partial": True})

    token: Token
    lists: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=80)]] | None,
        Field(max_length=50, description="All that they want to get: others end at once, new ones by a mail."),
    ] = None
    locale: Annotated[LocaleCode | None, Field(description="Of mails.")] = None


@router.get(
    "",
    response={200: PreferencesAnswer, 410: Problem, **PROBLEMS},
    summary="What somebody gets",
    openapi_extra=PERSONAL,
)
def get_preferences(request: HttpRequest, query: Query[LinkParameters]) -> HttpResponse:
    """For who has the link. 410: they were erased."""
    return personal(_answer(subscribing.preferences_of(query.token)))


@router.post(
    "",
    response={200: PreferencesAnswer, 410: Problem, 503: Problem, **PROBLEMS, 400: Problem, 413: Problem, 415: Problem},
    summary="Choose newsletters",
    openapi_extra=PERSONAL,
)
def change_preferences(request: HttpRequest, order: PreferencesOrder) -> HttpResponse:
    """What is left ends at once; what is new is asked for by a mail, as a link can be passed on."""
    refuse_parameters(request)
    chosen = subscribing.choose(order.token, order.lists, order.locale, client_of(request), address_of(request))
    return personal(_answer(chosen))


def _answer(preferences: subscribing.Preferences) -> PreferencesAnswer:
    with override(preferences.subscriber.language):
        return PreferencesAnswer(
            email=masked(preferences.subscriber.email),
            locale=preferences.subscriber.language,
            items=[
                PreferenceEntry(**as_entry(one).model_dump(), is_subscribed=gets, is_open=one.is_open)
                for one, gets in preferences.lists
            ],
            to_confirm=[one.slug for one in preferences.to_confirm],
            not_asked=[one.slug for one in preferences.not_asked],
        )
