"""Compares what is stored with what a fresh render would store. Writes nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from wagtail.models import Page

from delivery.clock import database_now
from delivery.compaction import superfluous
from delivery.facts import Facts, read_facts, story_rows
from delivery.models import Change, LogHead, PublishedDocument, Story
from delivery.registry import all_renderers
from delivery.rendering import differences, render, translation_links
from delivery.slugs import canonical_slug
from delivery.sync import load_public

CHUNK = 500


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be. `path`: the document's, or the story's id."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


# What other rooms keep of documents, and how they compare it.
_checks: list[Callable[[], Iterator[Difference]]] = []


def register_check(check: Callable[[], Iterator[Difference]]) -> None:
    """Have `verify_documents` ask a room that keeps something of documents what differs from them."""
    _checks.append(check)


def verify_rooms() -> Iterator[Difference]:
    """What rooms above say."""
    for check in _checks:
        yield from check()


def all_story_ids() -> Iterator[UUID]:
    """Stories that have a page or a document, in a stable order, each once."""
    known: set[UUID] = set()
    models = [renderer.model for renderer in all_renderers()]
    for queryset in (
        *(model.objects.order_by("pk").values_list("translation_key", flat=True) for model in models),
        PublishedDocument.objects.order_by("pk").values_list("story_id", flat=True),
    ):
        for story_id in queryset.iterator(chunk_size=CHUNK):
            if story_id not in known:
                known.add(story_id)
                yield story_id


def verify_story(story_id: UUID) -> Iterator[Difference]:
    """Differences between a story's documents and a fresh render of its pages."""
    return verify_stories([story_id])


def verify_stories(story_ids: Iterable[UUID]) -> Iterator[Difference]:
    """The same of several, whose facts are read together: where nothing is published meanwhile."""
    wanted = list(dict.fromkeys(story_ids))
    documents: dict[UUID, dict[str, PublishedDocument]] = {story_id: {} for story_id in wanted}
    for document in PublishedDocument.objects.filter(story_id__in=wanted):
        documents[document.story_id][document.locale] = document
    stories = Story.objects.select_related("original_locale").in_bulk(wanted)
    for row_id in sorted({row.translation_key for row in story_rows([one for one in wanted if one not in stories])}):
        yield Difference(str(row_id), "there are pages, but no story")
    for facts in read_facts([stories[one] for one in wanted if one in stories], database_now()):
        yield from _verify(facts, documents[facts.story.pk])


def _verify(facts: Facts, documents: dict[str, PublishedDocument]) -> Iterator[Difference]:
    public = load_public(facts)
    links = translation_links(public)
    for locale in documents.keys() - public.keys():
        yield Difference(documents[locale].path, "is stored, but must not be public")
    for locale, page in sorted(public.items()):
        if page.slug != canonical_slug(page.slug):
            yield Difference(page.url_path, "its slug is not in the one form of addresses: save the page")
        if page.live_revision_id is None:
            yield Difference(page.url_path, "is live without a revision: an update of it would go offline")
        stored = documents.get(locale)
        try:
            fresh = render(facts, page, links)
        except Exception as error:
            yield Difference(page.url_path, f"cannot be rendered: {type(error).__name__}: {error}")
            continue
        if stored is None:
            yield Difference(fresh.path, "is public, but not stored")
        elif names := differences(stored, fresh):
            yield Difference(fresh.path, f"differs in {', '.join(names)}")


def verify_log() -> Iterator[Difference]:
    """Whether a reader of the change log ends with exactly what is stored.

    Above the horizon no number may be missing; up to it there is a snapshot, of one entry a document that was public.
    """
    head, horizon = LogHead.objects.values_list("sequence", "compacted").first() or (0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(max(sequence), 0) FROM delivery_change WHERE sequence > %s", [horizon]
        )
        count, last = cursor.fetchone()
        if count != head - horizon:
            yield Difference("change log", f"{head - horizon - count} numbers are missing between {horizon} and {head}")
        if last > head:
            yield Difference("change log", f"the head says {head}, the last change is {last}")
        if horizon and not Change.objects.filter(pk=horizon).exists():
            yield Difference("change log", f"the entry at the horizon, {horizon}, is missing")
        if left := superfluous(horizon).count():
            yield Difference("change log", f"{left} entries below {horizon} say nothing about what was public then")
        cursor.execute(
            "SELECT d.path FROM delivery_publisheddocument d LEFT JOIN delivery_change c"
            " ON c.sequence = d.sequence AND c.story_id = d.story_id AND c.locale = d.locale AND c.etag = d.etag"
            " WHERE c.sequence IS NULL ORDER BY d.path LIMIT 100"
        )
        for (path,) in cursor.fetchall():
            yield Difference(path, "its last change is not in the log")
        # Who was public at the horizon has a first change after it that is not its first publication.
        cursor.execute(
            "SELECT first.path FROM (SELECT DISTINCT ON (story_id, locale) * FROM delivery_change WHERE sequence > %s"
            " ORDER BY story_id, locale, sequence) first WHERE first.kind <> 'new' AND NOT EXISTS"
            " (SELECT FROM delivery_change c WHERE c.sequence <= %s AND c.kind <> 'withdrawn'"
            " AND c.story_id = first.story_id AND c.locale = first.locale) ORDER BY first.path LIMIT 100",
            [horizon, horizon],
        )
        for (path,) in cursor.fetchall():
            yield Difference(path, "the log does not begin with its publication")
        cursor.execute(
            "SELECT c.path FROM (SELECT DISTINCT ON (story_id, locale) * FROM delivery_change"
            " ORDER BY story_id, locale, sequence DESC) c LEFT JOIN delivery_publisheddocument d"
            " ON d.story_id = c.story_id AND d.locale = c.locale"
            " WHERE c.kind <> 'withdrawn' AND d.id IS NULL ORDER BY c.path LIMIT 100"
        )
        for (path,) in cursor.fetchall():
            yield Difference(path, "is in the log, and not stored")


def verify_strays() -> Iterator[Difference]:
    """Documents whose page is gone."""
    for document in PublishedDocument.objects.exclude(page_id__in=Page.objects.values("pk")).only("path"):
        yield Difference(document.path, "has no page")
