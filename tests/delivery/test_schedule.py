"""What the clock does."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from delivery.models import NextChange, ParkedPublication, PublishedDocument
from delivery.schedule import publish_due
from delivery.stories import change_embargo
from delivery.transaction import publishing
from tests.factories.newsroom import make_news, make_translation, section, story

pytestmark = pytest.mark.django_db


def readable(page: Any, locale: str = "en") -> bool:
    return Client().get(f"/api/v1/news/{page.translation_key}/?locale={locale}").status_code == 200


def make_due(page: Any) -> None:
    """As if the page's time had come: its schedule and its embargo lie a second back."""
    moment = timezone.now() - timedelta(seconds=1)
    for revision in page.revisions.filter(approved_go_live_at__isnull=False):
        revision.approved_go_live_at = moment
        revision.content["go_live_at"] = moment.isoformat()
        revision.save()
    NextChange.objects.filter(story_id=page.translation_key).update(at=moment)


def scheduled(title: str = "Scheduled", **fields: Any) -> Any:
    page = make_news(title, publish=False, **fields)
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision().publish()
    return page


def test_nothing_is_published_before_its_time() -> None:
    page = scheduled()
    assert publish_due() == 0
    assert not readable(page)


def test_a_due_page_is_published_once() -> None:
    page = scheduled()
    make_due(page)
    publish_due()
    assert readable(page)
    assert publish_due() == 0


def test_an_embargo_moved_into_the_past_releases_every_language() -> None:
    page = make_news("Embargoed", publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=2))
    page.save_revision().publish()
    translation = make_translation(page, "Sous embargo")
    change_embargo(story(page), None)
    publish_due()
    assert readable(page)
    assert readable(translation, "fr")


def test_a_postponed_embargo_takes_the_schedules_along() -> None:
    page = make_news("Postponed", publish=False)
    soon, later = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=3)
    change_embargo(story(page), soon)
    page.save_revision().publish()
    change_embargo(story(page), later)
    assert list(page.revisions.values_list("approved_go_live_at", flat=True)) == [None, later]
    assert NextChange.objects.get(pk=page.translation_key).at == later


def test_an_expired_page_is_withdrawn() -> None:
    page = make_news("Expires", expire_at=timezone.now() + timedelta(hours=1))
    assert readable(page)
    type(page).objects.filter(pk=page.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    publish_due()
    assert not readable(page)
    page.refresh_from_db()
    assert page.expired


def test_a_page_that_cannot_be_rendered_is_parked_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = scheduled("Bad"), scheduled("Good")
    make_due(bad)
    make_due(good)
    from news import documents

    original = documents.__dict__["image_to_json"]

    def broken(image: Any, context: Any, **words: Any) -> Any:
        if context.page.title == "Bad":
            raise RuntimeError("no pixels")
        return original(image, context, **words)

    monkeypatch.setattr(documents, "image_to_json", broken)
    publish_due()
    assert readable(good)
    assert not readable(bad)
    bad.refresh_from_db()
    assert not bad.live
    assert "no pixels" in ParkedPublication.objects.get(pk=bad.pk).error
    monkeypatch.undo()
    ParkedPublication.objects.update(next_attempt_at=timezone.now())
    publish_due()
    assert readable(bad)
    assert not ParkedPublication.objects.exists()


def test_cache_headers_end_before_the_next_scheduled_change() -> None:
    make_news("Now")
    page = scheduled("Soon")
    soon = timezone.now() + timedelta(seconds=20)
    NextChange.objects.filter(pk=page.translation_key).update(at=soon)
    control = Client().get("/api/v1/news/")["Cache-Control"]
    numbers = dict(part.strip().split("=") for part in control.split(",") if "=" in part)
    assert int(numbers["s-maxage"]) + int(numbers["stale-while-revalidate"]) <= 20


def test_a_rendering_error_takes_the_publication_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from news import documents

    page = make_news("Whole or not at all", publish=False)

    def broken(*args: Any, **words: Any) -> Any:
        raise RuntimeError("no pixels")

    monkeypatch.setattr(documents, "image_to_json", broken)
    from delivery.transaction import publishing

    with pytest.raises(RuntimeError), publishing():
        page.save_revision().publish()
    page.refresh_from_db()
    assert not page.live
    assert not PublishedDocument.objects.filter(page_id=page.pk).exists()


def test_a_server_whose_clock_is_ahead_publishes_nothing_early() -> None:
    page = scheduled()
    page.live = True  # As Wagtail does where this machine's clock says that the time has come.
    page.live_revision = page.get_latest_revision()
    page.save()
    assert page.go_live_at > timezone.now()
    assert not readable(page)
    assert NextChange.objects.get(pk=page.translation_key).at == page.go_live_at


def test_a_server_whose_clock_is_behind_publishes_on_time() -> None:
    page = scheduled()
    make_due(page)
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        publish_due()
    assert readable(page)
    page.refresh_from_db()
    assert page.live


def test_below_a_section_that_ends_nothing_is_read_from_that_moment() -> None:
    page = make_news("Below")
    type(section()).objects.filter(pk=section().pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    NextChange.objects.create(story_id=section().translation_key, at=timezone.now() - timedelta(seconds=1))
    publish_due()
    assert not readable(page)


def test_below_a_section_that_is_scheduled_stories_appear_with_it() -> None:
    with publishing():
        section().unpublish()
    page = make_news("Below")
    assert not readable(page)
    parent = section()
    parent.go_live_at = timezone.now() + timedelta(hours=1)
    parent.save_revision().publish()
    make_due(parent)
    publish_due()
    assert readable(page)
