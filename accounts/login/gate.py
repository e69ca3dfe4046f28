"""The gate before `/_allauth/`: one form for an address, one request at a time for a session, limits that hold.

allauth counts tries in the session, and limits in a cache, neither of which holds against many requests at once; it
tells nobody how long to wait. So each request that may try something passes here first. Stands outside the session's
middleware, which reads the session after, and writes it before, the lock is held.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language_from_request, override

from accounts.addresses import canonical
from accounts.callers import client_of
from accounts.errors import Busy, NobodyCounts, TooManyTries
from accounts.limits import Limit
from accounts.login.sessions import one_at_a_time

PREFIX = "/_allauth/"
MOST_BYTES = 64 * 1024
# They answer the same question whether an address has an account; one of them works longer for it. Both take as long
# as this (seconds), which is longer than either needs.
EVEN = {"auth/signup": 0.6, "auth/password/request": 0.3}
# Headers by which a `GET` tries a code.
TRYING = ("X-Email-Verification-Key", "X-Password-Reset-Key")
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Asked:
    """A request at the gate. `flow`: its path behind the client's name; `email`: canonical, or empty."""

    flow: str
    email: str
    client: str
    session_key: str

    @property
    def both(self) -> str:
        """Who asks, for which address: a stranger elsewhere locks nobody out with this."""
        return f"{self.client} {self.email}" if self.email else ""


@dataclass(frozen=True)
class Rule:
    """A limit, and by what it counts. Nothing is counted where that is empty. `ends`: a success begins it anew."""

    limit: Limit
    by: Callable[[Asked], str]
    ends: bool = False


def _client(asked: Asked) -> str:
    return asked.client


def _email(asked: Asked) -> str:
    return asked.email


def _session(asked: Asked) -> str:
    return asked.session_key


CODES = (
    Rule(Limit("codes by session", "30/hour"), _session),
    Rule(Limit("codes by client", "60/hour"), _client),
)
RULES: dict[str, tuple[Rule, ...]] = {
    "auth/login": (
        Rule(Limit("passwords by both", "5/5minutes"), lambda asked: asked.both, ends=True),
        # More than one network can try within the hour.
        Rule(Limit("passwords by address", "100/hour"), _email),
        Rule(Limit("passwords by client", "240/hour"), _client),
    ),
    "auth/reauthenticate": (Rule(Limit("passwords by session", "5/5minutes"), _session, ends=True),),
    "account/password/change": (Rule(Limit("passwords by session", "5/5minutes"), _session, ends=True),),
    "auth/signup": (
        Rule(Limit("registrations by address", "6/hour"), _email),
        Rule(Limit("registrations by client", "30/hour"), _client),
    ),
    "auth/password/request": (
        Rule(Limit("resets by both", "1/30seconds"), lambda asked: asked.both),
        Rule(Limit("resets by address", "6/hour"), _email),
        Rule(Limit("resets by client", "30/hour"), _client),
    ),
    "auth/email/verify/resend": (
        Rule(Limit("new codes by session", "1/30seconds"), _session),
        Rule(Limit("new codes by client", "30/hour"), _client),
    ),
    "account/email": (
        Rule(Limit("changes of address by session", "6/hour"), _session),
        Rule(Limit("changes to address", "6/hour"), _email),
    ),
    "auth/email/verify": CODES,
    "auth/password/reset": CODES,
    "auth/2fa/authenticate": (Rule(Limit("second factors by session", "5/5minutes"), _session, ends=True), *CODES),
    "auth/2fa/reauthenticate": (Rule(Limit("second factors by session", "5/5minutes"), _session, ends=True),),
}


class GateMiddleware:
    """See above."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.method in SAFE and not any(name in request.headers for name in TRYING):
            return self.get_response(request)
        began = time.monotonic()
        with override(get_language_from_request(request)):
            try:
                response = self._let_through(request)
            except (Busy, TooManyTries, NobodyCounts) as error:
                response = _refusal(error)
        if wait := EVEN.get(_flow(request), 0):
            time.sleep(max(0.0, wait - (time.monotonic() - began)))
        return response

    def _let_through(self, request: HttpRequest) -> HttpResponseBase:
        """Raises Busy, TooManyTries, NobodyCounts."""
        asked = _asked(request)
        rules = RULES.get(asked.flow, ())
        _count(asked, rules)
        with one_at_a_time(asked.session_key):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if response.status_code == 200:
            for rule in rules:
                if rule.ends:
                    rule.limit.forget(rule.by(asked))
        return response


def _asked(request: HttpRequest) -> Asked:
    """What the request is about; its body has addresses in one form from here on."""
    header = request.headers.get("X-Session-Token", "")
    session_key = (
        header if "/app/" in request.path_info else request.COOKIES.get(settings.MEDIA_SESSION_COOKIE_NAME, "")
    )
    return Asked(_flow(request), _rewritten_email(request), client_of(request), session_key)


def _flow(request: HttpRequest) -> str:
    """`/_allauth/browser/v1/auth/login` → `auth/login`."""
    return "/".join(request.path_info.strip("/").split("/")[3:])


def _rewritten_email(request: HttpRequest) -> str:
    try:
        body: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict) or not isinstance(body.get("email"), str):
        return ""
    email = canonical(body["email"])
    request._body = json.dumps(body | {"email": email}).encode()
    return email


def _count(asked: Asked, rules: tuple[Rule, ...]) -> None:
    """One after the other: what one limit refuses tries nothing, so it counts for no other. Else a stranger would use
    up with refused tries what the account's owner has. Raises TooManyTries, NobodyCounts.
    """
    for rule in rules:
        if key := rule.by(asked):
            rule.limit.take(key)


def _refusal(error: Busy | TooManyTries | NobodyCounts) -> JsonResponse:
    """In the form of allauth's own errors, and with the time to wait."""
    status = 503 if isinstance(error, NobodyCounts) else 429
    code = {TooManyTries: "too_many_tries", Busy: "busy", NobodyCounts: "unavailable"}[type(error)]
    answer = JsonResponse({"status": status, "errors": [{"code": code, "message": str(error)}]}, status=status)
    answer["Retry-After"] = str(error.retry_after)
    answer["Cache-Control"] = "no-store"
    return answer
