"""An API with what the newsroom's does not have yet: a body to read, somebody to be, something that breaks."""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import Schema
from ninja.security import django_auth

from cms.openapi import JsonParser, NewsroomAPI
from cms.problems import add_handlers

api = NewsroomAPI(urls_namespace="posting", parser=JsonParser(), docs_url=None, openapi_url=None)
add_handlers(api)


class Note(Schema):
    """A body."""

    text: str
    stars: int


@api.post("notes/")
def make_note(request: HttpRequest, note: Note) -> dict[str, Any]:
    return note.dict()


@api.get("me/", auth=django_auth)
def who_am_i(request: HttpRequest) -> dict[str, str]:
    return {"name": request.user.get_username()}


@api.get("broken/")
def broken(request: HttpRequest) -> None:
    raise RuntimeError("the password is swordfish")


urlpatterns = [path("api/v1/", api.urls)]
