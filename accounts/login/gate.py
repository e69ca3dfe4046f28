"""The gate before `/_allauth/`: one form for an address, one request at a time for a session, limits that hold.

allauth counts tries in the session, and limits in a cache, neither of which holds against many requests at once; it
tells nobody how long to wait. So each request that may try something passes here first. Stands outside the session's
middleware, which reads the session after, and writes it before, the lock is held.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_request, override

from accounts.addresses import LONGEST, canonical
from accounts.callers import client_of
from accounts.errors import AccountsError, Busy, Crowded, NobodyCounts, NotText, TooLong, TooManyTries
from accounts.login.devices import device_of
from accounts.login.rules import ACTS, Act, Asked
from accounts.login.sessions import one_at_a_time
from accounts.wall import as_key

PREFIX = "/_allauth/"
MOST_BYTES = 64 * 1024
# Each opens an object or a list, of which nothing that is asked here has ten: deep ones exhaust who reads them.
MOST_BRACKETS = 400
# They answer the same question whether an address has an account; one of them works longer for it. Both take as long
# as this (seconds), which is longer than either needs.
EVEN = {"auth/signup": 0.6, "auth/password/request": 0.3}
# So many threads of a process may wait for that at a time.
EVENING = BoundedSemaphore(4)
# Headers by which a `GET` tries a code.
TRYING = ("X-Email-Verification-Key", "X-Password-Reset-Key")
# allauth looks at the body of each but `GET`, also of those that its views do not have: of `OPTIONS` a whole login.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOTHING = Act(0, ())
# How a refusal is told: its status, and its code.
REFUSALS: dict[type[AccountsError], tuple[int, str]] = {
    TooManyTries: (429, "too_many_tries"),
    Busy: (429, "busy"),
    Crowded: (429, "busy"),
    NobodyCounts: (503, "unavailable"),
    TooLong: (413, "too_long"),
    NotText: (400, "not_text"),
}


class GateMiddleware:
    """See above."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if (methods := _methods(request.path_info)) is not None and request.method not in methods:
            return HttpResponseNotAllowed(methods)
        if request.method == "GET" and not any(name in request.headers for name in TRYING):
            return self.get_response(request)
        began = time.monotonic()
        wait = EVEN.get(_flow(request), 0.0)
        with override(get_language_from_request(request)):
            try:
                with evening() if wait else nullcontext():
                    response = self._let_through(request)
                    # Refusals tell nothing, and cost nothing.
                    if response.status_code == 401:
                        sleep_until(began + wait)
            except tuple(REFUSALS) as error:
                response = _refusal(error)
        return response

    def _let_through(self, request: HttpRequest) -> HttpResponseBase:
        """Raises what is in REFUSALS."""
        asked = _asked(request)
        act = ACTS.get(asked.flow, NOTHING)
        act.begin(asked)
        try:
            with one_at_a_time(asked.session_key):
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
        except Busy:
            act.end(asked, REFUSALS[Busy][0])
            raise
        act.end(asked, response.status_code, getattr(response, "content", b""))
        return response


@contextmanager
def evening() -> Iterator[None]:
    """For who waits until an answer takes as long as all others. Raises Crowded where enough threads do."""
    if not EVENING.acquire(blocking=False):
        raise Crowded
    try:
        yield
    finally:
        EVENING.release()


def sleep_until(moment: float) -> None:
    """Of the monotonic clock; not at all where it is over."""
    time.sleep(max(0.0, moment - time.monotonic()))


def _methods(path: str) -> list[str] | None:
    """Those that allauth's view at a path has; None where there is none."""
    try:
        view = getattr(resolve(path).func, "view_class", None)
    except Resolver404:
        return None
    return view and [method for method in METHODS if hasattr(view, method.lower())]


def _asked(request: HttpRequest) -> Asked:
    """What the request is about; its body has addresses in one form from here on. Raises TooLong, NotText."""
    header = request.headers.get("X-Session-Token", "")
    sent = header if "/app/" in request.path_info else request.COOKIES.get(settings.MEDIA_SESSION_COOKIE_NAME, "")
    return Asked(_flow(request), _rewritten_email(request), client_of(request), as_key(sent), device_of(request))


def _flow(request: HttpRequest) -> str:
    """`/_allauth/browser/v1/auth/login` → `auth/login`."""
    return "/".join(request.path_info.strip("/").split("/")[3:])


def _rewritten_email(request: HttpRequest) -> str:
    """The address in the body, or none: also of one that cannot be, which allauth refuses."""
    body = _body(request)
    if not isinstance(body.get("email"), str):
        return ""
    email = canonical(body["email"])
    request._body = json.dumps(body | {"email": email}).encode()
    return email if len(email) <= LONGEST else ""


def _body(request: HttpRequest) -> dict[str, Any]:
    """Raises TooLong, NotText. What is no JSON is left to allauth to refuse."""
    if _declared(request) > MOST_BYTES or len(request.body) > MOST_BYTES:
        raise TooLong
    if sum(map(request.body.count, (b"[", b"{"))) > MOST_BRACKETS:
        raise NotText
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:  # half of a character, of which JSON can tell
        raise NotText from error
    return body if isinstance(body, dict) else {}


def _declared(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _refusal(error: AccountsError) -> JsonResponse:
    """In the form of allauth's own errors, and with the time to wait."""
    status, code = REFUSALS[type(error)]
    answer = JsonResponse({"status": status, "errors": [{"code": code, "message": str(error)}]}, status=status)
    if wait := getattr(error, "retry_after", 0):
        answer["Retry-After"] = str(wait)
    answer["Cache-Control"] = "no-store"
    return answer
