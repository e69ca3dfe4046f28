"""Devices that somebody logged in with: tries from there count by themselves, so that no stranger uses up an account's.

A browser has a cookie of it, an app a token that it sends again. Neither opens anything; whoever has one guesses within
the limits of an account, as everybody else. (OWASP: device cookies.)
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE, HEADER = "newsroom_device", "X-Device-Token"
SALT = "accounts.login.devices"
# After its last login.
KEPT_SECONDS = 365 * 86_400


@dataclass(frozen=True)
class Device:
    """`account`: whose, as the session names it; `name`: by which tries are counted."""

    account: str
    name: str


def device_of(request: HttpRequest) -> Device | None:
    """The one that asks, or None where nobody logged in with it."""
    signed = request.headers.get(HEADER, "") if _is_app(request) else request.COOKIES.get(COOKIE, "")
    try:
        return Device(*signing.loads(signed, salt=SALT, max_age=KEPT_SECONDS))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Tell the device of who has just logged in what it is known by: the same as before, if it was his before."""
    account, known = str(request.user.pk), device_of(request)
    name = known.name if known and known.account == account else secrets.token_urlsafe(16)
    signed = signing.dumps([account, name], salt=SALT)
    if _is_app(request):
        response[HEADER] = signed
        return
    response.set_cookie(
        COOKIE,
        signed,
        max_age=KEPT_SECONDS,
        path="/_allauth/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _is_app(request: HttpRequest) -> bool:
    return "/app/" in request.path_info
