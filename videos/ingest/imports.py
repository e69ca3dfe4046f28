"""Files on disk become video pages: what `manage.py import_video` does, without a worker if there is none."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files import File
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.coreutils import find_available_slug

from delivery.transaction import publishing
from jobs.models import JobState
from videos.cutting.confinement import Limits
from videos.cutting.containers import demuxer_of
from videos.errors import IngestFailed, NoVideo, TitleTooLong
from videos.ingest.reading import read
from videos.ingest.run import ingest
from videos.models import VideoFile, VideoIndexPage, VideoPage
from videos.models.ingest import NEEDED, StepName

# How a stored file ends, by what it holds: whatever it was called, it is never served as something else.
SUFFIXES = {
    "mov": (".mp4", ".mov", ".m4v"),
    "matroska": (".mkv", ".webm"),
    "avi": (".avi",),
    "mxf": (".mxf",),
    "mpegts": (".ts", ".mts"),
    "mpeg": (".mpg", ".mpeg"),
}
MOST_TITLE = 255
# Room for the number that tells pages of the same title apart.
MOST_SLUG = 240
# How long an ingest may take (seconds), and how often we look.
PATIENCE = 3600
PAUSE = 0.2
# Processor time in which a file must show that it is a video (seconds).
CHECK_SECONDS = 60


def video_files(paths: list[Path]) -> Iterator[Path]:
    """The files, and those in the folders, in the order of their names; hidden ones are left out."""
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if not file.is_dir())
            yield from sorted(file for file in inside if not file.name.startswith("."))
        else:
            yield path


def import_video(path: Path, *, title: str, locale: str, publish: bool) -> VideoPage:
    """The video page of a new file, ingested. Raises VideosError, ValidationError or OSError; then nothing is left."""
    if len(title) > MOST_TITLE:
        raise TitleTooLong(limit=MOST_TITLE, length=len(title))
    video = take_in(path, title=title)
    try:
        await_ingest(video)
        return _make_page(video, title=title, locale=locale, publish=publish)
    except Exception:
        _remove(video)
        raise


def _make_page(video: VideoFile, *, title: str, locale: str, publish: bool) -> VideoPage:
    index = VideoIndexPage.objects.get(locale__language_code=locale)
    with publishing():
        page = VideoPage(title=title, locale=index.locale, video=video, live=False)
        page.slug = find_available_slug(index, slugify(title)[:MOST_SLUG] or "video")
        index.add_child(instance=page)
        revision = page.save_revision()
        if publish:
            revision.publish()
    page.refresh_from_db()
    return page


def _remove(video: VideoFile) -> None:
    """Take back what `take_in` and the ingest stored: rows, and their files after the commit."""
    with publishing():
        video = VideoFile.objects.select_related("poster").get(pk=video.pk)
        poster = video.poster
        video.delete()
        if poster is not None:
            poster.delete()


def take_in(path: Path, *, title: str, **fields: object) -> VideoFile:
    """A file on disk in the media library. What holds no video is refused before it is stored: raises NoVideo."""
    if not path.exists():
        raise NoVideo(reason="no such file")
    if not path.is_file():
        raise NoVideo(reason="not a file")
    with TemporaryDirectory() as folder:
        read("check", path, Path(folder) / "result", _nobody, limits=Limits(CHECK_SECONDS))
    video = VideoFile(title=title[:MOST_TITLE], type="video", duration=0, **fields)
    with path.open("rb") as file, publishing():
        video.file.save(stored_name(path), File(file), save=False)
        video.save()
    return video


def stored_name(path: Path) -> str:
    """A harmless name for a file, ending as its content says."""
    suffixes = SUFFIXES[demuxer_of(path)]
    suffix = path.suffix.lower()
    return (slugify(path.stem)[:80] or "video") + (suffix if suffix in suffixes else suffixes[0])


def _nobody() -> None:
    """Nobody waits for word of it."""


def await_ingest(video: VideoFile, *, seconds: float = PATIENCE, whole: bool = False) -> None:
    """Come back when it is a video: facts, index and poster are there; what else is made a worker goes on with.

    It is done here, unless a worker is quicker. `whole`: come back when all is made. Raises IngestFailed.
    """
    job = video.ingest
    end = time.monotonic() + seconds
    while True:
        ingest(job.pk, only_needed=not whole)
        job.refresh_from_db()
        if job.has_made(*(StepName if whole else NEEDED)):
            video.refresh_from_db()
            return
        if job.state == JobState.CANCELLED:
            raise IngestFailed(reason=_("it was cancelled"))
        if job.state == JobState.FAILED or time.monotonic() > end:
            raise IngestFailed(reason=job.error or "it takes too long")
        time.sleep(PAUSE)
