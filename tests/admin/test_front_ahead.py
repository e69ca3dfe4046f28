"""The front page as of any moment: slots begin and end by themselves, and editors can look ahead."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from delivery.clock import database_now
from delivery.models import NextChange
from delivery.previews import make_link
from delivery.schedule import publish_due
from home.models import HomePage, HomeSlot
from tests.admin.conftest import Person
from tests.clock import Clock
from tests.factories.newsroom import make_news

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def front() -> HomePage:
    """A story until in an hour; then one that is scheduled for then; and one that ends in three hours by itself."""
    now = database_now()
    home = HomePage.objects.get(locale__language_code="en")
    today, ending = make_news("Today"), make_news("Ending", expire_at=now + 3 * HOUR)
    tomorrow = make_news("Tomorrow", publish=False)
    tomorrow.go_live_at = now + HOUR
    tomorrow.save_revision().publish()
    home.slots = [
        HomeSlot(place="lead", story=today, ends_at=now + HOUR, locale=home.locale),
        HomeSlot(place="lead", story=tomorrow, starts_at=now + HOUR, locale=home.locale),
        HomeSlot(place="featured", story=ending, locale=home.locale),
    ]
    home.save_revision().publish()
    return home


def headlines(body: bytes) -> list[str]:
    return [slot["headline"] for slot in json.loads(body)["slots"]]


def public(home: HomePage) -> list[str]:
    return headlines(Client().get(f"/api/v1/pages/{home.translation_key}/").content)


def test_slots_begin_and_end_by_themselves(front: HomePage, clock: Clock) -> None:
    assert public(front) == ["Today", "Ending"]
    assert NextChange.objects.get(pk=front.translation_key).at == front.slots.all()[0].ends_at
    clock.go_on(HOUR)
    publish_due()
    assert public(front) == ["Tomorrow", "Ending"]
    clock.go_on(3 * HOUR)
    publish_due()
    assert public(front) == ["Tomorrow"]


def test_an_editor_sees_the_front_page_as_of_each_moment_at_which_it_changes(front: HomePage, editor: Person) -> None:
    moments = [name for name, _label in front.preview_modes]
    assert moments[0] == ""
    assert len(moments) == 3
    url = reverse("wagtailadmin_pages:view_draft", args=[front.pk])

    def shown(moment: str) -> set[str]:
        html = editor.get(f"{url}?mode={quote(moment)}").content.decode()
        return {title for title in ("Today", "Tomorrow", "Ending") if f">{title}<" in html}

    assert shown("") == {"Today", "Ending"}
    assert shown(moments[1]) == {"Tomorrow", "Ending"}
    assert shown(moments[2]) == {"Tomorrow"}
    assert shown("no moment") == {"Today", "Ending"}


def test_who_has_a_link_sees_slots_ahead_and_nothing_that_is_not_public(front: HomePage) -> None:
    token = make_link(front, timedelta(days=1))

    def get(query: str) -> Any:
        return Client().get(f"/api/v1/preview/{token}/{query}")

    assert headlines(get("").content) == ["Today", "Ending"]
    then = (database_now() + 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert headlines(get(f"?at={then}").content) == ["Ending"]
    assert get("?at=tomorrow").status_code == 422
