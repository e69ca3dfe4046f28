"""Makes the documents of stories match their pages.

Whoever calls says only "something moved": the state of pages, of the pages above and of the story is read afresh
under the publish lock, in the caller's transaction. So calls may repeat, arrive in any order, and say nothing new.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from wagtail.models import Page

from delivery.clock import database_now
from delivery.context import frontend_path
from delivery.facts import Facts, Standing, read_facts, story_rows
from delivery.locks import take_publish_lock
from delivery.log import logging_changes, remember_paths, touch
from delivery.models import (
    ChangeKind,
    NextChange,
    PreparedDocument,
    Publication,
    PublicationKind,
    PublishedDocument,
    Story,
)
from delivery.registry import renderer_for
from delivery.rendering import differences, render, translation_links
from delivery.stale import BELOW, note, request_refresh
from delivery.visibility import is_closed, next_change, public_languages

# Stories whose facts are read together.
BATCH = 50
# Stories below a page that appears, vanishes or moves which are synced with it; of more, `delivery.refresh` takes care.
INLINE_BELOW = 50
WITHDRAWN_AT_ONCE = 1000
# A schedule that is carried out within this is dated as it was set.
PUNCTUAL = timedelta(minutes=1)


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


def stories_of(story_ids: Iterable[UUID]) -> list[Story]:
    """Story rows; those that are missing and have pages are made."""
    ids = list(story_ids)
    found = Story.objects.select_related("original_locale").in_bulk(ids)
    if missing := [story_id for story_id in ids if story_id not in found]:
        found |= {row.translation_key: story_of(row) for row in story_rows(missing)}
    return [found[story_id] for story_id in ids if story_id in found]


def sync_stories(story_ids: Iterable[UUID]) -> None:
    """Make the documents of these stories match their pages."""
    take_publish_lock()
    with logging_changes():
        waiting = deque(dict.fromkeys(story_ids))
        done: set[UUID] = set()
        # Whoever changes what renderers look up waits for the lock before committing: answers hold for the whole batch.
        memory: dict[object, Any] = {}
        while waiting:
            batch: list[UUID] = []
            while waiting and len(batch) < BATCH:
                story_id = waiting.popleft()
                if story_id not in done:
                    done.add(story_id)
                    batch.append(story_id)
            PreparedDocument.objects.filter(story_id__in=batch).delete()
            documents = _documents(batch)
            for facts in read_facts(stories_of(batch), database_now()):
                others = _StorySync(facts, documents.get(facts.story.pk, {}), memory).run()
                # Also those that were looked at before: what is above them is out only now.
                done.difference_update(others)
                waiting.extend(others)


def sync_each(story_ids: Iterable[UUID], put_off: Callable[[UUID, Exception], None]) -> None:
    """Sync stories together; if one cannot be, one by one, and `put_off` is told of that one.

    Without this its fault would take back the act of everybody whose transaction came upon it.
    """
    story_ids = list(dict.fromkeys(story_ids))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            sync_stories(story_ids)
            # Two documents at one address are found here, and not at the end of the caller's transaction.
            cursor.execute("SET CONSTRAINTS document_path IMMEDIATE; SET CONSTRAINTS document_path DEFERRED")
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(story_ids) > 1:
            for story_id in story_ids:
                sync_each([story_id], put_off)
        else:
            put_off(story_ids[0], error)


def _documents(story_ids: Sequence[UUID]) -> dict[UUID, dict[str, PublishedDocument]]:
    found: dict[UUID, dict[str, PublishedDocument]] = {}
    for document in PublishedDocument.objects.filter(story_id__in=story_ids).defer("body"):
        found.setdefault(document.story_id, {})[document.locale] = document
    return found


@dataclass
class _StorySync:
    """One story's documents brought in line."""

    facts: Facts
    documents: dict[str, PublishedDocument]
    memory: dict[object, Any]
    others: list[UUID] = field(default_factory=list)

    def run(self) -> list[UUID]:
        """Write what differs; answer the stories that must be looked at because of it."""
        public = load_public(self.facts)
        take_away([document for locale, document in self.documents.items() if locale not in public])
        new = new_publications(self.facts, public)
        Publication.objects.bulk_create(new)
        self.facts = replace(self.facts, publications=[*self.facts.publications, *new])
        links = translation_links(public)
        stale = [self._write(page, self.documents.get(locale), links) for locale, page in sorted(public.items())]
        set_next_change(self.facts.story, next_change(self.facts, stale))
        for locale, standing in self.facts.pages.items():
            if _turned(self.documents.get(locale), public.get(locale)):
                self.others += sync_below(standing.page, self.facts.at)
        return self.others

    def _write(self, page: Page, old: PublishedDocument | None, links: list[Any]) -> datetime | None:
        """Store one document if it differs from what is stored. Answers until when it holds."""
        if old is not None and old.renderer_version > renderer_for(type(page)).version:
            return old.stale_at
        fresh = render(self.facts, page, links, memory=self.memory)
        if old is None or differences(old, fresh):
            self._store(fresh, old)
        return fresh.stale_at

    def _store(self, fresh: PublishedDocument, old: PublishedDocument | None) -> None:
        touch((fresh.story_id, fresh.locale), old, self._kind(fresh, old))
        moved = old is None or old.path != fresh.path
        if moved:
            # Its page has left that address, and its document is about to follow.
            at_its_place = PublishedDocument.objects.filter(path=fresh.path).exclude(story=fresh.story)
            self.others += at_its_place.values_list("story_id", flat=True)
        if old is not None and moved:
            remember_paths([old])
        fresh.pk, fresh.sequence = (old.pk, old.sequence) if old else (None, 0)
        fresh.save(force_insert=old is None)
        if moved or old is None or bytes(old.card) != fresh.card:
            request_refresh([f"story:{fresh.story_id}"])

    def _kind(self, fresh: PublishedDocument, old: PublishedDocument | None) -> ChangeKind:
        if old is None:
            return ChangeKind.NEW
        if old.revision_id == fresh.revision_id:
            return ChangeKind.REFRESH
        last = [one for one in self.facts.publications if one.locale == fresh.locale]
        return ChangeKind(last[-1].kind) if last else ChangeKind.UPDATE


