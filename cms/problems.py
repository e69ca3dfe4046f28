"""Errors as HTTP: one table from mistakes to status and type; alone writes problem+json (RFC 9457)."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_supported_language_variant, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts import errors as accounts_errors
from delivery import errors as delivery_errors
from newsletter import errors as newsletter_errors
from search import errors as search_errors
from videos import errors as videos_errors

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# Mistake → status, name of the type.
TABLE: dict[type[Exception], tuple[int, str]] = {
    delivery_errors.NotPublished: (404, "not-found"),
    delivery_errors.BadParameter: (422, "bad-parameter"),
    delivery_errors.BadParameters: (422, "bad-parameter"),
    delivery_errors.LogGone: (410, "log-gone"),
    delivery_errors.LogMoved: (500, "internal"),
    delivery_errors.LogUnreachable: (503, "unavailable"),
    delivery_errors.ServedElsewhere: (503, "unavailable"),
    delivery_errors.UnknownRenderer: (500, "internal"),
    delivery_errors.DeliveryError: (500, "internal"),
    accounts_errors.NeedsLogin: (401, "unauthorized"),
    accounts_errors.NeedsRecentLogin: (401, "unauthorized"),
    accounts_errors.NotInForce: (409, "conflict"),
    accounts_errors.NotAccredited: (409, "conflict"),
    accounts_errors.AccountBlocked: (403, "forbidden"),
    accounts_errors.BadToken: (401, "unauthorized"),
    accounts_errors.TokenRefused: (403, "forbidden"),
    accounts_errors.TooManyTokens: (409, "conflict"),
    accounts_errors.NoSuchToken: (404, "not-found"),
    accounts_errors.TooManyDownloads: (429, "too-many-requests"),
    accounts_errors.TooManyTries: (429, "too-many-requests"),
    accounts_errors.Busy: (429, "too-many-requests"),
    accounts_errors.NobodyCounts: (503, "unavailable"),
    accounts_errors.AccountsError: (500, "internal"),
    newsletter_errors.LinkOver: (410, "link-over"),
    newsletter_errors.Erased: (410, "link-over"),
    newsletter_errors.NewsletterError: (500, "internal"),
    search_errors.SearchTookTooLong: (503, "unavailable"),
    search_errors.SearchAway: (503, "unavailable"),
    search_errors.SearchError: (500, "internal"),
    videos_errors.NeedsAccount: (401, "unauthorized"),
    videos_errors.NotAccredited: (403, "forbidden"),
    videos_errors.ClipTooLong: (422, "clip-too-long"),
    videos_errors.TooManyClips: (429, "too-many-requests"),
    videos_errors.NoVideo: (422, "no-video"),
    videos_errors.NotIndexedYet: (503, "unavailable"),
    videos_errors.SourceUnreadable: (503, "unavailable"),
    videos_errors.SourceChanged: (503, "unavailable"),
    videos_errors.VideosError: (500, "internal"),
}

TITLES = {
    "not-found": gettext_lazy("Not found"),
    "method-not-allowed": gettext_lazy("Method not allowed"),
    "not-acceptable": gettext_lazy("Not acceptable"),
    "too-large": gettext_lazy("Too large"),
    "unsupported-media-type": gettext_lazy("Unsupported media type"),
    "conflict": gettext_lazy("This does not fit what there is now"),
    "bad-parameter": gettext_lazy("A parameter cannot be used"),
    "bad-request": gettext_lazy("Bad request"),
    "forbidden": gettext_lazy("Not allowed"),
    "unauthorized": gettext_lazy("Please log in"),
    "log-gone": gettext_lazy("The feed must be started again"),
    "link-over": gettext_lazy("The link is too old"),
    "too-many-requests": gettext_lazy("Too many requests"),
    "clip-too-long": gettext_lazy("The clip is too long"),
    "no-video": gettext_lazy("This video cannot be read"),
    "internal": gettext_lazy("Internal error"),
    "unavailable": gettext_lazy("Not available at the moment"),
}
BY_STATUS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "bad-parameter",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}

PREVIEWS = "/api/v1/preview/"


def problem(
    request: HttpRequest,
    status: int,
    name: str = "",
    detail: object = None,
    fields: list[dict[str, str]] | None = None,
    **members: str,
) -> HttpResponse:
    """An answer as `delivery.problems.Problem`, in the caller's language. `name`: by default that of the status.

    `members`: what this kind of problem has besides (RFC 9457, 3.2).
    """
    if not name:
        status = status if status in BY_STATUS else 500 if status >= 500 else 400
        name = BY_STATUS[status]
    language = caller_language(request)
    with override(language):
        content: dict[str, Any] = {
            "type": f"/problems/{name}",
            "title": str(TITLES[name]),
            "status": status,
            "detail": str(detail or default_detail(status)),
        }
        content["errors"] = [{key: str(value) for key, value in field.items()} for field in fields or []]
        content |= members
    response = HttpResponse(json.dumps(content, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    response["Content-Language"] = language
    response["Vary"] = "Accept-Language"
    # A 404 too: it may be an embargo that ends before a second is over.
    response["Cache-Control"] = "no-store"
    if request.path.startswith(PREVIEWS):
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
    return response


def caller_language(request: HttpRequest) -> str:
    """The language of messages: `Accept-Language`, or else the parameter `locale`. No cookie has a say."""
    wanted = [code for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    with suppress(SuspiciousOperation):  # more parameters than Django reads
        wanted.append(request.GET.get("locale", ""))
    for code in wanted:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def default_detail(status: int) -> str:
    """A sentence for a status without one of its own, in the language that is active."""
    return {
        400: _("The request cannot be understood."),
        401: _("This needs an account. Log in and try again."),
        403: _("You are not allowed to do this."),
        404: _("There is nothing published here."),
        405: _("This address does not answer to this method."),
        406: _("This API answers in JSON only."),
        413: _("The request is larger than this address takes."),
        415: _("This address does not take this kind of content."),
        422: _("Some parameters cannot be used; each is named below."),
        429: _("Too many requests. Wait a moment and try again."),
        503: _("This is not available at the moment. Please try again later."),
    }.get(status, _("Something went wrong on our side. It has been noted; please try again later."))


# What pydantic finds wrong, where the value's limits need not be told.
SENTENCES = {
    "missing": gettext_lazy("This parameter is required."),
    **dict.fromkeys(
        ("int_parsing", "int_from_float", "int_type"),
        gettext_lazy("This is not a whole number."),
    ),
    **dict.fromkeys(("bool_parsing", "bool_type"), gettext_lazy("Choose true or false.")),
    **dict.fromkeys(("uuid_parsing", "uuid_type"), gettext_lazy("This is not an id.")),
    "timezone_aware": gettext_lazy("This time needs a time zone, for example 2026-01-31T12:00:00Z."),
    **dict.fromkeys(("string_too_short", "too_short"), gettext_lazy("This must not be empty.")),
    "extra_forbidden": gettext_lazy("There is no such field here, or it is not yours to set."),
    "email": gettext_lazy("This is no e-mail address."),
    "country": gettext_lazy("This is no code of a country, for example FR."),
}


def field_sentence(error: dict[str, Any]) -> str:
    """What pydantic found wrong with a value, as a sentence in the language that is active."""
    context = error.get("ctx", {})
    match error["type"]:
        case kind if kind in SENTENCES:
            return str(SENTENCES[kind])
        case "greater_than_equal":
            return _("The least that can be given is %(limit)s.") % {"limit": context.get("ge")}
        case "less_than_equal":
            return _("The most that can be given is %(limit)s.") % {"limit": context.get("le")}
        case "literal_error" | "enum":
            return _("Choose one of: %(choices)s.") % {"choices": str(context.get("expected")).replace(" or ", ", ")}
        case "string_too_long" | "too_long":
            most = context.get("max_length", 0)
            return ngettext("At most %(count)d.", "At most %(count)d.", most) % {"count": most}
        case kind if kind.startswith(("datetime", "date")):
            return _("This is not a time as RFC 3339 has it, for example 2026-01-31T12:00:00Z.")
        case _other:
            return _("This value cannot be used.")


def add_handlers(api: NinjaAPI) -> None:
    """Have every error of the API answered as a problem."""

    def known(request: HttpRequest, error: Any) -> HttpResponse:
        status, name = next(TABLE[cls] for cls in type(error).__mro__ if cls in TABLE)
        with override(caller_language(request)):
            detail = str(error)
        fields = []
        if isinstance(error, delivery_errors.BadParameter | delivery_errors.BadParameters):
            each = [error] if isinstance(error, delivery_errors.BadParameter) else error.each
            with override(caller_language(request)):
                fields = [{"parameter": one.parameter, "code": one.code, "detail": str(one)} for one in each]
            detail = ""
        members = {"restart": error.restart} if isinstance(error, delivery_errors.LogGone) else {}
        comes_back = hasattr(error, "retry_after")
        if status >= 500 and not comes_back:
            logger.error("%s", type(error).__name__, exc_info=error)
        response = problem(request, status, name, detail, fields, **members)
        if comes_back:
            response["Retry-After"] = str(error.retry_after)
        if isinstance(error, accounts_errors.TokenRefused):
            response["WWW-Authenticate"] = f'Bearer error="{error.challenge}"'
        return response

    for cls in TABLE:
        api.add_exception_handler(cls, known)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        with override(caller_language(request)):
            fields = [
                {
                    "parameter": parameter_name(one["loc"]),
                    "code": str(one["type"]),
                    "detail": field_sentence(one),
                }
                for one in error.errors
            ]
        return problem(request, 422, fields=fields)

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        # The parser's own error is the cause: ninja answers 400 to all of them.
        cause = error.__cause__
        return problem(request, cause.status_code if isinstance(cause, HttpError) else error.status_code)

    def plain(status: int) -> Callable[[HttpRequest, Any], HttpResponse]:
        return lambda request, error: problem(request, status)

    api.add_exception_handler(Http404, plain(404))
    api.add_exception_handler(PermissionDenied, plain(403))
    api.add_exception_handler(SuspiciousOperation, plain(400))
    api.add_exception_handler(RequestDataTooBig, plain(413))

    @api.exception_handler(Exception)
    def internal(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(request, 500)


def parameter_name(location: tuple[Any, ...]) -> str:
    """Pydantic's location as the caller knows it: source, argument of the view, then the parameter or field.

    `("query", "query", "ids", 3)` → `ids`; `("body", "order", "clips", 3, "start")` → `clips.3.start`.
    """
    source, *parts = [str(part) for part in location]
    parts = parts[1:] or parts
    return ".".join(parts if source == "body" else parts[:1]) or source
