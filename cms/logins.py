"""What describes `/_allauth/`: its OpenAPI, and a page that shows it, as `/api/v1/` has them."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.login.description import description
from cms.openapi import described, docs


@described
def openapi(_request: HttpRequest) -> HttpResponse:
    """JSON; and YAML, which JSON is."""
    return HttpResponse(json.dumps(description(), default=str), content_type="application/vnd.oai.openapi+json")


@described
def docs_page(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    page = docs()
    shown = json.dumps(page.settings | {"url": reverse("login_openapi")})
    return render(request, page.template, {"swagger_settings": shown, "api": description()["info"]})
