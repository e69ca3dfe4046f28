"""Who may work on a row: one worker at a time, for a while, by the database's clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from jobs.models import Job, JobState, new_lease_holder

# How long a lease holds without a heartbeat (seconds): three beats may be lost (`jobs.heartbeat`).
LEASE_SECONDS = 12
# Pauses between attempts grow up to this (seconds).
LONGEST_PAUSE_SECONDS = 120


class LeaseLost(Exception):
    """Somebody else works on this row now, it was cancelled, or nobody wants it: stop, write nothing."""


def take(model: type[Job], pk: Any) -> Job | None:
    """Lease a row that is due; None when it is not, or when somebody else has it."""
    holder = new_lease_holder()
    taken = (
        _due(model)
        .filter(pk=pk)
        .update(
            state=JobState.RUNNING,
            progress=0,
            attempts=F("attempts") + 1,
            fence=F("fence") + 1,
            leased_by=holder,
            leased_until=Now() + timedelta(seconds=LEASE_SECONDS),
        )
    )
    return model._default_manager.get(pk=pk) if taken else None


def take_next(model: type[Job], **only: Any) -> Job | None:
    """Lease the row that has been due for the longest, of those with these values; None where there is none."""
    while True:
        with transaction.atomic():
            waiting = _due(model).filter(**only).order_by("due_at", "pk")
            keys = waiting.values_list("pk", flat=True)
            pk = keys.select_for_update(skip_locked=True, of=("self",)).first()
            if pk is None and waiting.exists():
                # Held for a moment by who asks for the same work; a message that finds nothing would be lost.
                pk = keys.select_for_update(of=("self",)).first()
            elif pk is None:
                return None
            job = take(model, pk)
        if job is not None:
            return job


def take_many(model: type[Job], limit: int, seconds: int, **only: Any) -> list[Any]:
    """Lease the rows that have been due for the longest, of those with these values, for so many seconds.

    All have the same holder (`leased_by`), which nobody else has. For work that is done for many at once, and whose
    longest duration is known: there is no heartbeat.
    """
    holder = new_lease_holder()
    with transaction.atomic():
        waiting = _due(model).filter(**only).order_by("due_at", "pk")
        keys = list(waiting.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])
        model._default_manager.filter(pk__in=keys).update(
            state=JobState.RUNNING,
            attempts=F("attempts") + 1,
            fence=F("fence") + 1,
            leased_by=holder,
            leased_until=Now() + timedelta(seconds=seconds),
        )
    return list(model._default_manager.filter(leased_by=holder, state=JobState.RUNNING).order_by("due_at", "pk"))


def holds(job: Job) -> bool:
    """Whether the lease still is ours, and the work still wanted."""
    return bool(_own(job).exists())


def beat(job: Job, progress: int | None = None) -> None:
    """Prolong the lease, and say how far the work is (percent). Raises LeaseLost."""
    values: dict[str, Any] = {"leased_until": Now() + timedelta(seconds=LEASE_SECONDS)}
    if progress is not None:
        values["progress"] = progress
    note(job, **values)


@contextmanager
def finishing(job: Job) -> Iterator[None]:
    """A transaction in which the result is written: only if the lease still holds. Raises LeaseLost."""
    with transaction.atomic():
        if not _own(job).select_for_update().exists():
            raise LeaseLost(job.pk)
        yield
        _own(job).update(state=JobState.DONE, progress=100, error="", leased_by=None, leased_until=None)


def fail(job: Job, error: str, *, final: bool = False) -> bool:
    """Give the row back: to be tried again after a growing pause, or for good. Whether it was ours, and is over."""
    over = final or job.attempts >= job.most_attempts
    given_back = _own(job).update(
        state=JobState.FAILED if over else JobState.QUEUED,
        error=error[:2000],
        leased_by=None,
        leased_until=None,
        due_at=Now() + timedelta(seconds=min(5 * 2**job.attempts, LONGEST_PAUSE_SECONDS)),
    )
    return over and bool(given_back)


def hand_on(job: Job, **values: Any) -> None:
    """Give the row back to be done at once in another way (`values`), as if this attempt had not been."""
    _own(job).update(
        state=JobState.QUEUED, attempts=F("attempts") - 1, due_at=Now(), leased_by=None, leased_until=None, **values
    )


def note(job: Job, **values: Any) -> None:
    """Write down what the work has come to. Raises LeaseLost."""
    if not _own(job).update(**values):
        raise LeaseLost(job.pk)


def stranded(model: type[Job], limit: int = 100, **only: Any) -> list[Any]:
    """Keys of rows that wait to be worked on: new, due again, or left behind by a worker that died.

    `only`: values that the row has.
    """
    return list(_due(model).filter(**only).order_by("due_at").values_list("pk", flat=True)[:limit])


def given_up(model: type[Job]) -> QuerySet[Any]:
    """Rows that nobody will try again by himself: failed, or left behind by the worker of the last attempt."""
    dead = Q(state=JobState.RUNNING, leased_until__lt=Now(), attempts__gte=model.most_attempts)
    return model._default_manager.filter(Q(state=JobState.FAILED) | dead)


def give_up(model: type[Job]) -> int:
    """Call failed what the worker of the last attempt left behind; how many there were."""
    dead = given_up(model).filter(state=JobState.RUNNING)
    return int(dead.update(state=JobState.FAILED, leased_by=None, leased_until=None))


def cancel(rows: QuerySet[Any]) -> int:
    """Have nobody work on these any more; how many that ends. Who does so notices (`jobs.heartbeat`)."""
    return rows.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).update(
        state=JobState.CANCELLED, leased_by=None, leased_until=None
    )


def requeue(job: Job, **values: Any) -> None:
    """Have a row done again from the beginning. `values`: what else is to be forgotten, or changed."""
    type(job)._default_manager.filter(pk=job.pk).update(
        state=JobState.QUEUED,
        attempts=0,
        progress=0,
        error="",
        due_at=Now(),
        leased_by=None,
        leased_until=None,
        **values,
    )


def _due(model: type[Job]) -> QuerySet[Any]:
    free = Q(state=JobState.QUEUED, due_at__lte=Now()) | Q(state=JobState.RUNNING, leased_until__lt=Now())
    return model.wanted().filter(free, attempts__lt=model.most_attempts)


def _own(job: Job) -> QuerySet[Any]:
    return job.wanted().filter(pk=job.pk, fence=job.fence, state=JobState.RUNNING)
