"""Renders again what mentions something that changed: in batches, resumable, while editors and readers go on."""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from wagtail.models import Page

from delivery.clock import database_now
from delivery.locks import take_publish_lock
from delivery.log import logging_changes
from delivery.models import PublishedDocument, Refresh
from delivery.stale import BELOW, STORY
from delivery.sync import subtree, sync_each

logger = logging.getLogger(__name__)

# Documents that are found with one query, and how many of them are rendered between looks at the clock.
BATCH = 100
SYNCED_AT_ONCE = 5
PAUSE = timedelta(minutes=1)


def due() -> QuerySet[Refresh]:
    """What is to be done now, oldest first."""
    return Refresh.objects.filter(next_attempt_at__lte=Now()).order_by("pk")


def refresh_batch(*, budget: float) -> bool:
    """Work off refreshes for at most about `budget` seconds, inside the caller's transaction.

    Answers whether anything is left.
    """
    end = time.monotonic() + budget
    while (left := due().exists()) and time.monotonic() < end:
        # Before anything is looked at: so two workers never do the same.
        take_publish_lock()
        with logging_changes():
            _go_on(end)
    return left


def _go_on(end: float) -> None:
    """Work at the oldest note until it is done or the time is up."""
    refresh = due().first()
    if refresh is None:
        return
    rows = list(_concerned(refresh.dependency).filter(pk__gt=refresh.cursor).order_by("pk")[:BATCH])
    for done, start in enumerate(range(0, len(rows), SYNCED_AT_ONCE), start=1):
        part = rows[start : start + SYNCED_AT_ONCE]
        sync_each([story_id for _pk, story_id in part], _put_off)
        refresh.cursor = part[-1][0]
        if time.monotonic() >= end and done * SYNCED_AT_ONCE < len(rows):
            refresh.save(update_fields=["cursor"])
            return
    if len(rows) < BATCH:
        refresh.delete()
    else:
        refresh.save(update_fields=["cursor"])


def _concerned(dependency: str) -> QuerySet[Any, tuple[int, UUID]]:
    """Rows that a note is about, each with its story; the cursor goes along their keys."""
    if dependency.startswith(BELOW):
        page = Page.objects.filter(pk=dependency.removeprefix(BELOW)).first()
        pages = subtree(page) if page else Page.objects.none()
        return pages.values_list("pk", "translation_key")
    documents = PublishedDocument.objects.values_list("pk", "story_id")
    if dependency.startswith(STORY):
        return documents.filter(story_id=dependency.removeprefix(STORY))
    return documents.filter(depends_on__contains=[dependency])


def _put_off(story_id: UUID, error: Exception) -> None:
    logger.error("story %s cannot be rendered again", story_id, exc_info=error)
    name = f"{STORY}{story_id}"
    Refresh.objects.filter(dependency=name).delete()
    Refresh.objects.create(
        dependency=name, error=f"{type(error).__name__}: {error}"[:2000], next_attempt_at=database_now() + PAUSE
    )


def refresh_all(*, budget: float = 0.2) -> None:
    """Work off every refresh, a transaction a batch, each holding the publish lock for about `budget` seconds."""
    left = True
    while left:
        with transaction.atomic():
            left = refresh_batch(budget=budget)


def waiting_refreshes() -> QuerySet[Refresh]:
    """What is still to be rendered again, oldest first, each with the number of `documents` that depend on it."""
    documents = PublishedDocument.objects.filter(
        depends_on__contains=[OuterRef("dependency")], pk__gt=OuterRef("cursor")
    )
    # As a function, `Count` does not group.
    number = documents.values(number=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Refresh.objects.annotate(documents=Subquery(number)).order_by("pk")


def pages_left(refresh: Refresh) -> int:
    """How many pages a note that is about all below a page still waits for."""
    return _concerned(refresh.dependency).filter(pk__gt=refresh.cursor).count()


def wake_refresh() -> None:
    """Have the worker go on after the commit, if anything is left to render."""
    if due().exists():
        transaction.on_commit(_enqueue, robust=True)


def _enqueue() -> None:
    from celery import current_app

    # By name: work never imports tasks. A broker that is down does not matter, beat calls every few seconds.
    try:
        current_app.send_task("delivery.tasks.refresh_stale", retry=False, expires=60)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will refresh documents", exc_info=True)
