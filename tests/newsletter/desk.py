"""The admin's pages about newsletters, as who cares for them sees them."""

from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse

from jobs.models import JobState
from newsletter.models import Contact, NewsletterList
from tests.admin.conftest import Person


@pytest.fixture
def desk() -> Person:
    """Somebody who cares for newsletters."""
    return Person("Newsletter")


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tasks that were sent to the queue, by name; nobody does them."""
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, *_args, **_options: sent.append(name))
    return sent


def html(client: Client, url: str, language: str = "en") -> str:
    answer = client.get(url, headers={"accept-language": language})
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def page(name: str, *args: Any) -> str:
    return reverse(name if ":" in name else f"{name}:index", args=args)


def form(one: NewsletterList, **changed: Any) -> dict[str, Any]:
    """What the form of a newsletter sends."""
    fields = ("name_en", "name_fr", "slug", "description_en", "description_fr", "language", "interest", "tag")
    filled = {name: getattr(one, name) for name in fields}
    return filled | {"is_open": "on", "audience": one.audience_id or ""} | changed


def refuse(contact: Contact, title: str = "Invalid Resource") -> Contact:
    """Mailchimp has refused somebody."""
    values = {"state": JobState.FAILED, "refusal": title, "error": "It looks fake or invalid."}
    Contact.objects.filter(pk=contact.pk).update(**values)
    contact.refresh_from_db()
    return contact
