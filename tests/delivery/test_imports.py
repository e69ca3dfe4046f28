"""Imports of many stories at once keep to the same rule as editors."""

from datetime import timedelta
from typing import Any

import pytest
from wagtail.models import Locale, PageViewRestriction

from delivery.clock import database_now
from delivery.imports import NewStory, publish_new
from delivery.models import NextChange, PublishedDocument, Story
from delivery.schedule import publish_due
from delivery.verification import verify_log, verify_story
from news.models import NewsPage
from tests.clock import Clock
from tests.factories.newsroom import section

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def imported(title: str, **fields: Any) -> NewStory:
    """A story as an importer hands it over: its page is written as live already. `fields` go to the story."""
    locale = Locale.objects.get(language_code="en")
    page = NewsPage(title=title, live=True, locale=locale)
    section().add_child(instance=page)
    page.live_revision = page.save_revision()
    page.save()
    story = Story(pk=page.translation_key, collection="news", original_locale=locale, **fields)
    return NewStory(story, {"en": page}, {"en": database_now() - 24 * HOUR})


def titles() -> set[str]:
    return set(PublishedDocument.objects.filter(collection="news").values_list("title", flat=True))


def test_an_import_publishes_nothing_that_is_under_embargo(clock: Clock) -> None:
    until = database_now() + HOUR
    stories = [imported("Old"), imported("Embargoed", embargo_until=until), imported("Withdrawn", withdrawn_at=until)]
    assert publish_new(stories) == 1
    assert titles() == {"Old"}
    assert NextChange.objects.get(pk=stories[1].story.pk).at == until
    clock.go_on(HOUR)
    publish_due()
    assert titles() == {"Old", "Embargoed"}
    assert not [*verify_log(), *(found for new in stories for found in verify_story(new.story.pk))]


def test_an_import_below_what_is_private_publishes_nothing() -> None:
    PageViewRestriction.objects.create(page=section(), restriction_type="login")
    assert publish_new([imported("Private")]) == 0
    assert titles() == set()
