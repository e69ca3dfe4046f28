"""The mails of this room: to whom, in which language; and codes that are replaced where they would come too late."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from accounts.login.resets import forget_outdated_reset
from accounts.login.sessions import one_at_a_time
from accounts.models import MediaAccount
from accounts.wall import media_session
from home.mail import post
from home.mail.renewals import register

CODE_SECONDS = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
# A code that is sent leaves so much time to use it; one that would leave less is replaced.
LEFT_SECONDS = 900
RENEWAL = "accounts.code"


def post_to(email: str, template: str, context: Mapping[str, Any], account: MediaAccount | None) -> None:
    """A mail to an address, in the language of its account, or in the caller's where it has none."""
    post(template, email, _language_of(account), _about(account) | dict(context))


def post_code(
    request: HttpRequest, template: str, email: str, process: str, code: str, account: MediaAccount | None = None
) -> None:
    """The code of a process that is on its way in the caller's session. `process`: its key there.

    Where it could only be sent after its time, another code is made then, and takes its place in the session.
    """
    keep_session(request)
    account = account or account_with(email)
    ticket = {"session": request.session.session_key, "process": process}
    context = _about(account) | {"minutes": CODE_SECONDS // 60, "code": code, "ends": _end(), "ticket": ticket}
    post(template, email, _language_of(account), context, good_until=_last_moment(), renewal=RENEWAL)


def renewed_code(context: dict[str, Any]) -> tuple[dict[str, Any], datetime] | None:
    """The mail's context with a code that is good from now on, and until when; None where nobody waits for it."""
    ticket = context["ticket"]
    with one_at_a_time(ticket["session"]):
        session = media_session(ticket["session"])
        forget_outdated_reset(session)
        state = session.get(ticket["process"])
        if not state or state.get("code") != context["code"] or state.get("code_confirmed"):
            return None
        code = get_adapter().generate_email_verification_code()
        session[ticket["process"]] = {**state, "code": code, "at": time.time()}
        session.save()
    return context | {"code": code, "ends": _end()}, _last_moment()


register(RENEWAL, renewed_code)


def _end() -> str:
    """Of a code that is made now, for what the mail says of the time that is left when it is sent."""
    return (timezone.now() + timedelta(seconds=CODE_SECONDS)).isoformat()


def _last_moment() -> datetime:
    return timezone.now() + timedelta(seconds=CODE_SECONDS - LEFT_SECONDS)


def keep_session(request: HttpRequest) -> None:
    """So that it has a key: also where no code needs one, since it takes time."""
    if not request.session.session_key:
        request.session.save()


def account_with(email: str) -> MediaAccount | None:
    """Whose address it was shown to be."""
    return MediaAccount.objects.select_related("user").filter(user__media_email=email).first()


def _about(account: MediaAccount | None) -> dict[str, Any]:
    return {"name": account.name if account else ""}


def _language_of(account: MediaAccount | None) -> str:
    return account.language if account else (get_language() or settings.LANGUAGE_CODE)[:2]
