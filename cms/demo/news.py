"""News stories of the demo: what of a piece goes into which field."""

import json

from cms.demo.bodies import body, story_page
from cms.demo.library import image_id
from cms.demo.pieces import Piece, days_ago, demo_id
from cms.demo.stories import Section
from cms.demo.vocabulary import topics
from delivery.models import PublicationKind
from news.models import Correction, NewsIndexPage, NewsPage, RelatedStory, Source


def write_facts(page: NewsPage, piece: Piece) -> None:
    """What is the same in all languages."""
    page.kind = piece["kind"]
    page.dateline_date = piece.at.date()
    page.hero_image_id = image_id(piece["picture"], piece) if piece.get("picture") else None
    page.priority = piece.get("priority", NewsPage.Priority.NORMAL)
    page.owner_desk = "speeches" if piece["kind"] in ("speech", "statement") else "news"
    page.internal_note = piece.get("note", "")
    page.topics = topics(piece["topics"], page.locale)
    page.tags.set(piece.get("tags", []))
    page.sources = [Source(name=name) for name in piece.get("sources", [])]
    language = page.locale.language_code
    page.related = [RelatedStory(story_id=story_page(key, language, piece)) for key in piece.get("related", [])]
    if event := piece.get("event"):
        page.event_date = days_ago(event["date_days_ago"], piece.key)
    contact = piece.words(language).get("press_contact", {})
    page.press_contact_name = contact.get("name", "")
    page.press_contact_email = contact.get("email", "")
    page.press_contact_phone = contact.get("phone", "")


def write_words(page: NewsPage, piece: Piece, language: str, links_to: str) -> None:
    """What is said in one language."""
    words = piece.words(language)
    page.title, page.slug = words["title"], words["slug"]
    page.summary = words["summary"]
    page.dateline_place = words.get("place", "")
    page.hero_caption = words.get("picture_caption", "")
    page.body = json.dumps(body(piece, language, links_to))
    page.event_place = (words.get("event") or piece.get("event") or {}).get("place", "")
    if page.change_kind == PublicationKind.CORRECTION:
        correction = piece["correction"]
        page.corrections = [
            Correction(
                at=days_ago(correction["days_ago"], piece.key),
                note=correction[language],
                locale=page.locale,
                translation_key=demo_id(piece, "correction"),
            )
        ]


NEWS = Section("news", NewsPage, NewsIndexPage, write_facts, write_words)
