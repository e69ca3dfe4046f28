"""Keeps a lease while work goes on, and tells the work when it is to stop.

A thread does it: the work may be one long call into a library. It looks at the row often, so that who cancels need not
wait, and prolongs the lease now and then, or when there is progress to tell.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from jobs import lease
from jobs.lease import LEASE_SECONDS, LeaseLost
from jobs.models import Job

logger = logging.getLogger(__name__)

# Cancelled work stops within a second: a look, and what the work does between two words of its progress.
LOOK_SECONDS = 0.25
BEAT_SECONDS = 3.0

Progress = Callable[[int], None]


@contextmanager
def kept(job: Job) -> Iterator[Progress]:
    """While the block runs, its lease is kept. Yields the function that is told how far the work is (percent).

    That function raises LeaseLost once there is no reason to go on; call it several times a second.
    """
    if connection.in_atomic_block:
        # Nobody else can see this lease, let alone take it.
        yield lambda percent: lease.beat(job, percent)
        return
    heartbeat = _Heartbeat(job)
    heartbeat.start()
    try:
        yield heartbeat.tell
    finally:
        heartbeat.stop()


def work_on_next(model: type[Job], work: Callable[[Any, Progress], None]) -> bool:
    """Do the work of the row that has been due for the longest; whether there was one. What fails is tried again."""
    job = lease.take_next(model)
    if job is None:
        return False
    try:
        with kept(job) as tell:
            work(job, tell)
    except LeaseLost:
        logger.info("the %s %s is somebody else's now", model._meta.model_name, job.pk)
    except Exception as error:
        logger.exception("the %s %s stopped", model._meta.model_name, job.pk)
        lease.fail(job, f"{type(error).__name__}: {error}")
    return True


class _Heartbeat(Thread):
    def __init__(self, job: Job) -> None:
        super().__init__(name=f"heartbeat of {job.pk}", daemon=True)
        self.job = job
        self.percent = job.progress
        self.is_lost = False
        self._is_over = Event()
        self._told = job.progress
        self._beaten_at = time.monotonic()

    def tell(self, percent: int) -> None:
        self.percent = max(0, min(99, percent))
        if self.is_lost:
            raise LeaseLost(self.job.pk)

    def stop(self) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        try:
            while not self._is_over.wait(LOOK_SECONDS):
                self._look()
        except LeaseLost:
            self.is_lost = True
        finally:
            connection.close()

    def _look(self) -> None:
        """Raises LeaseLost."""
        try:
            if self.percent != self._told or time.monotonic() - self._beaten_at > BEAT_SECONDS:
                percent = self.percent
                lease.beat(self.job, percent)
                self._told, self._beaten_at = percent, time.monotonic()
            elif not lease.holds(self.job):
                raise LeaseLost(self.job.pk)
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() - self._beaten_at > LEASE_SECONDS:
                logger.warning("the lease of %s could not be kept: the database is away", self.job.pk)
                raise LeaseLost(self.job.pk) from None
