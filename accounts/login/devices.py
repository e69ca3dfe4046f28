"""Devices that somebody logged in with: tries from there count by themselves, so that no stranger uses up an account's.

A browser has a cookie of it, an app a token that it sends again. Neither opens anything; whoever has one guesses within
the limits of an account, as everybody else. An account has a few, and none of those that knew another password. (OWASP:
device cookies.)
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

COOKIE, HEADER = "newsroom_device", "X-Device-Token"
SALT = "accounts.login.devices"
# After its last login.
KEPT_SECONDS = 365 * 86_400
# Of an account; the one whose last login is the longest ago ends.
MOST = 5


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


def is_device(device: Device, user: User) -> bool:
    """Whether it is one of somebody's who logged in with his present password."""
    return device.account == str(user.pk) and device.name in _names(user)


def remember(request: HttpRequest, response: HttpResponseBase, path: str = "/_allauth/") -> None:
    """Tell the device of who has just logged in what it is known by: the same as before, if it was his before. `path`:
    to where a browser tells it again.
    """
    user: Any = request.user
    account, known = str(user.pk), device_of(request)
    name = known.name if known and is_device(known, user) else secrets.token_urlsafe(16)
    cache.set(_key(user), [*(one for one in _names(user) if one != name), name][-MOST:], KEPT_SECONDS)
    signed = signing.dumps([account, name], salt=SALT)
    if _is_app(request):
        response[HEADER] = signed
        return
    response.set_cookie(
        COOKIE,
        signed,
        max_age=KEPT_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _names(user: User) -> list[str]:
    return list(cache.get(_key(user)) or [])


def _key(user: User) -> str:
    """Another one with each password: with it all devices end."""
    return f"accounts.devices.{user.pk}.{user.get_session_auth_hash()}"


def _is_app(request: HttpRequest) -> bool:
    return "/app/" in request.path_info
