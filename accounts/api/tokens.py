"""`account/tokens/`: keys with which newsroom systems read in an account's name."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Router, Schema
from pydantic import AfterValidator, ConfigDict, Field

from accounts.api.answers import CHANGE_REFUSALS, REFUSALS, TokenAnswer, nothing, refuse_unprintable
from accounts.callers import AccountHolder, CallersRequest
from accounts.errors import LoginTooOld
from accounts.models import Scope
from accounts.tokens import make_token, remove_token
from accounts.wall import is_recent
from delivery.parameters import Moment, refuse_parameters
from delivery.personal import PERSONAL, personal
from delivery.problems import Problem
from delivery.schemas import one_of

router = Router(auth=AccountHolder())

TokenId = Annotated[int, Path(..., description="As the list has it.")]


class TokenList(Schema):
    """An account's tokens, newest first."""

    items: list[TokenAnswer]


class NewTokenAnswer(TokenAnswer):
    """A token that was just made."""

    key: str = Field(description="Send it as `Authorization: Bearer …`. It is not told again.", examples=["nrt_…"])


class TokenOrder(Schema):
    """What a token is for."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str, Field(min_length=1, max_length=80, description="For its owner."), AfterValidator(refuse_unprintable)
    ]
    scopes: Annotated[
        list[Annotated[Scope, one_of(Scope)]],
        Field(
            min_length=1,
            max_length=2,
            description="`account`: who it is, what it downloaded. `downloads`: videos' downloads, clips, orders.",
        ),
    ]
    expires_at: Annotated[Moment, Field(description="At most a year away.")]


@router.get("", response={200: TokenList, **REFUSALS}, summary="Own API tokens", openapi_extra=PERSONAL)
def list_tokens(request: CallersRequest) -> HttpResponse:
    """Without their keys. Those that have ended, too."""
    refuse_parameters(request)
    tokens = request.auth.own.tokens.all()
    return personal(TokenList(items=[TokenAnswer.model_validate(token, from_attributes=True) for token in tokens]))


@router.post(
    "",
    response={201: NewTokenAnswer, 409: Problem, **CHANGE_REFUSALS},
    summary="Make an API token",
    openapi_extra=PERSONAL,
)
def create_token(request: CallersRequest, order: TokenOrder) -> HttpResponse:
    """The key is in this answer and in no other. 409 for who has 20 already; 401 for whose login is older than five
    minutes: a token outlives the session that made it.
    """
    refuse_parameters(request)
    if not is_recent(request.session):
        raise LoginTooOld
    token, key = make_token(request.auth.own, order.name, order.scopes, order.expires_at)
    told = TokenAnswer.model_validate(token, from_attributes=True).model_dump()
    return personal(NewTokenAnswer(**told, key=key), 201)


@router.delete(
    "{int:token_id}/",
    response={204: None, 404: Problem, **REFUSALS},
    summary="End an API token",
    openapi_extra=PERSONAL,
)
def delete_token(request: CallersRequest, token_id: TokenId) -> HttpResponse:
    """From now on it opens nothing."""
    refuse_parameters(request)
    remove_token(request.auth.own, token_id)
    return nothing()
