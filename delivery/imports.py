"""First publication of many stories at once: what an import of years of news needs.

One by one a publication costs some forty queries a language, most of them to find out what an importer knows already:
that nobody has read the story before, that its pages are live and reachable, and on which day each went out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from wagtail.models import Page

from delivery.clock import database_now
from delivery.context import Lookup, RenderContext, frontend_root, stored_document
from delivery.copying import copy_rows
from delivery.log import store_new, take_publish_lock
from delivery.models import Publication, PublicationKind, PublishedDocument, Story
from delivery.registry import renderer_for
from delivery.rendering import document_of, translation_links


@dataclass(frozen=True)
class NewStory:
    """A story that nobody knows yet: its live pages by language, below live sections, and when each went out."""

    story: Story
    pages: Mapping[str, Page]
    published: Mapping[str, datetime]


def publish_new(stories: Sequence[NewStory]) -> int:
    """Write stories, publications, documents and changes; answer how many documents that are.

    Inside a transaction that has written the pages. Documents are rendered first and the publish lock is held for
    their insertion only. A story may mention those before it in `stories`. Nobody may rename a topic or change a
    picture meanwhile; `verify_documents` tells if somebody did, and `rebuild_documents` mends it.
    """
    copy_rows(Story, [new.story for new in stories])
    copy_rows(Publication, [_publication(new, locale) for new in stories for locale in new.pages])
    at = database_now()
    documents: dict[tuple[UUID, str], PublishedDocument] = {}
    memory: dict[object, Any] = {"frontend root": frontend_root()}
    memory |= {("story of page", str(page.pk)): new.story.pk for new in stories for page in new.pages.values()}

    def look_up(story_id: UUID, locale: str) -> PublishedDocument | None:
        return documents.get((story_id, locale)) or stored_document(story_id, locale)

    for new in stories:
        for context in _contexts(new, at, look_up, memory):
            renderer = renderer_for(type(context.page))
            rendered = renderer.render(context.page, context)
            documents[new.story.pk, context.locale] = document_of(context, rendered, renderer.version)
    take_publish_lock()
    store_new(list(documents.values()))
    return len(documents)


def _publication(new: NewStory, locale: str) -> Publication:
    return Publication(
        story=new.story,
        locale=locale,
        revision_id=new.pages[locale].live_revision_id,
        kind=PublicationKind.UPDATE,
        at=new.published[locale],
    )


def _contexts(
    new: NewStory,
    at: datetime,
    look_up: Lookup,
    memory: dict[object, Any],
) -> Sequence[RenderContext]:
    links = translation_links(new.pages, memory["frontend root"])
    public_date = new.story.public_date or min(new.published.values())
    return [
        RenderContext(
            story=new.story,
            page=page,
            locale=locale,
            at=at,
            translations=links,
            first_published_at=new.published[locale],
            published_at=public_date,
            updated_at=new.published[locale],
            look_up=look_up,
            memory=memory,
        )
        for locale, page in new.pages.items()
    ]
