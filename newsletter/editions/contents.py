"""What an edition says in a language: stories as they are published now. What is not public is not in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language
from wagtail.models import Page

from delivery.models import PublishedDocument
from home.cards import LinkedStory
from newsletter.models import Edition

# Wide enough for 552 points on a fine screen.
PICTURE_WIDTH = 1200


@dataclass(frozen=True)
class Entry:
    """A story in a mail. `picture`: an absolute address, or empty; `seconds`: of a video."""

    id: str
    title: str
    summary: str
    url: str
    published_at: datetime
    picture: str = ""
    alt: str = ""
    seconds: float | None = None


def entries_of(edition: Edition, language: str) -> list[Entry]:
    """The edition's stories that are public in a language, in its order: one query beside the edition's own."""
    order = [row.story_id for row in edition.stories.all()]
    cards = PublishedDocument.objects.filter(story__in=order, locale=language).values_list("story_id", "card")
    found = {story_id: _entry(bytes(card)) for story_id, card in cards}
    return [found[story_id] for story_id in order if story_id in found]


def languages_of(stories: Iterable[UUID]) -> dict[UUID, set[str]]:
    """In which languages the public reads stories now; those in none are not in it."""
    found: dict[UUID, set[str]] = {}
    for story_id, locale in PublishedDocument.objects.filter(story__in=stories).values_list("story_id", "locale"):
        found.setdefault(story_id, set()).add(locale)
    return found


def titles_of(stories: Iterable[UUID]) -> dict[UUID, str]:
    """Titles for the newsroom, of drafts too, in the language that is active where there is one."""
    own = (get_language() or "")[:2]
    pages = Page.objects.filter(translation_key__in=stories).order_by("pk")
    found: dict[UUID, str] = {}
    for key, locale, title in pages.values_list("translation_key", "locale__language_code", "draft_title"):
        if key not in found or locale == own:
            found[key] = title
    return found


def _entry(card: bytes) -> Entry:
    story = LinkedStory.model_validate_json(card)
    return Entry(
        id=str(story.id),
        title=story.title,
        summary=story.summary,
        url=story.url,
        published_at=story.published_at,
        picture=_picture(story),
        alt=story.image.alt if story.image else "",
        seconds=story.duration_seconds,
    )


def _picture(story: LinkedStory) -> str:
    """As JPEG, which every mail program shows."""
    jpeg = [source for source in story.image.sources if source.type == "image/jpeg"] if story.image else []
    fits = [source for source in jpeg if source.width <= PICTURE_WIDTH]
    return max(fits or jpeg, key=lambda source: source.width).url if jpeg else ""
