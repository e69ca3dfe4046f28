"""Renders again what mentions something that changed: in batches, resumable, while editors and readers go on."""

import logging
import time

from django.db import transaction
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery

from delivery.models import PublishedDocument, Refresh
from delivery.sync import sync_stories

logger = logging.getLogger(__name__)

BATCH = 20


def refresh_batch(*, budget: float) -> bool:
    """Work off refreshes for at most about `budget` seconds, inside the caller's transaction.

    Answers whether anything is left. Two workers never take the same row (`SKIP LOCKED`).
    """
    end = time.monotonic() + budget
    while time.monotonic() < end:
        refresh = Refresh.objects.select_for_update(skip_locked=True).order_by("pk").first()
        if refresh is None:
            return Refresh.objects.exists()
        documents = list(
            PublishedDocument.objects.filter(depends_on__contains=[refresh.dependency], pk__gt=refresh.cursor)
            .order_by("pk")
            .values_list("pk", "story_id")[:BATCH]
        )
        sync_stories(story_id for _pk, story_id in documents)
        if len(documents) < BATCH:
            refresh.delete()
        else:
            refresh.cursor = documents[-1][0]
            refresh.save(update_fields=["cursor"])
    return Refresh.objects.exists()


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
    if Refresh.objects.exists():
        transaction.on_commit(_enqueue, robust=True)


def _enqueue() -> None:
    from celery import current_app

    # By name: work never imports tasks. A broker that is down does not matter, beat calls every few seconds.
    try:
        current_app.send_task("delivery.tasks.refresh_stale", retry=False, expires=10)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will refresh documents", exc_info=True)
