"""Makes the documents of stories match their pages. The only writer of documents and of the change log.

Whoever calls says only "something moved": the state of pages, of the pages above and of the story is read afresh
under the publish lock, in the caller's transaction. So calls may repeat, arrive in any order, and say nothing new.
"""

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from wagtail.models import Page

from delivery.clock import database_now
from delivery.context import RenderContext, frontend_path, frontend_root
from delivery.models import (
    Change,
    ChangeKind,
    LogHead,
    NextChange,
    OldPath,
    Publication,
    PublicationKind,
    PublishedDocument,
    Refresh,
    Story,
)
from delivery.registry import Rendered, renderer_for
from delivery.schemas import TranslationLink
from delivery.visibility import next_change, pages_of, public_pages

logger = logging.getLogger(__name__)

# Any number that no other advisory lock of this database uses.
PUBLISH_LOCK = 7_239_001


def take_publish_lock() -> None:
    """Wait for the one writer's lock and hold it to the end of the transaction.

    Taken before the number is: a sequence's numbers can commit out of order. Every writer takes page rows
    first and this lock last (`delivery.transaction`), so nothing deadlocks.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("documents are written inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])


def story_of(page: Page) -> Story:
    """The story row of a page, made if missing. A story's original language is that of its oldest page."""
    story = Story.objects.filter(pk=page.translation_key).first()
    if story is None:
        fresh = new_story(page)
        story, _made = Story.objects.get_or_create(
            pk=fresh.pk,
            defaults={"collection": fresh.collection, "original_locale_id": fresh.original_locale_id},
        )
    return story


def new_story(page: Page) -> Story:
    """The story row that a page would get, not saved."""
    renderer = renderer_for(page.specific_class)
    oldest = Page.objects.filter(translation_key=page.translation_key).order_by("pk").first() or page
    return Story(pk=page.translation_key, collection=renderer.collection, original_locale_id=oldest.locale_id)


def sync_stories(story_ids: Iterable[UUID]) -> int:
    """Make the documents of these stories match their pages; answer how many changes that took."""
    take_publish_lock()
    changes = 0
    waiting = deque(dict.fromkeys(story_ids))
    done: set[UUID] = set()
    while waiting:
        story_id = waiting.popleft()
        if story_id not in done:
            done.add(story_id)
            made, below = _sync_story(story_id)
            changes += made
            waiting.extend(below)
    return changes


def _sync_story(story_id: UUID) -> tuple[int, list[UUID]]:
    """Sync one story. Answers the changes, and the stories below pages that appeared, vanished or moved by it."""
    at = database_now()
    pages = pages_of(story_id)
    story = Story.objects.select_related("original_locale").filter(pk=story_id).first()
    if story is None:
        if not pages:
            return 0, []
        story = story_of(next(iter(pages.values())))
    documents = {document.locale: document for document in story.documents.all()}
    public = public_pages(story, pages, at)

    changes = 0
    for locale in documents.keys() - public.keys():
        changes += _withdraw(story, documents[locale])
    contexts = _contexts(story, public, at)
    for context in contexts:
        changes += _write(story, context, documents.get(context.locale))
    _set_next_change(story, next_change(story, pages.values(), [context.stale_at for context in contexts], at))
    turned = [page for locale, page in pages.items() if page.numchild and _turned(page, documents.get(locale), public)]
    return changes, [below for page in turned for below in subtree_story_ids(page)]


def _turned(page: Page, document: PublishedDocument | None, public: dict[str, Page]) -> bool:
    """Whether a page appeared, vanished or has another address, so that the pages below it must be looked at."""
    if document is None or page.locale.language_code not in public:
        return (document is None) == (page.locale.language_code in public)
    return document.path != frontend_path(page)


def _set_next_change(story: Story, moment: datetime | None) -> None:
    if moment:
        NextChange.objects.update_or_create(story=story, defaults={"at": moment})
    else:
        NextChange.objects.filter(story=story).delete()


def _contexts(story: Story, public: dict[str, Page], at: datetime) -> list[RenderContext]:
    """One render context a public language, with publications recorded and dates settled."""
    links = translation_links(public)
    for locale, page in public.items():
        _record_publication(story, locale, page, at)
    return [render_context(story, locale, page, at, links) for locale, page in sorted(public.items())]


def translation_links(public: Mapping[str, Page], root: str | None = None) -> list[TranslationLink]:
    """Where the story is published, a link a language. `root`: of the frontend's addresses, if the caller knows it."""
    root = frontend_root() if root is None else root
    return [
        TranslationLink(locale=locale, path=path, url=root + path, slug=page.slug)
        for locale, page in sorted(public.items())
        for path in [frontend_path(page)]
    ]


