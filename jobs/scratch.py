"""Where work keeps what is not finished: a folder for each try, on the worker's own disk."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.models.functions import Now

from jobs.models import Job, JobState

logger = logging.getLogger(__name__)


@contextmanager
def scratch(job: Job, folder: Path) -> Iterator[Path]:
    """An empty folder of this try's own, below `folder`; nothing of it is left afterwards."""
    own = folder / _name(job.pk, job.fence)
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def remove_left(model: type[Job], folder: Path) -> None:
    """Remove from this machine what tries left that ended without a word."""
    left = list(folder.iterdir()) if folder.is_dir() else []
    if not left:
        return
    running = model._default_manager.filter(state=JobState.RUNNING, leased_until__gt=Now())
    names = {_name(pk, fence) for pk, fence in running.values_list("pk", "fence")}
    for own in left:
        if own.name not in names:
            shutil.rmtree(own, ignore_errors=True)
            logger.info("removed %s, which a worker had left", own.name)


def _name(pk: object, fence: int) -> str:
    return f"{pk}-{fence}"
