"""Celery's entry points: each calls one function of the room."""

from celery import shared_task
from django.db import transaction

from delivery import refresh, schedule


@shared_task(name="delivery.tasks.publish_due")
def publish_due() -> None:
    """Every second: what the clock has made due."""
    schedule.publish_due()


@shared_task(name="delivery.tasks.refresh_stale")
def refresh_stale() -> None:
    """Every few seconds, and after a publication: documents that mention what changed."""
    with transaction.atomic():
        left = refresh.refresh_batch(budget=0.2)
    if left:
        refresh_stale.apply_async(expires=10)