def _record_publication(story: Story, locale: str, page: Page, at: datetime) -> None:
    """Append to the publications when the live revision is one that was not recorded yet."""
    last = story.publications.filter(locale=locale).order_by("-at", "-pk").first()
    if last is not None and last.revision_id == page.live_revision_id:
        return
    kind = getattr(page, "change_kind", PublicationKind.UPDATE) if last else PublicationKind.UPDATE
    # An import brings the date of its first publication along on the page.
    moment = min(page.first_published_at or at, at) if last is None else at
    Publication.objects.create(story=story, locale=locale, revision_id=page.live_revision_id, kind=kind, at=moment)


def render_context(
    story: Story,
    locale: str,
    page: Page,
    at: datetime,
    links: list[TranslationLink],
    *,
    is_preview: bool = False,
) -> RenderContext:
    """What the renderer of `page` is given. Dates come from the publications, or are `at` where there are none."""
    publications = list(story.publications.order_by("at").values_list("locale", "at", "kind"))
    own = [(when, kind) for language, when, kind in publications if language == locale]
    first = own[0][0] if own else at
    updated = max([first, *(when for when, kind in own if kind != PublicationKind.SMALL_EDIT)])
    return RenderContext(
        story=story,
        page=page,
        locale=locale,
        at=at,
        translations=links,
        first_published_at=first,
        published_at=story.public_date or (publications[0][1] if publications else at),
        updated_at=updated,
        is_preview=is_preview,
    )


def _write(story: Story, context: RenderContext, old: PublishedDocument | None) -> int:
    """Store one document if it differs from what is stored. Answers the number of changes: 0 or 1."""
    renderer = renderer_for(type(context.page))
    if old is not None and old.renderer_version > renderer.version:
        return 0
    fresh = document_of(context, renderer.render(context.page, context), renderer.version)
    if old is not None and not differences(old, fresh):
        return 0
    kind = _change_kind(story, context, old)
    fresh.pk = old.pk if old else None
    fresh.sequence = _append(story.id, fresh, kind, fresh.etag)
    if old is not None and old.path != fresh.path:
        _remember_path(old)
    fresh.save(force_insert=old is None)
    if old is None or bytes(old.card) != fresh.card or old.path != fresh.path:
        request_refresh(f"story:{story.id}")
    return 1


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
    """Names of the fields in which a stored document differs from a fresh render."""
    names = [
        "collection",
        "page_id",
        "revision_id",
        "path",
        "slug",
        "title",
        "etag",
        "renderer_version",
        "first_published_at",
        "published_at",
        "updated_at",
        "terms",
        "depends_on",
        "shows",
        "stale_at",
    ]
    return [name for name in names if getattr(stored, name) != getattr(fresh, name)]


def _change_kind(story: Story, context: RenderContext, old: PublishedDocument | None) -> ChangeKind:
    if old is None:
        return ChangeKind.NEW
    if old.revision_id == context.page.live_revision_id:
        return ChangeKind.REFRESH
    last = story.publications.filter(locale=context.locale).order_by("-at", "-pk").first()
    return ChangeKind(last.kind) if last else ChangeKind.UPDATE


def _withdraw(story: Story, document: PublishedDocument) -> int:
    _append(story.id, document, ChangeKind.WITHDRAWN, "", replacement_id=story.replacement_id)
    _remember_path(document)
    document.delete()
    request_refresh(f"story:{story.id}")
    return 1


def _remember_path(document: PublishedDocument) -> None:
    OldPath.objects.update_or_create(
        path=document.path,
        defaults={"story_id": document.story_id, "locale": document.locale, "slug": document.slug},
    )


def _append(
    story_id: UUID,
    document: PublishedDocument,
    kind: ChangeKind,
    etag: str,
    replacement_id: UUID | None = None,
) -> int:
    """Append to the change log; answer the sequence. The publish lock is held, so numbers rise with commits."""
    head = LogHead.objects.select_for_update().first() or LogHead.objects.create()
    head.sequence += 1
    head.save(update_fields=["sequence"])
    Change.objects.create(
        sequence=head.sequence,
        at=database_now(),
        kind=kind,
        story_id=story_id,
        locale=document.locale,
        collection=document.collection,
        path=document.path,
        etag=etag,
        replacement_id=replacement_id,
    )
    return head.sequence


def request_refresh(dependency: str) -> None:
    """Have every document that depends on `dependency` rendered again, if there is any."""
    if PublishedDocument.objects.filter(depends_on__contains=[dependency]).exists():
        Refresh.objects.create(dependency=dependency)


def subtree_story_ids(page: Page) -> list[UUID]:
    """Stories of a page and of all below it."""
    return list(
        Page.objects.filter(path__startswith=page.path, alias_of__isnull=True).values_list("translation_key", flat=True)
    )
