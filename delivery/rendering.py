"""From a page to the row of its document. Writes nothing."""

import hashlib
from collections.abc import Mapping
from typing import Any

from wagtail.models import Page

from delivery.context import Lookup, RenderContext, frontend_path, frontend_root, stored_document
from delivery.facts import Facts
from delivery.models import DocumentRow, PublicationKind, PublishedDocument
from delivery.registry import Rendered, renderer_for
from delivery.schemas import TranslationLink


def translation_links(public: Mapping[str, Page], root: str | None = None) -> list[TranslationLink]:
    """Where the story is published, a link a language. `root`: of the frontend's addresses, if the caller knows it."""
    root = frontend_root() if root is None else root
    return [
        TranslationLink(locale=locale, path=path, url=root + path, slug=page.slug)
        for locale, page in sorted(public.items())
        for path in [frontend_path(page)]
    ]


def render(
    facts: Facts,
    page: Page,
    links: list[TranslationLink],
    *,
    memory: dict[object, Any] | None = None,
    is_preview: bool = False,
    look_up: Lookup = stored_document,
) -> PublishedDocument:
    """A fresh document of one of a story's pages, not saved. `memory`: what all renders of one batch may share."""
    renderer = renderer_for(type(page))
    context = _context(facts, page, links)
    context.is_preview, context.look_up = is_preview, look_up
    if memory is not None:
        context.memory = memory
    return document_of(context, renderer.render(page, context), renderer.version)


def _context(facts: Facts, page: Page, links: list[TranslationLink]) -> RenderContext:
    """What the renderer is given. Dates come from the publications, or are the facts' moment where there are none."""
    locale, at = page.locale.language_code, facts.at
    own = [one for one in facts.publications if one.locale == locale]
    first = min((one.at for one in own), default=at)
    updated = max([first, *(one.at for one in own if one.kind != PublicationKind.SMALL_EDIT)])
    return RenderContext(
        story=facts.story,
        page=page,
        locale=locale,
        at=at,
        translations=links,
        first_published_at=first,
        published_at=facts.story.public_date or min((one.at for one in facts.publications), default=at),
        updated_at=updated,
    )


def document_of(context: RenderContext, rendered: Rendered, version: int) -> PublishedDocument:
    """The row for a render, not saved."""
    body = rendered.document.model_dump_json().encode()
    card = rendered.card.model_dump_json().encode()
    page = context.page
    return PublishedDocument(
        story=context.story,
        locale=context.locale,
        collection=context.story.collection,
        page_id=page.pk,
        revision_id=page.live_revision_id,
        path=context.path,
        slug=page.slug,
        title=page.title,
        card=card,
        body=body,
        etag=hashlib.blake2b(card + body, digest_size=12).hexdigest(),
        renderer_version=version,
        first_published_at=context.first_published_at,
        published_at=context.published_at,
        updated_at=context.updated_at,
        terms=sorted(set(rendered.terms)),
        depends_on=sorted(context.depends_on),
        shows=sorted(context.shows),
        stale_at=context.stale_at,
    )


def differences(stored: PublishedDocument, fresh: PublishedDocument) -> list[str]:
    """Names of the fields in which a stored document differs from a fresh render. The tag stands for card and body."""
    names = [field.name for field in DocumentRow._meta.fields if field.name not in ("card", "body")]
    return [name for name in names if getattr(stored, name) != getattr(fresh, name)]
