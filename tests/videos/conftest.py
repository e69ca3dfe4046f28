"""Films that are taken in: footage made by code, and a media library of each test's own, in a folder or a bucket."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.factories.footage import footage
from tests.videos.uploading import PART, Browser
from videos.cutting.confinement import Limits
from videos.ingest.imports import await_ingest, take_in
from videos.ingest.reading import read
from videos.models import VideoFile
from videos.uploads import receiving

SECONDS = 3


@pytest.fixture(scope="module")
def patrol(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of three seconds, 1280 by 720 pixels, 25 frames a second, with a beep at each second."""
    return footage(tmp_path_factory.mktemp("footage"), SECONDS)


@pytest.fixture(autouse=True)
def library(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored videos, one for pictures, and one for what is unfinished."""
    settings.MEDIA_ROOT = str(tmp_path / "pictures")
    settings.VIDEOS_DIR = tmp_path / "library"
    settings.INGEST_DIR = tmp_path / "unfinished"
    return tmp_path / "library"


@pytest.fixture
def read_facts(tmp_path: Path) -> Callable[[Path], Any]:
    """What the confined reader tells of a file."""
    return lambda path: read("facts", path, tmp_path / "result", lambda: None, limits=Limits(60))


@pytest.fixture
def folder(library: Path) -> Path:
    """The storage for videos, in a folder, empty."""
    return library


@pytest.fixture(params=["folder", "bucket"])
def anywhere(request: pytest.FixtureRequest) -> str:
    """Each test runs with the storage in a folder, and in a bucket."""
    request.getfixturevalue(request.param)
    return request.param


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Parts as small as S3 takes them."""
    MigrationRecorder(connection).ensure_schema()
    monkeypatch.setattr(receiving, "PART_BYTES", PART)


@pytest.fixture
def desk(db: None) -> Browser:
    """Somebody of the media desk."""
    return Browser()


def taken_in(path: Path, **fields: Any) -> VideoFile:
    """The video of a file, with all that ingest makes."""
    video = take_in(path, title="Patrol", **fields)
    await_ingest(video, whole=True)
    return video


def stored(library: Path, folder: str) -> list[Path]:
    """Stored files of a folder."""
    return sorted(path for path in (library / folder).rglob("*") if path.is_file())


def film(
    path: Path,
    *options: str,
    size: str = "320x180",
    seconds: float = 1,
    rate: str = "25",
    graph: str = "[0]null",
    rotation: int = 0,
) -> Path:
    """A short H.264 film with a tone, as ffmpeg is told to make it. `options`: of the output."""
    upright = path.with_name(f"upright-{path.name}") if rotation else path
    _ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"),
        *("-filter:v", graph.removeprefix("[0]"), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
        *("-threads", "1", *options, str(upright)),
    )
    if rotation:
        _ffmpeg("-display_rotation", str(rotation), "-i", str(upright), "-c", "copy", str(path))
    return path


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments], check=True)
