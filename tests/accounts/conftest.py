"""Somebody who registers, logs in and asks, through the public API alone."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.login import editors, gate
from accounts.models import MediaAccount
from home.models import Mail
from tests.clips.asking import files, patrol

__all__ = ["files", "patrol"]

PASSWORD = "Tide-and-Lantern-7"
FACTS = {
    "name": "Ana Duarte",
    "organisation": "Radio Corvane",
    "country": "PT",
    "kind": "broadcaster",
    "language": "en",
}


class Person:
    """A browser, or an app (`client`), on the way to a media account."""

    def __init__(self, client: str = "browser", address: str = "192.0.2.1", language: str = "en") -> None:
        self.http = Client(enforce_csrf_checks=True)
        self.client = client
        self.address = address
        self.language = language
        self.token = ""

    def ask(self, method: str, flow: str, body: Any = None, **headers: str) -> Any:
        """The answer of `/_allauth/`, its token kept. `flow`: as `auth/login`."""
        return self.request(method, f"/_allauth/{self.client}/v1/{flow}", body, **headers)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer of the API."""
        return self.request(method, f"/api/v1/{path}", body, **headers)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer at any path."""
        sent = {"accept-language": self.language} | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.client == "app" and self.token:
            sent |= {"x-session-token": self.token}
        elif method not in ("GET", "HEAD") and "csrftoken" in self.http.cookies:
            sent = {"x-csrftoken": self.http.cookies["csrftoken"].value} | sent
        data = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        answer = self.http.generic(method, path, data, "application/json", headers=sent, REMOTE_ADDR=self.address)
        if answer.content and "application/json" in answer.get("Content-Type", ""):
            self.token = (answer.json().get("meta") or {}).get("session_token") or self.token
        return answer

    def begin(self) -> "Person":
        """As a frontend does first: a browser gets its CSRF cookie."""
        self.ask("GET", "auth/session")
        return self

    def register(self, email: str = "ana@press.example", password: str = PASSWORD, **facts: Any) -> Any:
        """The answer to a registration."""
        return self.ask("POST", "auth/signup", {"email": email, "password": password, **FACTS, **facts})

    def log_in(self, email: str = "ana@press.example", password: str = PASSWORD, **more: Any) -> Any:
        """The answer to a login."""
        return self.ask("POST", "auth/login", {"email": email, "password": password, **more})

    def enter(self, email: str = "ana@press.example", **facts: Any) -> "Person":
        """As somebody with an account, made for him, and logged in."""
        known = {name: value for name, value in FACTS.items() if name not in facts}
        self.account = MediaAccount.objects.create_confirmed(email, PASSWORD, **known, **facts)
        assert self.begin().log_in(email).status_code == 200
        return self

    def change_address(self, email: str) -> None:
        """To one that he shows to be his."""
        self.ask_for_address(email)
        assert self.ask("POST", "auth/email/verify", {"key": code_sent(email)}).status_code == 200

    def ask_for_address(self, email: str) -> None:
        """As one does who logged in a moment ago."""
        assert self.ask("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        answer = self.ask("POST", "account/email", {"email": email})
        assert answer.status_code == 200, answer.content

    def who(self) -> Any:
        """What `account/` says of him."""
        answer = self.api("GET", "account/")
        assert answer.status_code == 200, answer.content
        return answer.json()


def code_sent(email: str = "ana@press.example") -> str:
    """The code in the last mail to an address, which no worker has sent yet."""
    return str(Mail.objects.filter(to=email, context__has_key="code").latest("pk").context["code"])


def last_mail() -> str:
    """Which mail was posted last."""
    return Mail.objects.latest("pk").template


def confirmed(email: str = "ana@press.example", client: str = "browser") -> Person:
    """Somebody who has registered and is logged in."""
    person = Person(client).begin()
    person.register(email)
    assert person.ask("POST", "auth/email/verify", {"key": code_sent(email)}).status_code == 200
    return person


@pytest.fixture(autouse=True)
def nobody_has_tried(db: None) -> None:
    """Tries that another test counted are forgotten."""
    cache.clear()


@pytest.fixture(autouse=True)
def answers_take_no_longer_than_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are held back, so that they tell nothing: `test_timing` is about that."""
    monkeypatch.setattr(gate, "EVEN", dict.fromkeys(gate.EVEN, 0.001))
    monkeypatch.setattr(editors, "RESET_TAKES", 0.001)


@pytest.fixture(params=["browser", "app"])
def person(request: pytest.FixtureRequest) -> Person:
    """Somebody, by either way."""
    return Person(request.param).begin()
