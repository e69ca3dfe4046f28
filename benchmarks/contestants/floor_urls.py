"""`/api/v1/floor/<bytes>/`: under this prefix the project's middleware takes the short way, as for its own API."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path


@cache
def constant(size: int) -> bytes:
    """That many bytes, made once."""
    return b"x" * size


def floor(request: HttpRequest, size: int) -> HttpResponse:
    """The least that Django does for an answer of that size."""
    return HttpResponse(constant(size), content_type="application/json", headers={"Content-Length": str(size)})


urlpatterns = [path("api/v1/floor/<int:size>/", floor)]
