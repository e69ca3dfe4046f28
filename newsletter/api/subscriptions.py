"""`newsletter/subscriptions/`: sign up, confirm, leave. No answer tells who gets what, and no GET changes anything."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import ConfigDict, Field

from accounts.callers import address_of, client_of
from delivery.bodies import read_json
from delivery.errors import BadParameter
from delivery.parameters import DEFAULT_LOCALE, LocaleCode, refuse_parameters
from delivery.problems import PROBLEMS, Problem
from newsletter import subscribing
from newsletter.api.fields import Email, Token

router = Router()

REFUSALS = {**PROBLEMS, 400: Problem, 413: Problem, 415: Problem}
FORM = "application/x-www-form-urlencoded"
ONE_CLICK = ("List-Unsubscribe", "One-Click")


class SignUpOrder(Schema):
    """Who wants what."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"x-partial": True})

    email: Email
    lists: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=80)]],
        Field(min_length=1, max_length=50, description="Slugs of newsletters."),
    ]
    locale: Annotated[LocaleCode, Field(description="Of the mails.")] = DEFAULT_LOCALE
    consent_version: Annotated[
        Annotated[str, Field(min_length=1, max_length=40)] | None,
        Field(description="Of the text that they saw: `consent.version` of the lists. Without it, the one in force."),
    ] = None


class LinkOrder(Schema):
    """What a mailed link had in it."""

    model_config = ConfigDict(extra="forbid")

    token: Token


@router.post("", response={202: None, 503: Problem, **REFUSALS}, summary="Subscribe")
def subscribe_to_newsletters(request: HttpRequest, order: SignUpOrder) -> HttpResponse:
    """202 whatever is known of the address. A mail asks its owner to confirm, at most three times a day."""
    refuse_parameters(request)
    subscribing.sign_up(
        order.email,
        subscribing.open_lists(order.lists),
        order.locale,
        client_of(request),
        address_of(request),
        subscribing.consent_text(order.consent_version) if order.consent_version is not None else None,
    )
    return _nothing(202)


@router.post("confirm/", response={204: None, 410: Problem, **REFUSALS}, summary="Confirm a subscription")
def confirm_subscription(request: HttpRequest, order: LinkOrder) -> HttpResponse:
    """With the token of the mail's link, when its owner presses a button: programs follow links, too. 410: too late."""
    refuse_parameters(request)
    subscribing.confirm(order.token, address_of(request))
    return _nothing(204)


@router.post(
    "unsubscribe/",
    response={204: None, **REFUSALS},
    summary="Leave",
    openapi_extra={
        "parameters": [
            {
                "name": "token",
                "in": "query",
                "required": False,
                "description": "Where the body is the form that mail programs send (RFC 8058).",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": LinkOrder.model_json_schema()},
                FORM: {
                    "schema": {
                        "type": "object",
                        "required": [ONE_CLICK[0]],
                        "properties": {ONE_CLICK[0]: {"type": "string", "enum": [ONE_CLICK[1]]}},
                    }
                },
            },
        },
    },
)
def leave_newsletters(request: HttpRequest) -> HttpResponse:
    """One newsletter, or all of them, as the token says. It needs no login, no cookie, and never runs out."""
    if request.content_type in (FORM, "multipart/form-data"):
        try:
            sent = request.POST.get(ONE_CLICK[0])
        except MultiPartParserError:
            raise HttpError(400, "no form") from None
        if sent != ONE_CLICK[1]:
            raise BadParameter(ONE_CLICK[0], _("Send “One-Click”."), "one_click")
        token = request.GET.get("token", "")
    else:
        refuse_parameters(request)
        token = _token_of(request)
    subscribing.leave(token)
    return _nothing(204)


def _token_of(request: HttpRequest) -> str:
    """Of the body as JSON. Raises HttpError 400 and 415, Invalid."""
    if request.content_type != "application/json":
        raise HttpError(415, "another kind")
    return read_json(request.body, LinkOrder).token


def _nothing(status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Cache-Control"] = "private, no-store"
    return response
