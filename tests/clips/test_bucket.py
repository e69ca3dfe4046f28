"""Videos in a bucket, on a real S3 server: clips are read by ranges, stored there, and handed out by signed links."""

import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.clips.asking import Asker, path_of, unfinished_pieces
from tests.clips.ordering import archive, cut_all, order, row, told
from tests.factories.footage import frame_numbers, make_published_video
from videos.clips import run
from videos.clips import sweep as sweeping
from videos.clips.run import cut_next
from videos.ingest.imports import await_ingest, take_in
from videos.models import Clip
from videos.storage import video_storage

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(bucket: Any, patrol: Path, files: Path) -> Any:
    return make_published_video(patrol)


@pytest.fixture
def no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever copies a whole source to this machine fails."""
    monkeypatch.delattr(run, "local_file")


@pytest.mark.usefixtures("no_copies")
def test_clip_is_copied_from_the_bucket_by_ranges(
    anybody: Asker, video: Any, bucket: Any, files: Path, tmp_path: Path
) -> None:
    before = set(files.rglob("*.mp4"))
    clip_id = anybody.order(video, 1.2, 2).json()["id"]
    cut_next(Clip.Lane.SHORT)
    clip = anybody.clip(clip_id)
    assert clip["status"] == "ready", clip
    answer = anybody.download(clip["download_url"])
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    with urllib.request.urlopen(answer["Location"], timeout=20) as download:
        assert download.headers["Content-Disposition"].startswith("attachment; filename=")
        (tmp_path / "clip.mp4").write_bytes(download.read())
    assert frame_numbers(tmp_path / "clip.mp4") == list(range(30, 50))
    assert set(files.rglob("*.mp4")) == before
    assert unfinished_pieces() == []


def test_sound_alone_is_encoded_and_stored_in_the_bucket(anybody: Asker, video: Any) -> None:
    clip_id = anybody.order(video, 1, 2, audio_only=True).json()["id"]
    cut_next(Clip.Lane.LONG)
    assert anybody.clip(clip_id)["status"] == "ready"
    assert video_storage().exists(Clip.objects.get().file_name)


def test_expired_clip_and_file_without_a_row_are_removed_from_the_bucket(
    anybody: Asker, video: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    anybody.order(video, 1, 2)
    cut_next(Clip.Lane.SHORT)
    name = Clip.objects.get().file_name
    stray = video_storage().save("clips/stray.mp4", ContentFile(b"1"))
    monkeypatch.setattr(sweeping, "STRAY_HOURS", -1)
    sweeping.forget()
    assert (video_storage().exists(name), video_storage().exists(stray)) == (True, False)
    Clip.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    sweeping.sweep()
    assert not video_storage().exists(name)


def test_master_that_is_gone_is_tried_again_and_said_to_be_unreadable(anybody: Asker, video: Any) -> None:
    anybody.order(video, 1, 2)
    video_storage().delete(video.video.file.name)
    clip = cut_next(Clip.Lane.SHORT)
    assert clip is not None
    assert (clip.state, "HTTP 404" in clip.error) == ("queued", True)


def test_ingest_keeps_what_it_makes_in_the_bucket(bucket: Any, patrol: Path, files: Path, settings: Any) -> None:
    settings.VIDEO_LADDER = ["web:640:800", "proxy:320:300"]
    video = take_in(patrol, title="Patrol")
    await_ingest(video, whole=True)
    names = [row.file_name for row in video.renditions.all()] + [video.storyboard.file_name]
    assert len(names) == 4
    assert all(video_storage().exists(name) for name in names)
    assert not list(files.rglob("*.*"))


def test_archive_of_an_order_is_read_from_the_bucket_by_ranges(anybody: Asker, video: Any) -> None:
    placed = order(anybody, row(video, 0, 1), row(video, 1, 2))
    cut_all()
    done = told(anybody, placed["id"])
    with archive(anybody, done) as found:
        assert found.testzip() is None
        assert len(found.namelist()) == 4
    url = path_of(done["archive"]["download_url"])
    part = anybody.request("GET", url, range="bytes=100-199")
    assert (part.status_code, len(part.getvalue())) == (206, 100)
