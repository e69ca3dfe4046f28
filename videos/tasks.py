"""Celery's entry points: each calls one function of the room."""

import logging

from celery import shared_task

from jobs.lease import stranded
from videos.ingest.run import ingest
from videos.models import Ingest

logger = logging.getLogger(__name__)


@shared_task(name="videos.tasks.run_ingest")
def run_ingest(ingest_id: int) -> None:
    """Turn an upload into a video."""
    ingest(ingest_id)


@shared_task(name="videos.tasks.sweep_ingests")
def sweep_ingests() -> None:
    """Wake what a lost message or a dead worker left behind."""
    for ingest_id in stranded(Ingest):
        run_ingest.delay(ingest_id)


def wake_ingest(ingest_id: int) -> None:
    """Have a worker begin now. Without a broker nothing is lost: the sweeper finds the row."""
    try:
        run_ingest.apply_async([ingest_id], retry=False)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will begin ingest %s", ingest_id)