def take_away(documents: Sequence[PublishedDocument]) -> None:
    """Have the public read these no more."""
    if not documents:
        return
    for document in documents:
        touch((document.story_id, document.locale), document)
    remember_paths(documents)
    PublishedDocument.objects.filter(pk__in=[document.pk for document in documents]).delete()
    request_refresh({f"story:{document.story_id}" for document in documents})


def load_public(facts: Facts) -> dict[str, Page]:
    """The pages that the public may read, by language, with the content that it may read."""
    loaded = {locale: facts.pages[locale].load() for locale in public_languages(facts)}
    return {locale: page for locale, page in loaded.items() if page is not None}


def new_publications(facts: Facts, public: dict[str, Page]) -> list[Publication]:
    """Entries, not saved, for live revisions that were not recorded yet."""
    last = {one.locale: one for one in facts.publications}
    return [
        Publication(
            story=facts.story,
            locale=locale,
            revision_id=page.live_revision_id,
            kind=getattr(page, "change_kind", PublicationKind.UPDATE) if locale in last else PublicationKind.UPDATE,
            at=_published_at(facts, facts.pages[locale], page if locale not in last else None),
        )
        for locale, page in sorted(public.items())
        if locale not in last or last[locale].revision_id != page.live_revision_id
    ]


def _published_at(facts: Facts, standing: Standing, first: Page | None) -> datetime:
    """The moment that a publication is dated. `first`: the page, if it was never published before."""
    at = facts.at
    if standing.due:
        set_for = max(standing.due.at, facts.story.embargo_until or standing.due.at)
        at = set_for if at - set_for < PUNCTUAL else at
    if first is not None:
        # An import brings the date of its first publication along on the page.
        at = min(first.first_published_at or at, at)
    # Nothing was published while an embargo held it back.
    return max(at, min(facts.story.embargo_until or at, facts.at))


def _turned(document: PublishedDocument | None, page: Page | None) -> bool:
    """Whether a page appeared, vanished or has another address, so that the pages below it must be looked at."""
    if document is None or page is None:
        return (document is None) != (page is None)
    return document.path != frontend_path(page)


def set_next_change(story: Story, moment: datetime | None) -> None:
    """Write when the clock will next change what is public of a story."""
    if moment is None:
        NextChange.objects.filter(story=story).delete()
        return
    NextChange.objects.bulk_create(
        [NextChange(story=story, at=moment, is_prepared=False)],
        update_conflicts=True,
        unique_fields=["story"],
        update_fields=["at", "is_prepared"],
    )


def sync_below(page: Page, at: datetime) -> list[UUID]:
    """Look after what is below a page that appeared, vanished or moved, inside the publish lock.

    Answers the stories to sync now: all, if they are few. Of many, what the public may no longer read is taken away at
    once, and home pages that named it are synced now; the rest is rendered again in batches, and stays readable as it
    was until then.
    """
    below = subtree(page)
    few = list(dict.fromkeys(below.values_list("translation_key", flat=True)[: INLINE_BELOW + 1]))
    if len(few) <= INLINE_BELOW:
        return few
    note([f"{BELOW}{page.pk}"])
    if is_closed(page, at):
        documents = PublishedDocument.objects.filter(page_id__in=below.order_by().values("pk")).defer("card", "body")
        fronts: set[UUID] = set()
        while some := list(documents[:WITHDRAWN_AT_ONCE]):
            take_away(some)
            fronts |= _fronts_that_mention(some)
        return list(fronts)
    return []


def _fronts_that_mention(documents: Iterable[PublishedDocument]) -> set[UUID]:
    """Stories of the few pages that others stand below (home pages, sections) and that mention one of these."""
    mentions = [f"story:{document.story_id}" for document in documents]
    fronts = PublishedDocument.objects.filter(
        depends_on__overlap=mentions, page_id__in=Page.objects.filter(numchild__gt=0).values("pk")
    )
    return set(fronts.values_list("story_id", flat=True))


def subtree(page: Page) -> Any:
    """The pages below a page."""
    return Page.objects.filter(path__startswith=page.path, depth__gt=page.depth, alias_of__isnull=True).order_by("pk")
