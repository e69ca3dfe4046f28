"""`manage.py import_video`: one line of JSON a file, and nothing left behind of one that fails."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from cms.demo.footage import make_footage
from home.models import EditorialImage
from jobs.models import JobState
from videos.errors import NoVideo
from videos.ingest import imports, run
from videos.ingest.poster import still
from videos.models import Ingest, VideoFile, VideoPage

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("footage") / "patrol.mp4"
    make_footage(path, seconds=2, seed=7, title="Patrol")
    return path


@pytest.fixture
def truncated(footage: Path, tmp_path: Path) -> Path:
    path = tmp_path / "truncated.mp4"
    path.write_bytes(footage.read_bytes()[:20_000])
    return path


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for files, and nobody who waits for a second attempt."""
    settings.MEDIA_ROOT = settings.VIDEOS_DIR = str(tmp_path / "library")

    def no_pause(_seconds: float) -> None:
        pytest.fail("waits for another attempt")

    monkeypatch.setattr("videos.ingest.imports.time.sleep", no_pause)
    return tmp_path / "library"


def failing(path: Path, *options: str) -> str:
    """What the one line says when a file could not be imported."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_video", str(path), *options, stdout=out)
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert line == {"file": str(path), "error": line["error"]}
    return line["error"]


def assert_nothing_left(media: Path) -> None:
    for model in (VideoPage, VideoFile, Ingest, EditorialImage):
        assert not model.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_video_becomes_a_page(footage: Path) -> None:
    out = StringIO()
    call_command("import_video", str(footage), "--publish", stdout=out)
    page = VideoPage.objects.get(slug=json.loads(out.getvalue())["slug"])
    assert page.live
    assert page.video.poster


def test_video_without_a_picture_is_refused_at_once(truncated: Path, media: Path) -> None:
    with pytest.raises(NoVideo):
        still(truncated)
    assert "no picture" in failing(truncated)
    assert_nothing_left(media)


def test_upload_without_a_picture_is_not_tried_again(
    footage: Path, truncated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = imports.take_in(footage, title="Patrol")
    Path(video.file.path).write_bytes(truncated.read_bytes())
    run.ingest(video.ingest.pk)
    video.ingest.refresh_from_db()
    assert (video.ingest.state, video.ingest.attempts) == (JobState.FAILED, 1)


def test_title_longer_than_a_page_may_have_is_refused(footage: Path, media: Path) -> None:
    assert "255" in failing(footage, "--title", "x" * 256)
    assert_nothing_left(media)


def test_longest_title_twice(footage: Path) -> None:
    for _ in range(2):
        call_command("import_video", str(footage), "--title", "x" * 255, stdout=StringIO())
    assert VideoPage.objects.values("slug").distinct().count() == 2


def test_page_that_cannot_be_made_leaves_nothing(
    footage: Path,
    media: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def refuse(*_args: Any, **_fields: Any) -> None:
        raise ValidationError("Not today.")

    monkeypatch.setattr(VideoPage, "save_revision", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        assert failing(footage) == "Not today."
    assert_nothing_left(media)
