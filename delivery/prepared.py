"""Stories that go out soon are rendered ahead, so that a thousand of them can go out in the same second.

What is prepared is as of its moment and lies in a table that nobody reads. When the moment has come the rule is asked
again, on facts read afresh; a story of which anything is different is rendered then, like any other.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now
from django.dispatch import Signal

from delivery.clock import database_now
from delivery.copying import copy_rows
from delivery.facts import Facts, read_facts
from delivery.locks import take_publish_lock
from delivery.log import logging_changes, touch
from delivery.models import (
    DocumentRow,
    NextChange,
    PreparedDocument,
    Publication,
    PublishedDocument,
)
from delivery.refresh import refresh_batch, wake_refresh
from delivery.registry import renderer_for
from delivery.rendering import render, translation_links
from delivery.stale import request_refresh
from delivery.sync import load_public, new_publications, stories_of, sync_each
from delivery.visibility import next_change, public_languages

logger = logging.getLogger(__name__)

# `rows`: what was prepared, saved. Sent under the publish lock: others may prepare what they make of documents.
documents_prepared = Signal()

# How long before its moment a story is rendered.
AHEAD = timedelta(minutes=10)
# Stories looked at together: while that lasts the publish lock is held.
BATCH = 10
RELEASED_AT_ONCE = 200
PAUSE = timedelta(minutes=1)
BUDGET = 0.2
COPIED = [field.name for field in DocumentRow._meta.fields]


def prepare_batch(*, budget: float) -> bool:
    """Render what goes out soon for at most about `budget` seconds, inside the caller's transaction.

    Answers whether anything is left. The publish lock is held, so that whatever changes meanwhile comes before or
    after, and deletes what was prepared.
    """
    end = time.monotonic() + budget
    while time.monotonic() < end:
        if not _to_prepare().exists():
            return False
        take_publish_lock()
        moments = dict(_to_prepare().order_by("at", "pk").values_list("pk", "at")[:BATCH])
        # Whoever changes what renderers look up waits for the lock before committing.
        memory: dict[object, Any] = {}
        for at in sorted(set(moments.values())):
            due = stories_of(story_id for story_id, moment in moments.items() if moment == at)
            for facts in read_facts(due, at):
                _prepare(facts, memory)
        NextChange.objects.filter(pk__in=moments).update(is_prepared=True)
    return _to_prepare().exists()


def _to_prepare() -> QuerySet[NextChange]:
    """Stories that are not public and may be soon. An update of one that is public is rendered at its moment."""
    public = PublishedDocument.objects.filter(story=OuterRef("story"))
    return NextChange.objects.filter(~Exists(public), at__gt=Now(), at__lte=Now() + AHEAD, is_prepared=False)


def _prepare(facts: Facts, memory: dict[object, Any]) -> None:
    """Render one story as of its moment. One that cannot be rendered is rendered then, and fails then."""
    try:
        with transaction.atomic():
            rows = PreparedDocument.objects.bulk_create(_rows(facts, memory))
            if rows:
                documents_prepared.send(PreparedDocument, rows=rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("story %s cannot be rendered ahead of %s", facts.story.pk, facts.at)


def _rows(facts: Facts, memory: dict[object, Any]) -> list[PreparedDocument]:
    public = load_public(facts)
    if any(page.allowed_subpage_models() for page in public.values()):
        return []  # what is below it appears with it
    new = {one.locale: one for one in new_publications(facts, public)}
    facts = replace(facts, publications=[*facts.publications, *new.values()])
    links = translation_links(public)
    fresh = {locale: render(facts, page, links, memory=memory) for locale, page in public.items()}
    next_change_at = next_change(facts, [document.stale_at for document in fresh.values()])
    return [
        PreparedDocument(
            **{name: getattr(document, name) for name in COPIED},
            story=facts.story,
            due_at=facts.at,
            publication_kind=new[locale].kind if locale in new else "",
            publication_at=new[locale].at if locale in new else None,
            next_change_at=next_change_at,
        )
        for locale, document in fresh.items()
    ]


def release_due() -> int:
    """Bring every story whose moment has come up to it; answer how many were looked at.

    One that cannot be brought up to it holds up no other, and is tried again after a pause.
    """
    done = 0
    while batch := list(_due()[:RELEASED_AT_ONCE]):
        left = _release(batch)
        while some := list(_due().filter(pk__in=left)[:BATCH]):
            sync_each(some, _put_off)
        done += len(batch)
    if done:
        with transaction.atomic():
            if refresh_batch(budget=BUDGET):
                wake_refresh()
    return done


def _due() -> QuerySet[NextChange, UUID]:
    """Stories whose moment has come, and that nobody has brought up to it yet."""
    return NextChange.objects.filter(at__lte=Now()).order_by("at", "pk").values_list("pk", flat=True)


def _put_off(story_id: UUID, error: Exception) -> None:
    logger.error("documents of story %s could not be brought up to the moment", story_id, exc_info=error)
    NextChange.objects.filter(pk=story_id).update(at=database_now() + PAUSE)


def _release(story_ids: Sequence[UUID]) -> list[UUID]:
    """Publish what is prepared and still right; answer the stories that have to be rendered now."""
    try:
        with transaction.atomic(), logging_changes():
            take_publish_lock()
            at = database_now()
            prepared = _prepared(_due().filter(pk__in=story_ids))
            ready = [facts for facts in read_facts(stories_of(prepared), at) if _is_right(facts, prepared)]
            _store(ready, prepared)
            refresh_batch(budget=BUDGET)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("what was prepared could not be stored; it is rendered again")
        PreparedDocument.objects.filter(story_id__in=story_ids).delete()
        return list(story_ids)
    released = {facts.story.pk for facts in ready}
    return [story_id for story_id in story_ids if story_id not in released]


def _prepared(story_ids: Iterable[UUID]) -> dict[UUID, list[PreparedDocument]]:
    public = PublishedDocument.objects.filter(story=OuterRef("story"))
    rows = PreparedDocument.objects.filter(
        ~Exists(public), story_id__in=story_ids, story__next_change__at__gte=F("due_at"), due_at__lte=Now()
    )
    found: dict[UUID, list[PreparedDocument]] = {}
    for row in rows.order_by("due_at", "story_id", "locale"):
        found.setdefault(row.story_id, []).append(row)
    return found


def _is_right(facts: Facts, prepared: Mapping[UUID, list[PreparedDocument]]) -> bool:
    """Whether what was prepared is what a render of this moment gives."""
    rows = {row.locale: row for row in prepared[facts.story.pk]}
    return public_languages(facts) == rows.keys() and all(
        row.page_id == facts.pages[locale].page.pk
        and row.revision_id == facts.pages[locale].revision_id
        and row.renderer_version == renderer_for(facts.pages[locale].page.specific_class).version
        and (row.stale_at is None or row.stale_at > facts.at)
        for locale, row in rows.items()
    )


def _store(ready: list[Facts], prepared: Mapping[UUID, list[PreparedDocument]]) -> None:
    rows = [row for facts in ready for row in prepared[facts.story.pk]]
    if not rows:
        return
    for row in rows:
        touch((row.story_id, row.locale), None)
    copy_rows(
        PublishedDocument,
        [
            PublishedDocument(**{name: getattr(row, name) for name in COPIED}, story_id=row.story_id, sequence=0)
            for row in rows
        ],
    )
    Publication.objects.bulk_create(
        Publication(
            story_id=row.story_id,
            locale=row.locale,
            revision_id=row.revision_id,
            kind=row.publication_kind,
            at=row.publication_at,
        )
        for row in rows
        if row.publication_at
    )
    stories = {row.story_id: row.next_change_at for row in rows}
    request_refresh(f"story:{story_id}" for story_id in stories)
    PreparedDocument.objects.filter(story_id__in=stories).delete()
    NextChange.objects.filter(story_id__in=stories).delete()
    NextChange.objects.bulk_create(NextChange(story_id=pk, at=moment) for pk, moment in stories.items() if moment)
