"""Stories as the newsroom makes them: a draft first, then revisions, translations, and their publication."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import UUID

from wagtail.models import Locale, Page, Revision
from wagtail_localize.models import Translation, TranslationSource

from accounts.models import User
from cms.demo.people import person
from cms.demo.pieces import Piece, days_ago, pieces
from cms.demo.translations import translate
from delivery.models import Publication, PublicationKind, Story
from delivery.stories import edit_story
from delivery.transaction import publishing
from home.models import StoryPage
from home.translation.approval import hand_in

WRITTEN_TOGETHER = 20


@dataclass(frozen=True)
class Section:
    """How the stories of a folder become pages of a class."""

    folder: str
    model: type[StoryPage]
    index: type[StoryPage]
    write_facts: Callable[[Any, Piece], None]  # what is the same in all languages
    write_words: Callable[[Any, Piece, str, str], None]  # page, piece, language, language of the pages linked to


class Staff:
    """Who does what while the demo is loaded."""

    @cached_property
    def editors(self) -> dict[str, User]:
        """Who writes, by original language."""
        return {"en": person("editor"), "fr": person("editor-video")}

    @cached_property
    def translators(self) -> dict[str, User]:
        """Who translates, by the language they translate into."""
        return {"fr": person("translator"), "en": person("translator-english")}

    @cached_property
    def moderator(self) -> User:
        """Who publishes."""
        return person("moderator")

    @cached_property
    def waits_for_approval(self) -> UUID | None:
        """The story whose translation is finished, and not approved yet: the last of those scheduled."""
        scheduled = [piece for piece in pieces("news") if piece["status"] == "scheduled" and len(piece.languages) > 1]
        return min(scheduled, key=lambda piece: piece["days_ago"]).story_id if scheduled else None

    @cached_property
    def locales(self) -> dict[str, Locale]:
        """Wagtail's languages by code."""
        return {locale.language_code: locale for locale in Locale.objects.all()}


def new_pieces(found: list[Piece]) -> list[Piece]:
    """Those that were never loaded. What an editor deleted since is not brought back: its story is remembered."""
    known = set(Story.objects.filter(pk__in=[piece.story_id for piece in found]).values_list("pk", flat=True))
    return [piece for piece in found if piece.story_id not in known]


def open_drafts(section: Section, piece: Piece, staff: Staff) -> None:
    """An empty page in each language, the original's first: so that every story can link to every other."""
    with publishing():
        for language in piece.languages:
            words = piece.words(language)
            page = section.model(
                title=words["title"],
                slug=words["slug"],
                locale=staff.locales[language],
                translation_key=piece.story_id,
                owner=staff.editors[piece["original"]],
                live=False,
            )
            section.index.objects.get(locale=page.locale).add_child(instance=page)


def unwritten(section: Section, found: list[Piece]) -> list[Piece]:
    """Those whose page is still empty, the oldest first."""
    ids = set(
        section.model.objects.filter(latest_revision=None, alias_of=None).values_list("translation_key", flat=True)
    )
    return sorted((piece for piece in found if piece.story_id in ids), key=lambda piece: piece.at)


def write_stories(found: Iterable[tuple[Section, Piece]], staff: Staff) -> None:
    """Write pieces in all their languages and publish them as their status says; then their corrections.

    Many in one transaction: what mentions several of them is rendered once.
    """
    todo = iter(found)
    while together := list(islice(todo, WRITTEN_TOGETHER)):
        with publishing():
            for section, piece in together:
                _write_version(section, piece, staff, corrected=False)
        for section, piece in together:
            if piece.get("correction"):
                with publishing():
                    _write_version(section, piece, staff, corrected=True)


def _write_version(section: Section, piece: Piece, staff: Staff, *, corrected: bool) -> None:
    first, *others = piece.languages
    original = section.model.objects.get(translation_key=piece.story_id, locale=staff.locales[first])
    if corrected:
        original.change_kind = PublicationKind.CORRECTION
    section.write_facts(original, piece)
    section.write_words(original, piece, first, first)
    if piece["status"] != "published":
        original.save()
    revision = original.save_revision(user=staff.editors[first])
    edit_story(original, _decisions(piece))
    _release(piece, original, revision, staff, corrected=corrected)
    original.refresh_from_db()
    for language in others:
        words = section.model(
            locale=staff.locales[language], translation_key=piece.story_id, change_kind=original.change_kind
        )
        section.write_words(words, piece, language, first)
        part = 0.5 if piece["status"] == "draft" else 1.0
        draft = translate(original, words, staff.translators[language], part=part)
        if piece.story_id == staff.waits_for_approval:
            hand_in(Translation.objects.get(source__object_id=piece.story_id), staff.translators[language])
        else:
            _release(piece, draft, draft.latest_revision, staff, corrected=corrected)


def _decisions(piece: Piece) -> dict[str, Any]:
    """What is decided about the story in all its languages."""
    reason = piece.get("translation_not_needed", "")
    decided = {"translation_not_needed": bool(reason), "translation_not_needed_reason": reason}
    match piece["status"]:
        case "published":
            return {**decided, "public_date": piece.at}
        case "scheduled":
            return {**decided, "embargo_until": piece.at}
    return decided


def _release(piece: Piece, page: Page, revision: Revision, staff: Staff, *, corrected: bool) -> None:
    """Publish or schedule a revision, dated as the piece says."""
    at = days_ago(piece["correction"]["days_ago"], piece.key) if corrected else piece.at
    if piece["status"] == "published":
        if not corrected:
            Page.objects.filter(pk=page.pk).update(first_published_at=at)
            page.first_published_at = at  # The revision remembers this instance, and is published as it is.
        else:
            # Dated before delivery finds a publication that nobody has recorded, which it would date now.
            Publication.objects.create(
                story_id=piece.story_id,
                locale=page.locale.language_code,
                revision_id=revision.pk,
                kind=PublicationKind.CORRECTION,
                at=at,
            )
    if piece["status"] != "draft":
        revision.publish(user=staff.moderator, skip_permission_checks=True)
    if piece["status"] == "published":
        date_back(page, revision, at)


def date_back(page: Page, revision: Revision, at: datetime) -> None:
    """Show in the admin's lists that this was written then; and that its translation was made from this."""
    Revision.objects.filter(pk=revision.pk).update(created_at=at)
    Page.objects.filter(pk=page.pk).update(latest_revision_created_at=at, last_published_at=at)
    TranslationSource.objects.filter(object_id=page.translation_key).update(created_at=at, last_updated_at=at)
