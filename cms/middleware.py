"""The short way to API and feeds, past sessions, accounts and messages, which no anonymous read needs; and files."""

from collections.abc import Callable
from functools import cached_property

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from cms.api import api
from cms.problems import MEDIA_TYPE, problem

API = "/api/v1/"
FEEDS = ("/feeds/", "/sitemap", "/news-sitemap.xml")
FILES = ("/files/", "/media/", "/documents/")
READS = ("GET", "HEAD", "OPTIONS")
# What a script in a browser may read of an answer, beside what it always may.
EXPOSED = "ETag, Content-Language, Cache-Tag, Location, Retry-After, RateLimit, RateLimit-Policy"


class ApiMiddleware:
    """Calls the views of API and feeds itself, and answers `HEAD`, `OPTIONS`, CORS and every error in one way.

    Stands right behind Django's security middleware. Operations that declare `auth=` go through the whole chain of
    middleware like a page of the admin; all others set no cookie, and vary on nothing that is not in the address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith((API, *FEEDS)):
            return self.get_response(request)
        try:
            response = _finished(request, self._response(request))
        except Exception as error:
            response = api.on_exception(request, error)  # the same table as inside an operation
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
        return _with_length(_without_body(response) if request.method == "HEAD" else response)

    def _response(self, request: HttpRequest) -> HttpResponseBase:
        request.get_host()  # raises DisallowedHost
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return _with_slash(request)
        method = request.method
        try:
            request.method = "GET" if method == "HEAD" else method
            if match.url_name in self.personal:
                return self.get_response(request)
            request.resolver_match = match
            return match.func(request, *match.args, **match.kwargs)
        finally:
            request.method = method

    @cached_property
    def personal(self) -> frozenset[str | None]:
        """Names of routes whose answer depends on who asks: one of their operations declares `auth=`."""
        views = [view for router in api._get_bound_routers() for view in router.path_operations.values()]
        return frozenset(
            operation.view_func.__name__
            for view in views
            if any(operation.auth_callbacks for operation in view.operations)
            for operation in view.operations
        )


class FilesMiddleware:
    """What HTTP asks of every file: it is read only, no language has a say, and what is not there now may be soon.

    Stands outside `LocaleMiddleware`, whose headers it takes off, and outside the CSRF check, whose page is no answer
    to a `POST` here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(FILES):
            return self.get_response(request)
        if request.method == "OPTIONS":
            return preflight("GET, HEAD, OPTIONS")
        if request.method not in READS:
            return HttpResponseNotAllowed(READS)
        response = self.get_response(request)
        del response["Content-Language"]
        _vary_less(response, "accept-language")
        if response.status_code >= 400:
            response["Cache-Control"] = "no-store"
        return response


def _vary_less(response: HttpResponseBase, name: str) -> None:
    names = [one for one in response.get("Vary", "").split(", ") if one and one.lower() != name]
    del response["Vary"]
    if names:
        response["Vary"] = ", ".join(names)


def _with_slash(request: HttpRequest) -> HttpResponse:
    """Where a read leads that left out the slash at the end. Raises Http404."""
    if request.path_info.endswith("/") or request.method not in READS:
        raise Http404
    resolve(f"{request.path_info}/")
    return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The view's answer with what HTTP asks of every endpoint."""
    if response.status_code == 405:
        allowed = ", ".join(_allowed(response["Allow"].split(", ")))
        response = preflight(allowed) if request.method == "OPTIONS" else problem(request, 405)
        response["Allow"] = allowed
    elif response.status_code >= 400 and response["Content-Type"] != MEDIA_TYPE:
        response = problem(request, response.status_code)
    elif response.status_code == 200 and request.method in READS and not _is_accepted(request, response):
        response = problem(request, 406)
    return response


def _allowed(methods: list[str]) -> list[str]:
    return sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])})


def preflight(methods: str) -> HttpResponse:
    """The answer to `OPTIONS`, which is a browser's question before it sends headers of its own, too."""
    response = HttpResponse(status=204)
    response["Allow"] = response["Access-Control-Allow-Methods"] = methods
    response["Access-Control-Allow-Origin"] = "*"
    del response["Content-Type"]
    response["Access-Control-Allow-Headers"] = "*"
    response["Access-Control-Max-Age"] = "86400"
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _is_accepted(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether `Accept` takes the answer's kind; asked last, so that it tells nothing of what cannot be read.

    Feeds are sent whatever it says: readers ask for XML or JSON and mean RSS or JSON Feed, and the address tells which.
    """
    if not request.headers.get("Accept") or not request.path_info.startswith(API):
        return True
    main, _slash, sub = response["Content-Type"].split(";")[0].partition("/")
    # Parameters, as in `application/json; charset=utf-8`, are no reason to refuse: there is one form of each answer.
    matching = [one for one in request.accepted_types if one.main_type in ("*", main) and one.sub_type in ("*", sub)]
    nearest = max(matching, key=lambda one: (one.main_type != "*", one.sub_type != "*"), default=None)
    return nearest is not None and nearest.quality > 0


def _with_length(response: HttpResponseBase) -> HttpResponseBase:
    """The same with `Content-Length`, so that the server sends it whole and not in chunks (RFC 9112, 6.3)."""
    if isinstance(response, HttpResponse) and response.status_code not in (204, 304):
        response.setdefault("Content-Length", str(len(response.content)))
    return response


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    """The same headers, and no body."""
    if isinstance(response, HttpResponse):
        _with_length(response)
        response.content = b""
    return response
