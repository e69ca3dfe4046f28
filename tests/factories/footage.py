"""Published videos whose frames can be told apart, for tests of clips and downloads."""

from functools import cache
from pathlib import Path
from typing import Any

import av
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.models import MediaAccount, User
from cms.demo.footage import make_footage, read_frame_number
from jobs.models import JobState
from tests.factories.newsroom import PASSWORD, make_video
from videos.cutting.index import SourceIndex, build_index
from videos.ingest.imports import await_ingest, take_in
from videos.ingest.indexing import keep_index
from videos.models import Ingest, VideoFile, VideoPage, VideoRendition
from videos.models.ingest import StepName
from videos.models.media import Audience

SECONDS = 4
FRAMES = SECONDS * 25


def footage(folder: Path, seconds: int = SECONDS) -> Path:
    """A file of so many seconds, 25 frames each, made once in a folder."""
    path = folder / f"footage-{seconds}.mp4"
    if not path.exists():
        make_footage(path, seconds=seconds, seed=7, title="Patrol")
    return path


def make_published_video(path: Path, *, audience: Audience = Audience.PUBLIC, **fields: Any) -> VideoPage:
    """A published page with that file, ingested."""
    video = take_in(path, title="Patrol", master_audience=audience)
    await_ingest(video)
    return make_video("Winter patrol", video=video, **fields)


def make_indexed_video(path: Path, *, audience: Audience = Audience.PUBLIC) -> VideoPage:
    """A published page with that file, as ingest would leave it, without its programs."""
    return make_video("Winter patrol", video=make_taken_in(path, master_audience=audience))


@cache
def index_in(path: Path) -> SourceIndex:
    """The file's index, made once a run."""
    return build_index(path)


@transaction.atomic
def make_taken_in(path: Path, **fields: Any) -> VideoFile:
    """A video in the library as ingest would leave it, without its programs: for tests that are about what follows.

    Where a worker runs, it finds nothing to do.
    """
    index = index_in(path)
    video = VideoFile(title="Patrol", type="video", **fields)
    with path.open("rb") as file:
        video.file.save(path.name, File(file), save=False)
    facts = {"width": index.video.width, "height": index.video.height, "video_codec": "h264", "audio_codec": "aac"}
    video.frame_rate_numerator, video.frame_rate_denominator = index.rate.as_integer_ratio()
    for name, value in (facts | {"duration": float(index.duration), "frame_count": index.frame_count}).items():
        setattr(video, name, value)
    video.save()
    master = video.renditions.create(
        role=VideoRendition.Role.MASTER,
        name="master",
        file_name=video.file.name,
        audience=video.master_audience,
        size_bytes=index.file_size,
        **facts,
    )
    keep_index(master, index)
    for name in StepName:
        video.ingest.steps.create(name=name, file_name=video.file.name, done_at=timezone.now(), progress=100)
    Ingest.objects.filter(video=video).update(state=JobState.DONE)
    return video


def make_media_account(name: str = "ana") -> User:
    """A media account with the password PASSWORD."""
    facts = {"name": name.title(), "organisation": "Press Example", "country": "PT"}
    return MediaAccount.objects.create_confirmed(f"{name}@press.example", PASSWORD, **facts).user


def frame_numbers(path: Path) -> list[int]:
    """The numbers that the pictures of a file show, in the order in which they are shown."""
    with av.open(str(path)) as container:
        return [read_frame_number(frame.to_image()) for frame in container.decode(video=0)]
