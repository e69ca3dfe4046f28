"""Renders again what mentions something that changed: in batches, resumable, while editors and readers go on."""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from delivery.clock import database_now
from delivery.models import PublishedDocument, Refresh
from delivery.sync import sync_stories

logger = logging.getLogger(__name__)

BATCH = 20
# A story that could not be rendered again waits alone, under this name, and holds up no other.
STORY = "document-of:"
PAUSE = timedelta(minutes=1)


def due() -> QuerySet[Refresh]:
    """What is to be done now, oldest first."""
    return Refresh.objects.filter(next_attempt_at__lte=Now()).order_by("pk")


def refresh_batch(*, budget: float) -> bool:
    """Work off refreshes for at most about `budget` seconds, inside the caller's transaction.

    Answers whether anything is left. Two workers never take the same row (`SKIP LOCKED`).
    """
    end = time.monotonic() + budget
    while time.monotonic() < end:
        refresh = due().select_for_update(skip_locked=True).first()
        if refresh is None:
            return due().exists()
        documents = list(
            PublishedDocument.objects.filter(_concerned(refresh.dependency), pk__gt=refresh.cursor)
            .order_by("pk")
            .values_list("pk", "story_id")[:BATCH]
        )
        _sync([story_id for _pk, story_id in documents])
        if len(documents) < BATCH:
            refresh.delete()
        else:
            refresh.cursor = documents[-1][0]
            refresh.save(update_fields=["cursor"])
    return due().exists()


def _concerned(dependency: str) -> Q:
    if dependency.startswith(STORY):
        return Q(story_id=dependency.removeprefix(STORY))
    return Q(depends_on__contains=[dependency])


def _sync(story_ids: Iterable[UUID]) -> None:
    """Sync them together; if one cannot be rendered, one by one, and that one again later.

    Without this its fault would take back the act of every editor whose request came upon it.
    """
    story_ids = list(dict.fromkeys(story_ids))
    try:
        with transaction.atomic():
            sync_stories(story_ids)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(story_ids) > 1:
            for story_id in story_ids:
                _sync([story_id])
        else:
            _put_off(story_ids[0], error)


def _put_off(story_id: UUID, error: Exception) -> None:
    logger.exception("story %s cannot be rendered again", story_id)
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
    """What is still to be rendered again, oldest first, each with the number of its `documents`."""
    documents = PublishedDocument.objects.filter(
        depends_on__contains=[OuterRef("dependency")], pk__gt=OuterRef("cursor")
    )
    # As a function, `Count` does not group.
    number = documents.values(number=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Refresh.objects.annotate(documents=Subquery(number)).order_by("pk")


def wake_refresh() -> None:
    """Have the worker go on after the commit, if anything is left to render."""
    if due().exists():
        transaction.on_commit(_enqueue, robust=True)


def _enqueue() -> None:
    from celery import current_app

    # By name: work never imports tasks. A broker that is down does not matter, beat calls every few seconds.
    try:
        current_app.send_task("delivery.tasks.refresh_stale", retry=False, expires=10)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will refresh documents", exc_info=True)
