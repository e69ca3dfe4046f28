"""Celery's entry points: each calls one function of the room."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import shared_task
from django.conf import settings

from jobs.lease import stranded
from jobs.scratch import remove_left
from videos.clips.run import cut_next, is_waiting
from videos.clips.sweep import forget, sweep
from videos.errors import NotIndexedYet
from videos.ingest import indexing
from videos.ingest.run import ingest, waits_for_encoder
from videos.models import Clip, Ingest
from videos.orders.forget import forget_orders
from videos.uploads import receiving

logger = logging.getLogger(__name__)

# Who takes from one queue takes nothing from the other: short clips never wait for long ones.
QUEUES = {Clip.Lane.SHORT: "clips", Clip.Lane.LONG: "encodes"}
# Messages for an order of many clips: as many as workers might be free.
WOKEN_AT_ONCE = 4


@shared_task(name="videos.tasks.run_ingest")
def run_ingest(ingest_id: int) -> None:
    """Make an upload a video; what takes minutes is for who encodes."""
    ingest(ingest_id, only_needed=True)
    if waits_for_encoder(ingest_id):
        wake_ingest(ingest_id)


@shared_task(name="videos.tasks.finish_ingest")
def finish_ingest(ingest_id: int) -> None:
    """Make what a video needs besides: waveform, renditions, storyboard."""
    ingest(ingest_id)


@shared_task(name="videos.tasks.sweep_ingests")
def sweep_ingests() -> None:
    """Wake what a lost message or a dead worker left behind, and remove what that had not finished."""
    for ingest_id in stranded(Ingest):
        wake_ingest(ingest_id)
    remove_left(Ingest, Path(settings.INGEST_DIR))


@shared_task(name="videos.tasks.sweep_uploads")
def sweep_uploads() -> None:
    """Remove uploads that were abandoned."""
    receiving.sweep()


def wake_ingest(ingest_id: int) -> None:
    """Have a worker begin now. Without a broker nothing is lost: the sweeper finds the row."""
    task, queue = (finish_ingest, "encodes") if waits_for_encoder(ingest_id) else (run_ingest, "celery")
    try:
        task.apply_async([ingest_id], queue=queue, retry=False)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will begin ingest %s", ingest_id)


@shared_task(name="videos.tasks.cut_clip")
def cut_clip(lane: str) -> None:
    """Cut the clip that has waited longest. A message says that there is work; the rows say which."""
    clip = cut_next(lane)
    if clip is not None and is_waiting(lane):
        wake_cutter(lane)
    if clip is not None and clip.lane != lane:
        wake_cutter(clip.lane)


@shared_task(name="videos.tasks.make_index")
def make_index(rendition_id: int) -> None:
    """Look through a rendition, so that clips of it can be ordered."""
    indexing.make_index(rendition_id)


@shared_task(name="videos.tasks.sweep_clips")
def sweep_clips() -> None:
    """Remove what is over, and wake the cutters where lost messages or dead workers left clips behind."""
    for lane in sweep():
        wake_cutter(lane)


@shared_task(name="videos.tasks.forget_clips")
def forget_clips() -> None:
    """Remove what has been over for long."""
    forget_orders()
    forget()


def wake_cutter(lane: str) -> bool:
    """Have a worker look now. Without a broker nothing is lost: the sweeper wakes it as soon as there is one.

    Whether the broker was there.
    """
    try:
        cut_clip.apply_async([lane], queue=QUEUES[Clip.Lane(lane)], retry=False)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will wake who cuts")
        return False
    return True


def wake_sweeper() -> None:
    """Have a worker remove now what is over. Without a broker it is removed a little later."""
    try:
        sweep_clips.apply_async(retry=False)
    except Exception:
        logger.warning("the queue is not reachable; the next sweep will remove what is over")


def wake_cutters(waiting: Counter[str]) -> None:
    """Have some workers look now: so many clips wait in these lanes. Each wakes another one where more wait."""
    messages = [lane for lane, count in waiting.items() for _message in range(min(count, WOKEN_AT_ONCE))]
    for lane in messages:
        if not wake_cutter(lane):
            return


def wake_indexers(rendition_ids: list[int]) -> None:
    """Have workers look through these renditions now. A message that is lost is sent again by who asks again."""
    for rendition_id in rendition_ids:
        try:
            make_index.apply_async([rendition_id], queue=QUEUES[Clip.Lane.SHORT], retry=False)
        except Exception:
            logger.warning("the queue is not reachable; nobody looks through rendition %s", rendition_id)
            return


@contextmanager
def waking_indexers() -> Iterator[None]:
    """Where somebody has to wait for an index, a worker begins to make it. Raises NotIndexedYet all the same."""
    try:
        yield
    except NotIndexedYet as error:
        wake_indexers(error.rendition_ids)
        raise
