"""Who asks for downloads and clips: a media account, or somebody without one, known by the address he asks from."""

import ipaddress
from dataclasses import dataclass, field
from typing import Any

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from ninja.utils import check_csrf

from accounts.errors import AccountBlocked, NeedsLogin, OutsideScopes, TokenOnlyReads
from accounts.models import Level, MediaAccount, Scope, Undertaking, User
from accounts.tokens import token_of
from accounts.wall import media_session

# A household or an office has a network of IPv6 addresses (RFC 6177), and may ask from any of them.
IPV6_NETWORK = 64
# Where gateways put addresses of IPv4 (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
SAFE = ("GET", "HEAD", "OPTIONS")
# For descriptions: the ways in which somebody says who he is.
COOKIE, CSRF, APP, TOKEN = "media_cookie", "csrf_token", "session_token", "api_token"
SCHEMES: dict[str, dict[str, str]] = {
    COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.MEDIA_SESSION_COOKIE_NAME,
        "description": "Session of a browser, set by a login at `/_allauth/browser/v1/`.",
    },
    CSRF: {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "What the cookie `csrftoken` says; browsers that are logged in change nothing without.",
    },
    APP: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Session-Token",
        "description": "Session of an app: `meta.session_token` of a login at `/_allauth/app/v1/`.",
    },
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "API token of a newsroom system, made at `account/tokens/`. It reads only.",
    },
}


@dataclass(frozen=True)
class Caller:
    """`account_id`: of a media account, in the admin of an editor, or None. `client`: stands for the address asked
    from, without telling it. `level`: of a media account. `has_to_accept`: undertakings that it has not
    accepted: without the usage terms nothing opens, without those of accreditation nothing for accredited media.
    `account`: the media account itself, where there is one.
    """

    account_id: int | None
    client: str
    level: Level | None = None
    has_to_accept: tuple[str, ...] = ()
    account: MediaAccount | None = field(default=None, compare=False, repr=False)

    @property
    def own(self) -> MediaAccount:
        """His account. Raises NeedsLogin."""
        if self.account is None:
            raise NeedsLogin
        return self.account

    @property
    def opens(self) -> tuple[str, ...]:
        """Names of the audiences that he belongs to, beside everybody."""
        if self.level not in (Level.REGISTERED, Level.ACCREDITED) or Undertaking.Kind.USAGE in self.has_to_accept:
            return ()
        is_accredited = self.level == Level.ACCREDITED and Undertaking.Kind.ACCREDITATION not in self.has_to_accept
        return ("registered", "accredited") if is_accredited else ("registered",)

    @property
    def has_account(self) -> bool:
        """Whether he logged in."""
        return self.account_id is not None

    @property
    def name(self) -> str:
        """A name to count by, the same at each call."""
        return f"account:{self.account_id}" if self.has_account else f"client:{self.client}"


def caller_of(request: HttpRequest, scope: Scope | None = None) -> Caller:
    """Who asks: by a token, or by the session in his cookie or in `X-Session-Token`. Works without middleware too.

    `scope`: what a token has to have; without one no token is taken. Raises TokenRefused, AccountBlocked, TooManyTries
    and NobodyCounts, all of them only for who sends a token.
    """
    method, _space, key = request.headers.get("Authorization", "").partition(" ")
    is_token = method.lower() == "bearer"
    account = _account_by_token(request, key.strip(), scope) if is_token else _account_of(_user_of(request))
    return _as_caller(account, client_of(request))


def caller_again(account_id: int | None, client: str) -> Caller:
    """Who asked for something before, with what opens for him now; without an account where that is gone."""
    return _as_caller(MediaAccount.objects.filter(pk=account_id).first(), client)


def may_hold(account_id: int | None) -> bool:
    """Whether an address that an account was given is good: not of one that was blocked since, or erased."""
    return account_id is None or MediaAccount.objects.filter(pk=account_id, blocked_at=None).exists()


def _as_caller(account: MediaAccount | None, client: str) -> Caller:
    if account is None:
        return Caller(None, client)
    kinds = tuple(undertaking.kind for undertaking in account.has_to_accept())
    return Caller(account.pk, client, account.level, kinds, account)


def _account_by_token(request: HttpRequest, key: str, scope: Scope | None) -> MediaAccount:
    token = token_of(key, client_of(request))
    if request.method not in ("GET", "HEAD"):
        raise TokenOnlyReads
    if scope not in token.scopes:
        raise OutsideScopes
    if token.account.level == Level.BLOCKED:
        raise AccountBlocked
    return token.account


def _account_of(user: Any) -> MediaAccount | None:
    if not isinstance(user, User) or not user.is_media:
        return None
    return MediaAccount.objects.select_related("user").filter(user_id=user.pk).first()


class CallersRequest(HttpRequest):
    """A request of an operation that declares `AnyCaller`."""

    auth: Caller


class AnyCaller:
    """`auth=` of operations whose answer depends on who asks, account or not: `request.auth` is a Caller.

    `scope`: with which API tokens are taken. Raises PermissionDenied where a page of another site lets a browser that
    is logged in change something, and what `caller_of` raises.
    """

    needs_login = False

    def __init__(self, scope: Scope | None = None) -> None:
        self.scope = scope

    def ways(self, method: str) -> list[dict[str, list[str]]]:
        """How a request can say who asks, each by names of `SCHEMES`; an empty one where nobody has to."""
        is_safe = method in SAFE
        ways = [[COOKIE] if is_safe else [COOKIE, CSRF], [APP]]
        if is_safe and self.scope:
            ways.append([TOKEN])
        if not self.needs_login:
            ways.insert(0, [])
        return [{name: [] for name in way} for way in ways]

    def __call__(self, request: HttpRequest) -> Caller:
        caller = caller_of(request, self.scope)
        if self.needs_login and not caller.has_account:
            raise NeedsLogin
        is_browser = not request.headers.get("X-Session-Token")
        if caller.has_account and is_browser and request.method not in SAFE and check_csrf(request):
            raise PermissionDenied
        return caller


class AccountHolder(AnyCaller):
    """`auth=` of operations on the caller's own account. Raises NeedsLogin too."""

    needs_login = True


def _user_of(request: HttpRequest) -> Any:
    if token := request.headers.get("X-Session-Token"):
        if (found := authenticate_by_x_session_token(token)) is None:
            return None
        user, request.session = found
        return user
    if not hasattr(request, "user"):
        request.session = media_session(request.COOKIES.get(settings.MEDIA_SESSION_COOKIE_NAME))
        return get_user(request)
    return request.user


def client_of(request: HttpRequest) -> str:
    """Stands for the network that a request comes from, the same at each call, and does not tell which it is."""
    return salted_hmac("accounts.callers", _network(address_of(request))).hexdigest()[:32]


def address_of(request: HttpRequest) -> str:
    """The address that a request comes from, as the front servers that we trust say."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES:
        # Each proxy appends whom it was asked by; what stands before those that we trust, anybody can have written.
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        address = ([address, *reversed(hops)][: settings.TRUSTED_PROXIES + 1])[-1]
    return str(_parsed(address) or address)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address without what front servers write around it: port, brackets, zone. One of IPv4 in the clothes of IPv6
    is one of IPv4: all of them stand in one network of IPv6.
    """
    bare = address.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return parsed.ipv4_mapped
        if parsed in NAT64:
            return ipaddress.IPv4Address(parsed.packed[-4:])
    return parsed


def _network(address: str) -> str:
    parsed = _parsed(address)
    if parsed is None:
        # One for all that cannot be read: whoever can write such a thing has no network of his own for each.
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
