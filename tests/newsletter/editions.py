"""Editions, made in a few words, and a look at all that follows."""

from datetime import datetime, timedelta
from typing import Any

from delivery.clock import database_now
from newsletter.editions.telling import tell_next
from newsletter.editions.watching import watch
from newsletter.errors import Refused
from newsletter.models import Edition, EditionStory, NewsletterList
from tests.factories.newsroom import make_editor, make_news, make_translation, story
from tests.newsletter.conftest import Chimp


def at_quarter(hours: int = 24) -> datetime:
    """A quarter of an hour, some hours ahead."""
    return (database_now() + timedelta(hours=hours)).replace(minute=15, second=0, microsecond=0)


def make_edition(weekly: NewsletterList, *pages: Any, **fields: Any) -> Edition:
    """An edition with these stories."""
    texts = {"subject_en": "Storms", "subject_fr": "Tempêtes", "title": "Week 48"} | fields
    edition = Edition.objects.create(newsletter=weekly, **texts)
    for place, page in enumerate(pages):
        EditionStory.objects.create(edition=edition, story=story(page), sort_order=place)
    return Edition.objects.get(pk=edition.pk)


def work() -> None:
    """A look, and all that follows from it."""
    watch()
    while tell_next():
        pass


def there(chimp: Chimp, language: str = "EN") -> Any:
    """Mailchimp's campaign in a language; None for none."""
    found = [one for one in chimp.double.account.campaigns.values() if f"· {language} [" in one.settings["title"]]
    assert len(found) <= 1, "a campaign was made twice"
    return found[0] if found else None


def both(title: str = "Storm", titre: str = "Tempête") -> Any:
    """A story that is public in both languages."""
    page = make_news(title, summary="Two crews rowed out.")
    make_translation(page, titre, summary="Deux équipages ont pris la mer.")
    return page


def planned_by_an_editor(edition: Edition) -> str:
    """Somebody has planned it; the address."""
    editor = make_editor()
    Edition.objects.filter(pk=edition.pk).update(made_by=editor)
    return editor.email


def refusing(*_arguments: Any) -> None:
    """Mailchimp says no."""
    raise Refused(400, "Bad Request", "Not now.")
