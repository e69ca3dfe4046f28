"""What the steps of an ingest share: the row, the file, where results go, and word of how far it is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from delivery.transaction import publishing
from jobs import lease
from jobs.heartbeat import Progress
from videos.cutting.confinement import Limits
from videos.errors import NoVideo
from videos.ingest.reading import read, refused_words
from videos.models import Ingest, IngestStep, VideoFile
from videos.models.ingest import StepName
from videos.storage import video_storage

# How often progress is written down (seconds).
WRITE_SECONDS = 1.0


@dataclass
class Work:
    """One attempt at an ingest. `path`: the file on disk; `folder`: for what is not finished yet."""

    job: Ingest
    path: Path
    folder: Path
    progress: Progress
    step: StepName = StepName.FACTS
    _percent: int = 0
    _told_at: float = 0.0
    _begun_at: float = field(default_factory=time.monotonic)

    @property
    def video(self) -> VideoFile:
        """The video with what earlier steps found."""
        return VideoFile.objects.get(pk=self.job.video_id)

    def begin(self, step: StepName) -> None:
        """Say that a step begins."""
        self.step, self._percent, self._begun_at = step, 0, time.monotonic()
        values = {"file_name": self.job.file_name, "done_at": None, "progress": 1, "problem": None}
        IngestStep.objects.update_or_create(ingest=self.job, name=step, defaults=values)

    def tell(self, percent: int | None = None) -> None:
        """Say how far the step is (percent). Call it several times a second. Raises LeaseLost: then stop."""
        whole = StepName.values.index(self.step) * 100 // len(StepName)
        self._percent = self._percent if percent is None else min(99, max(1, percent))
        self.progress(whole + self._percent // len(StepName))
        if percent is not None and time.monotonic() - self._told_at > WRITE_SECONDS:
            self._told_at = time.monotonic()
            IngestStep.objects.filter(ingest=self.job, name=self.step).update(progress=self._percent)

    def read(
        self, action: str, *, seconds: int, path: Path | None = None, at: Fraction | None = None
    ) -> tuple[Any, Path]:
        """What the reader tells of the file (or of another), and the file with what is large. Raises NoVideo."""
        result = self.folder / f"{action}.result"
        return read(action, path or self.path, result, self.tell, limits=Limits(seconds), at=at), result

    @contextmanager
    def holding(self) -> Iterator[VideoFile]:
        """A transaction in which a part of the result is written. Raises LeaseLost."""
        with publishing():
            lease.beat(self.job)
            yield VideoFile.objects.select_for_update().get(pk=self.job.video_id)

    @contextmanager
    def writing(self) -> Iterator[VideoFile]:
        """A transaction in which the step's result is written, and the step is done. Raises LeaseLost."""
        with self.holding() as video:
            # First, so that who hears of the video being saved finds the step done.
            IngestStep.objects.filter(ingest=self.job, name=self.step).update(
                done_at=timezone.now(),
                progress=100,
                problem=None,
                seconds=round(time.monotonic() - self._begun_at, 3),
            )
            yield video

    @contextmanager
    def storing(self, path: Path, name: str) -> Iterator[None]:
        """The file is in the storage under this very name, so that a step done again leaves no second one behind.

        The block writes the row that knows it. Should the video be gone by then, nobody will remove the file but we.
        """
        video_storage().delete(name)
        with path.open("rb") as file:
            stored = video_storage().save(name, File(file))
        if stored != name:
            raise FileExistsError(name)
        try:
            yield
        except BaseException:
            if not VideoFile.objects.filter(pk=self.job.video_id).exists():
                video_storage().delete(name)
            raise

    def note_problem(self, error: NoVideo) -> None:
        """Keep why the step failed, for the editor."""
        IngestStep.objects.filter(ingest=self.job, name=self.step).update(problem=refused_words(error))


def remove_stored(name: str) -> None:
    """Remove a stored file once the transaction is over."""
    transaction.on_commit(lambda: video_storage().delete(name))
