"""Who asks for downloads and clips: a media account, or somebody without one, known by the address he asks from."""

import ipaddress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from ninja.utils import check_csrf

# A household or an office has a network of IPv6 addresses (RFC 6177), and may ask from any of them.
IPV6_NETWORK = 64
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Caller:
    """`account_id`: of a media account, in the admin of an editor, or None. `client`: stands for the address asked
    from, without telling it.
    """

    account_id: int | None
    client: str

    @property
    def has_account(self) -> bool:
        """Whether he logged in."""
        return self.account_id is not None

    @property
    def name(self) -> str:
        """A name to count by, the same at each call."""
        return f"account:{self.account_id}" if self.has_account else f"client:{self.client}"


def caller_of(request: HttpRequest) -> Caller:
    """Who asks. Works without the session middleware too; may ask the database."""
    user = request.user if hasattr(request, "user") else _user_of_session(request)
    is_account = bool(user.is_active and getattr(user, "media_email", None))
    return Caller(user.pk if is_account else None, _client_of(request))


class CallersRequest(HttpRequest):
    """A request of an operation that declares `AnyCaller`."""

    auth: Caller


class AnyCaller:
    """`auth=` of operations whose answer depends on who asks, account or not: `request.auth` is a Caller.

    Raises PermissionDenied where a page of another site lets a browser that is logged in change something.
    """

    def __call__(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        if caller.has_account and request.method not in SAFE and check_csrf(request):
            raise PermissionDenied
        return caller


def _user_of_session(request: HttpRequest) -> Any:
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return get_user(request)


def _client_of(request: HttpRequest) -> str:
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES:
        # Each proxy appends whom it was asked by; what stands before those that we trust, anybody can have written.
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        address = ([address, *reversed(hops)][: settings.TRUSTED_PROXIES + 1])[-1]
    return salted_hmac("accounts.callers", _network(address)).hexdigest()[:32]


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
