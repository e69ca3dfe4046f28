"""First publication of many stories at once: what an import of years of news needs.

One by one a publication costs some forty queries a language, most of them to find out what an importer knows already:
what its pages say, and on which day each went out. Whether the public may read them is asked of the rule all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from wagtail.models import Page

from delivery.clock import database_now
from delivery.context import frontend_root, stored_document
from delivery.copying import copy_rows
from delivery.facts import Facts, read_facts
from delivery.locks import take_publish_lock
from delivery.log import store_new
from delivery.models import NextChange, Publication, PublicationKind, PublishedDocument, Story
from delivery.rendering import render, translation_links
from delivery.visibility import next_change, public_languages


@dataclass(frozen=True)
class NewStory:
    """A story that nobody knows yet: its live pages by language, and when each went out."""

    story: Story
    pages: Mapping[str, Page]
    published: Mapping[str, datetime]


def publish_new(stories: Sequence[NewStory]) -> int:
    """Write stories, publications, documents and changes; answer how many documents that are.

    Inside a transaction that has written the pages. Documents are rendered first and the publish lock is held for
    their insertion only. A story may mention those before it in `stories`. What the rule hides (an embargo, a section
    that is not public) is written and not published. Nobody may rename a topic, change a picture or close a section
    meanwhile; `verify_documents` tells if somebody did, and `rebuild_documents` mends it.
    """
    copy_rows(Story, [new.story for new in stories])
    publications: list[Publication] = []
    documents: dict[tuple[UUID, str], PublishedDocument] = {}
    changes: list[NextChange] = []
    root = frontend_root()
    memory: dict[object, Any] = {"frontend root": root}
    memory |= {("story of page", str(page.pk)): new.story.pk for new in stories for page in new.pages.values()}

    def look_up(story_id: UUID, locale: str) -> PublishedDocument | None:
        return documents.get((story_id, locale)) or stored_document(story_id, locale)

    for new, facts in zip(stories, read_facts([new.story for new in stories], database_now()), strict=True):
        public = {locale: new.pages[locale] for locale in sorted(public_languages(facts))}
        facts = replace(facts, publications=_publications(new, public))
        publications += facts.publications
        links = translation_links(public, root)
        fresh = [render(facts, page, links, memory=memory, look_up=look_up) for page in public.values()]
        documents |= {(new.story.pk, document.locale): document for document in fresh}
        changes += _next_change(facts, fresh)
    copy_rows(Publication, publications)
    take_publish_lock()
    store_new(list(documents.values()))
    NextChange.objects.bulk_create(changes)
    return len(documents)


def _publications(new: NewStory, public: Mapping[str, Page]) -> list[Publication]:
    """An entry a language, the oldest first."""
    found = [
        Publication(
            story=new.story,
            locale=locale,
            revision_id=page.live_revision_id,
            kind=PublicationKind.UPDATE,
            at=new.published[locale],
        )
        for locale, page in public.items()
    ]
    return sorted(found, key=lambda one: one.at)


def _next_change(facts: Facts, documents: Sequence[PublishedDocument]) -> list[NextChange]:
    moment = next_change(facts, [document.stale_at for document in documents])
    return [NextChange(story=facts.story, at=moment)] if moment else []
