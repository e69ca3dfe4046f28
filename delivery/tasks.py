"""Celery's entry points: each calls one function of the room."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction

from delivery import compaction, prepared, refresh, schedule


@shared_task(name="delivery.tasks.publish_due")
def publish_due() -> None:
    """Every second: what the clock has made due, and what falls due before the next look."""
    schedule.publish_due(seconds=1)
    schedule.wait_for_next(timedelta(seconds=1.1))
    schedule.publish_due(seconds=1)


@shared_task(name="delivery.tasks.prepare_documents")
def prepare_documents() -> None:
    """Every few seconds: what goes out soon is rendered ahead."""
    with transaction.atomic():
        left = prepared.prepare_batch(budget=0.2)
    if left:
        prepare_documents.apply_async(expires=60)


@shared_task(name="delivery.tasks.refresh_stale")
def refresh_stale() -> None:
    """Every few seconds, and after a publication: documents that mention what changed."""
    with transaction.atomic():
        left = refresh.refresh_batch(budget=0.2)
    if left:
        refresh_stale.apply_async(expires=60)


@shared_task(name="delivery.tasks.compact_changes")
def compact_changes() -> None:
    """Every night: old entries of the change log become a snapshot."""
    compaction.compact_changes(timedelta(days=settings.FEED_KEEP_DAYS))
