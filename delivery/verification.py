"""Compares what is stored with what a fresh render would store. Writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from wagtail.models import Page

from delivery.clock import database_now
from delivery.facts import read_facts, story_rows
from delivery.models import LogHead, PublishedDocument, Story
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
    documents = {document.locale: document for document in PublishedDocument.objects.filter(story_id=story_id)}
    story = Story.objects.select_related("original_locale").filter(pk=story_id).first()
    if story is None:
        if story_rows([story_id]):
            yield Difference(str(story_id), "there are pages, but no story")
        return
    (facts,) = read_facts([story], database_now())
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
    """Whether the change log is without gaps and knows every document's last change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM delivery_change")
        count, first, last = cursor.fetchone()
        cursor.execute(
            "SELECT d.path FROM delivery_publisheddocument d LEFT JOIN delivery_change c"
            " ON c.sequence = d.sequence AND c.story_id = d.story_id AND c.locale = d.locale AND c.etag = d.etag"
            " WHERE c.sequence IS NULL AND d.sequence >= %s ORDER BY d.path LIMIT 100",
            [first],
        )
        unknown = [path for (path,) in cursor.fetchall()]
    if count != last - first + 1:
        yield Difference("change log", f"{last - first + 1 - count} numbers are missing between {first} and {last}")
    head = LogHead.objects.values_list("sequence", flat=True).first() or 0
    if head != last and count:
        yield Difference("change log", f"the head says {head}, the last change is {last}")
    for path in unknown:
        yield Difference(path, "its last change is not in the log")


def verify_strays() -> Iterator[Difference]:
    """Documents whose page is gone."""
    for document in PublishedDocument.objects.exclude(page_id__in=Page.objects.values("pk")).only("path"):
        yield Difference(document.path, "has no page")
