"""What the bar above a translation says of a text that is approved, scheduled or locked."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from wagtail_localize.models import Translation

from delivery.stories import change_embargo
from tests.factories.newsroom import make_news, story
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(editor: Desk, translator: Desk) -> Translation:
    """A story in English; in French all strings are there, as a draft."""
    translation = editor.submit(make_news("Patrol"), "fr")
    translator.translate(translation)
    return translation


def bar(desk: Desk, translation: Translation) -> str:
    html = desk.client.get(edit_url(translation.get_target_instance())).content.decode()
    return " ".join(html.split('aria-label="State of this translation"')[1].split("</section>")[0].split())


def moment(at: datetime | None) -> str:
    assert at is not None
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def test_a_text_that_waits_for_approval(finished: Translation, translator: Desk, senior: Desk) -> None:
    translator.hand_in(finished)
    step = finished.get_target_instance().current_workflow_task
    assert f"Waits for approval ({step}): it cannot be changed until then." in bar(translator, finished)
    assert "Waits for approval (" not in bar(senior, finished)


def test_a_scheduled_text(finished: Translation, translator: Desk) -> None:
    page: Any = finished.get_target_instance()
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision().publish()
    told = f"Approved and scheduled for {moment(page.go_live_at)}: it cannot be changed until then."
    assert told in bar(translator, finished)


def test_a_locked_text(finished: Translation, translator: Desk, senior: Desk) -> None:
    page: Any = finished.get_target_instance()
    senior.client.post(reverse("wagtailadmin_pages:lock", args=[page.pk]))
    page.refresh_from_db()
    words = bar(translator, finished)
    assert f"since {moment(page.locked_at)}: it cannot be changed until it is unlocked." in words
    type(page).objects.filter(pk=page.pk).update(locked_by=None)
    assert "Locked: it cannot be changed until it is unlocked." in bar(translator, finished)


def test_an_approved_text_that_waits_for_its_original(editor: Desk, translator: Desk, senior: Desk) -> None:
    translation = editor.submit(make_news("Patrol", publish=False), "fr")
    translator.translate(translation)
    assert "Approved." not in bar(translator, translation)
    senior.publish(translation)
    assert "Approved. Ready, and goes out with the original (English) or after it." in bar(translator, translation)


def test_an_approved_text_under_embargo(editor: Desk, translator: Desk, senior: Desk) -> None:
    original = make_news("Patrol", publish=False)
    until = timezone.now() + timedelta(days=1)
    change_embargo(story(original), until)
    translation = editor.submit(original, "fr")
    translator.translate(translation)
    senior.publish(translation)
    assert f"Approved and scheduled for {moment(until)}: it cannot" in bar(translator, translation)


def test_a_withdrawn_story_says_so_above_its_translation(finished: Translation, translator: Desk, senior: Desk) -> None:
    page = finished.source.get_source_instance()
    senior.client.post(reverse("story_withdrawal", args=[page.pk]), {"reason": "Nine ships, not ten."})
    html = translator.client.get(edit_url(finished.get_target_instance())).content.decode()
    assert "Reason: Nine ships, not ten." in html.split('class="messages"')[1].split("</ul>")[0]
