"""`account/undertakings/`: the terms in force, and accepting them."""

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from accounts.api.answers import CHANGE_REFUSALS, REFUSALS, UndertakingName
from accounts.callers import AccountHolder, AnyCaller, Caller, CallersRequest
from accounts.errors import NotAccredited, NotInForce
from accounts.models import Acceptance, Level, Undertaking
from delivery.parameters import refuse_parameters
from delivery.personal import PERSONAL, personal
from delivery.problems import Problem
from delivery.schemas import one_of

router = Router(auth=AnyCaller())


class UndertakingAnswer(UndertakingName):
    """A text that people undertake to keep to, in the caller's language."""

    text: str
    in_force_from: datetime
    accepted_at: datetime | None = Field(description="When the caller accepted this version.")


class UndertakingList(Schema):
    """The texts in force."""

    items: list[UndertakingAnswer]


class AcceptanceOrder(Schema):
    """What is accepted: the version that is in force."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[Undertaking.Kind, one_of(Undertaking.Kind)]
    version: Annotated[str, Field(min_length=1, max_length=40)]


@router.get("", response={200: UndertakingList, **REFUSALS}, summary="Terms in force", openapi_extra=PERSONAL)
def list_undertakings(request: CallersRequest) -> HttpResponse:
    """For everybody, in the language of `Accept-Language`; a kind that no text is in force of is left out."""
    refuse_parameters(request)
    in_force = [Undertaking.in_force(kind) for kind in Undertaking.Kind]
    return personal(UndertakingList(items=[_as_answer(request.auth, one) for one in in_force if one]))


@router.post(
    "",
    auth=AccountHolder(),
    response={200: UndertakingAnswer, 409: Problem, **CHANGE_REFUSALS},
    summary="Accept terms",
    openapi_extra=PERSONAL,
)
def accept_undertaking(request: CallersRequest, order: AcceptanceOrder) -> HttpResponse:
    """Once more changes nothing. 409 where another version is in force than the one that was read, and for terms of
    accreditation where the account is not accredited.
    """
    refuse_parameters(request)
    account = request.auth.own
    undertaking = Undertaking.in_force(order.kind)
    if undertaking is None or undertaking.version != order.version:
        raise NotInForce(version=undertaking.version if undertaking else "—")
    if order.kind == Undertaking.Kind.ACCREDITATION and account.level != Level.ACCREDITED:
        raise NotAccredited
    account.accept(undertaking)
    return personal(_as_answer(request.auth, undertaking))


def _as_answer(caller: Caller, undertaking: Undertaking) -> UndertakingAnswer:
    acceptance = Acceptance.objects.filter(account=caller.account_id, undertaking=undertaking).first()
    return UndertakingAnswer(
        kind=undertaking.kind,
        version=undertaking.version,
        text=undertaking.text,
        in_force_from=undertaking.in_force_from,
        accepted_at=acceptance.accepted_at if acceptance else None,
    )
