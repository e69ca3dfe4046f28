"""An ingest, step by step. What is done stays done: who comes after a crash goes on where it stopped."""

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from jobs import heartbeat, lease
from jobs.models import JobState
from jobs.scratch import scratch
from videos.errors import NoVideo
from videos.ingest.files import local_file
from videos.ingest.steps import STEPS
from videos.ingest.work import Work
from videos.models import Ingest
from videos.models.ingest import NEEDED, StepName, StepState

logger = logging.getLogger(__name__)


def ingest(ingest_id: int, *, only_needed: bool = False) -> None:
    """Do the ingest if it is due and nobody else is at it.

    `only_needed`: only what makes it a video, and give the row back for the rest.
    """
    job: Any = lease.take(Ingest, ingest_id)
    if job is None:
        return
    try:
        _go_through(job, [name for name in STEPS if not only_needed or name in NEEDED])
        if only_needed and not job.has_made(*STEPS):
            lease.hand_on(job)
        else:
            _finish(job)
    except NoVideo as error:
        lease.fail(job, str(error), final=True)
    except lease.LeaseLost:
        logger.info("ingest %s was taken over", ingest_id)
    except Exception as error:
        logger.exception("ingest %s failed", ingest_id)
        lease.fail(job, str(error))


def waits_for_encoder(ingest_id: int) -> bool:
    """Whether it is a video already, and what takes longer is still to be done."""
    job = Ingest.objects.filter(pk=ingest_id, state=JobState.QUEUED).first()
    return job is not None and job.has_made(*NEEDED)


def _go_through(job: Ingest, names: list[StepName]) -> None:
    """Raises NoVideo where the file is no video; what else a file is not fit for is kept with the step."""
    due = [name for name in names if not job.has_made(name)]
    if not due:
        return
    folder = Path(settings.INGEST_DIR)
    with heartbeat.kept(job) as progress, local_file(job.file_name) as path, scratch(job, folder) as own:
        work = Work(job, path, own, progress)
        for name in due:
            work.begin(name)
            try:
                STEPS[name](work)
            except NoVideo as error:
                work.note_problem(error)
                if name in NEEDED:
                    raise


def _finish(job: Ingest) -> None:
    """Done, unless a step failed: the editor is told which, and can have it done again."""
    failed = [step for step in job.all_steps() if step.state == StepState.FAILED]
    if failed:
        words = " ".join(f"{step.get_name_display()}: {step.reason}" for step in failed)
        lease.fail(job, words or _("A step failed."), final=True)
        return
    with lease.finishing(job):
        pass
