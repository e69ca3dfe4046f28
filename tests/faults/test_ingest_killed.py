"""A worker that is killed while it encodes: what was done stays done, and nothing is left running or lying about."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db.models.functions import Now

from jobs.models import JobState
from tests.factories.footage import footage
from tests.services import INSTALLATION, Worker
from videos.ingest.imports import take_in
from videos.models import Ingest, IngestStep
from videos.models.ingest import StepName
from videos.tasks import sweep_ingests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300), pytest.mark.slow]

SECONDS = 12


def wait_for(condition: Any, what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def encoders() -> list[str]:
    """Programs that still read or write a file of ingest."""
    said = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if str(django_settings.INGEST_DIR) in line]


def unfinished() -> list[str]:
    folder = Path(django_settings.INGEST_DIR)
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def test_ingest_goes_on_where_its_worker_was_killed(worker: Worker, files: Path) -> None:
    video = take_in(footage(INSTALLATION.var_dir, SECONDS), title="Patrol")
    job = video.ingest
    wait_for(encoders_of_renditions, "no rendition is encoded")
    worker.kill()
    wait_for(lambda: not encoders(), "an encoder outlives its worker", 5)
    before = dict(job.steps.exclude(done_at=None).values_list("name", "done_at"))
    assert set(before) >= {StepName.FACTS, StepName.INDEX, StepName.POSTER, StepName.CHECKSUM}
    assert unfinished()

    Ingest.objects.filter(pk=job.pk).update(leased_until=Now())  # as if the lease had run out
    worker.start()
    sweep_ingests.delay()
    wait_for(lambda: Ingest.objects.get(pk=job.pk).state == JobState.DONE, "it does not go on")
    after = dict(job.steps.values_list("name", "done_at"))
    assert {name: after[name] for name in before} == before
    assert {row.name for row in video.renditions.all()} == {"master", "web", "proxy"}
    assert len(list((files / "renditions" / str(video.pk)).glob("*.mp4"))) == 2
    wait_for(lambda: not unfinished(), "unfinished files are left", 5)


def encoders_of_renditions() -> bool:
    return IngestStep.objects.filter(name=StepName.RENDITIONS, progress__gt=0).exists() and bool(encoders())
