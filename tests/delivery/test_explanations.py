"""Why the public does not read a story, in words; and that the words are those of the rule."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from wagtail.models import PageViewRestriction

from delivery.clock import database_now
from delivery.facts import read_facts
from delivery.models import Story
from delivery.stories import change_embargo, withdraw
from delivery.visibility import Hidden, explain, public_languages
from tests.factories.newsroom import make_news, make_translation, section, story

pytestmark = pytest.mark.django_db


def explained(page: Any) -> dict[str, tuple[Hidden | None, str]]:
    """Reason and words by language; the same languages are public by the rule and have a document."""
    row = Story.objects.get(pk=page.translation_key)
    at = database_now()
    found = explain(row, at)
    public = {locale for locale, one in found.items() if one.hidden is None}
    assert public == public_languages(read_facts([row], at)[0])
    assert public == set(row.documents.values_list("locale", flat=True))
    return {locale: (one.hidden, one.sentence) for locale, one in found.items()}


def test_public_and_draft() -> None:
    page = make_news("Patrol")
    make_translation(page, publish=False)
    assert explained(page) == {"en": (None, "Public."), "fr": (Hidden.DRAFT, "Not published: a draft.")}


def test_embargo_and_withdrawal_hide_every_language() -> None:
    page = make_news("Patrol", publish=False)
    make_translation(page, publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=1))
    found = explained(page)
    assert {reason for reason, _words in found.values()} == {Hidden.DRAFT_EMBARGO}
    assert found["en"][1].startswith("Draft. Not before ")
    page.save_revision().publish()
    found = explained(page)
    assert (found["en"][0], found["fr"][0]) == (Hidden.EMBARGO, Hidden.DRAFT_EMBARGO)
    assert found["en"][1].startswith("Under embargo until ")
    withdraw(story(page), reason="Wrong")
    assert {reason for reason, _words in explained(page).values()} == {Hidden.WITHDRAWN}


def test_schedule_and_expiry() -> None:
    page = make_news("Patrol", publish=False)
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision().publish()
    assert explained(page)["en"][0] == Hidden.SCHEDULED
    gone = make_news("Gone", publish=False, expired=True, expire_at=timezone.now() - timedelta(hours=1))
    story(gone)
    assert explained(gone)["en"][0] == Hidden.EXPIRED
    due = make_news("Due")
    type(due).objects.filter(pk=due.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    assert explain(story(due), database_now())["en"].hidden == Hidden.EXPIRED


@pytest.mark.parametrize(("hours", "reason"), [(1, Hidden.EMBARGO), (3, Hidden.SCHEDULED)])
def test_under_embargo_the_later_moment_counts(hours: int, reason: Hidden) -> None:
    page = make_news("Patrol", publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=2))
    page.go_live_at = timezone.now() + timedelta(hours=hours)
    page.save_revision().publish()
    assert explained(page)["en"][0] == reason


def test_what_stands_above() -> None:
    page = make_news("Patrol")
    restriction = PageViewRestriction.objects.create(page=section("fr"), restriction_type=PageViewRestriction.LOGIN)
    assert explained(page)["en"] == (
        Hidden.RESTRICTED,
        "The page “Actualités” is private, in one language or another.",
    )
    restriction.delete()
    section().unpublish()
    assert explained(page)["en"] == (Hidden.UNPUBLISHED_ABOVE, "The page “News” above it is not published.")


def test_languages_that_wait_for_one_another() -> None:
    page = make_news("Patrol", publish=False)
    make_translation(page)
    story(page)
    assert explained(page)["fr"] == (
        Hidden.WAITS_FOR_ORIGINAL,
        "Ready, and goes out with the original (English) or after it.",
    )
    both = make_news("Both", publish=False)
    row = story(both)
    row.release = "together"
    row.save()
    both.save_revision().publish()
    assert explained(both)["en"] == (Hidden.WAITS_FOR_ALL, "Ready, and goes out together with: French.")
