"""What a visitor sees first: names, menus and standing texts, landing pages, and the slots of the home page."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from wagtail.models import Locale, Page

from cms.demo.bodies import body, story_page
from cms.demo.pieces import LANGUAGES, Piece, demo_id, read
from cms.demo.stories import Section, Staff
from home.models import HomePage, HomeSlot, LandingPage, MenuItem, SiteTexts, SocialLink
from home.translation.adoption import adopt
from news.models import NewsIndexPage
from videos.models import VideoIndexPage

INDEXES: dict[str, type[Page]] = {"news": NewsIndexPage, "videos": VideoIndexPage}
SITE = Piece("site", "site")


def write_facts(page: LandingPage, piece: Piece) -> None:
    """What is the same in all languages: nothing."""


def write_words(page: LandingPage, piece: Piece, language: str, links_to: str) -> None:
    """What a landing page says in one language."""
    words = piece.words(language)
    page.title, page.slug, page.summary = words["title"], words["slug"], words["summary"]
    page.show_in_menus = True
    page.body = json.dumps(body(piece, language, links_to))


PAGES = Section("pages", LandingPage, HomePage, write_facts, write_words)


def is_furnished() -> bool:
    """Whether site texts or home pages were filled: what editors change afterwards is theirs."""
    return SocialLink.objects.exists() or HomeSlot.objects.exists()


def furnish(staff: Staff) -> None:
    """Fill site texts and home pages."""
    site = read("site.toml")
    texts, homes = [], []
    for language in LANGUAGES:
        locale = staff.locales[language]
        texts.append(_site_texts(site, locale))
        homes.append(_home(site, locale, staff))
    for original in (texts[0], homes[0]):
        adopt(original, staff.locales[LANGUAGES[1]], staff.translators[LANGUAGES[1]])


def _site_texts(site: dict[str, Any], locale: Locale) -> SiteTexts:
    language = locale.language_code
    texts = SiteTexts.objects.get(locale=locale)
    for name, value in (site["shared"] | site[language]).items():
        setattr(texts, name, value)
    texts.menu_items = [
        MenuItem(
            menu=item["menu"],
            label=item[language],
            page_id=_page(item["page"], language),
            locale=locale,
            translation_key=demo_id("menu", number),
        )
        for number, item in enumerate(site["menu"])
    ]
    texts.social_links = [SocialLink(**link) for link in site["social"]]
    texts.save()
    return texts


def _home(site: dict[str, Any], locale: Locale, staff: Staff) -> HomePage:
    language = locale.language_code
    home = HomePage.objects.get(locale=locale)
    home.title, home.summary = site[language]["name"], site[language]["tagline"]
    home.slots = [
        HomeSlot(
            place=slot["place"],
            story_id=_page(slot["story"], language),
            headline=slot.get(language, ""),
            text=slot.get(f"text_{language}", ""),
            ends_at=datetime.now(UTC) + timedelta(hours=slot["until"]) if "until" in slot else None,
            locale=locale,
            translation_key=demo_id("slot", number),
        )
        for number, slot in enumerate(site["slot"])
    ]
    home.save_revision(user=staff.moderator).publish(user=staff.moderator, skip_permission_checks=True)
    return home


def _page(key: str, language: str) -> int:
    """A section by its name, or a story by its key."""
    if key in INDEXES:
        return int(INDEXES[key].objects.get(locale__language_code=language).pk)
    return story_page(key, language, SITE, ("pages", "news", "videos"))
