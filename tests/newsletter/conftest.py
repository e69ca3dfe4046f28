"""Newsletters, and people who subscribe through the public API alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from home.mail.letters import Letter, write_letter
from home.models import Mail
from newsletter.models import NewsletterList

ADA = "ada@press.example"
TOKEN = re.compile(r"token=(\S+)")


@pytest.fixture(autouse=True)
def clean_counts() -> Iterator[None]:
    """Nobody has tried anything yet."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def weekly(db: None) -> NewsletterList:
    """A newsletter that everybody can subscribe to."""
    return NewsletterList.objects.create(
        slug="weekly",
        name_en="The week at sea",
        name_fr="La semaine en mer",
        description_en="Fridays.",
        description_fr="Le vendredi.",
    )


@pytest.fixture
def press(db: None) -> NewsletterList:
    """Another one."""
    return NewsletterList.objects.create(slug="press", name_en="Press briefings", name_fr="Points presse")


class Reader:
    """Somebody on a frontend. `address`: of the network asked from."""

    def __init__(self, address: str = "192.0.2.77") -> None:
        self.http = Client(enforce_csrf_checks=True)
        self.address = address

    def get(self, path: str, **headers: str) -> Any:
        """The API's answer."""
        return self.http.get(f"/api/v1/newsletter/{path}", headers=headers, REMOTE_ADDR=self.address)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """The API's answer."""
        return self.http.post(
            f"/api/v1/newsletter/{path}",
            json.dumps(body),
            "application/json",
            headers=headers,
            REMOTE_ADDR=self.address,
        )

    def sign_up(self, *lists: str, email: str = ADA, locale: str = "en") -> None:
        """Ask for newsletters."""
        answer = self.post("subscriptions/", {"email": email, "lists": lists, "locale": locale})
        assert answer.status_code == 202, answer.content

    def confirm(self, token: str | None = None) -> Any:
        """Press the button of the page that the last mail leads to."""
        return self.post("subscriptions/confirm/", {"token": token or token_in(last_mail())})

    def subscribe(self, *lists: str, email: str = ADA, locale: str = "en") -> str:
        """Ask, and confirm; the token with which they leave all of it."""
        self.sign_up(*lists, email=email, locale=locale)
        assert self.confirm().status_code == 204
        return token_in(last_mail())

    def gets(self, token: str) -> list[str]:
        """Which newsletters somebody gets, as their own page says."""
        answer = self.get(f"preferences/?token={token}")
        assert answer.status_code == 200, answer.content
        return [one["slug"] for one in answer.json()["items"] if one["is_subscribed"]]


@pytest.fixture
def reader(db: None) -> Reader:
    """Somebody."""
    return Reader()


def mails(to: str = ADA) -> list[Mail]:
    """All that were written to somebody, oldest first."""
    return list(Mail.objects.filter(to=to).order_by("pk"))


def last_mail(to: str = ADA) -> Letter:
    """The last one, in words."""
    mail = mails(to)[-1]
    return write_letter(mail.template, mail.language, mail.context)


def token_in(letter: Letter) -> str:
    """What its link knows people by."""
    found = TOKEN.search(letter.text)
    assert found, letter.text
    return found[1]
