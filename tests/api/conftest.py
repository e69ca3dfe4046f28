"""A client that expects of every answer of the API what is true of all of them."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client


class Api:
    """Asks the API anonymously, as a frontend does."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def request(self, method: str, path: str, **headers: str) -> Any:
        """An answer, checked for what no answer may have. Header names as keywords: `if_none_match="…"`."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.generic(method, path if path.startswith("/") else f"/api/v1/{path}", headers=names)
        assert not response.cookies
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response.headers.get("Vary") == ("Accept-Language" if response.status_code >= 400 else None)
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
        return response

    def get(self, path: str, **headers: str) -> Any:
        """The answer to GET."""
        return self.request("GET", path, **headers)

    def json(self, path: str, **headers: str) -> Any:
        """The content of an answer that has to be 200."""
        response = self.get(path, **headers)
        assert response.status_code == 200, response.content
        assert response["Content-Type"] == "application/json"
        return json.loads(response.content)

    def problem(self, path: str, method: str = "GET", **headers: str) -> Any:
        """The content of an answer that has to be a problem."""
        response = self.request(method, path, **headers)
        assert response.status_code >= 400
        content = json.loads(response.content)
        assert content["status"] == response.status_code
        return content


@pytest.fixture
def api(db: None) -> Api:
    """A client of the API. Wagtail's cache of site records is filled, as it is in a server that runs."""
    from delivery.context import frontend_root

    cache.clear()
    frontend_root()
    return Api()
