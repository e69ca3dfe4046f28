"""Videos in a bucket, on a real S3 server: clips are read by ranges, stored there, and handed out by signed links."""

import base64
import json
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.celery import app
from cms.local.bucket import S3Server
from tests.clips.asking import Asker, path_of, unfinished_pieces
from tests.clips.ordering import archive, cut_all, faults, order, row, send, told
from tests.factories.footage import frame_numbers, make_indexed_video
from tests.factories.newsroom import make_editor
from tests.services import Worker
from videos.clips import run
from videos.clips import sweep as sweeping
from videos.clips.run import cut_next
from videos.ingest import indexing
from videos.ingest.imports import await_ingest, take_in
from videos.models import Clip, SampleIndex, VideoRendition
from videos.storage import video_storage

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(bucket: Any, patrol: Path, files: Path) -> Any:
    return make_indexed_video(patrol)


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


@pytest.fixture
def not_indexed(video: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A video whose master nobody has looked through; whoever copies it while somebody waits fails."""
    SampleIndex.objects.all().delete()
    monkeypatch.delattr(indexing, "local_file")
    app.control.purge()
    return video


def asked_of_workers() -> list[list[Any]]:
    """What messages for workers that cut ask for: name of the task, and its arguments."""
    with app.connection_for_read() as connection:
        queue = connection.default_channel.client
        messages = [json.loads(message) for message in queue.lrange("clips", 0, -1)]
    return [
        [message["headers"]["task"], *json.loads(base64.b64decode(message["body"]))[0]]
        for message in reversed(messages)
    ]


@pytest.mark.parametrize("way", ["clips", "orders"])
def test_who_orders_what_nobody_looked_through_is_asked_to_come_again_and_a_worker_is_woken(
    anybody: Asker, not_indexed: Any, way: str
) -> None:
    def ask(**headers: str) -> Any:
        if way == "orders":
            return send(anybody, {"clips": [row(not_indexed)]}, **headers)
        wish = {"start": 1, "end": 2}
        return anybody.request("POST", f"videos/{not_indexed.translation_key}/clips/", wish, **headers)

    answer = ask(Accept_Language="fr")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert answer["Retry-After"] == "5"
    assert answer.json()["detail"] == (
        "Cette vidéo est en cours de préparation pour le découpage. "
        "Veuillez renvoyer la même demande dans 5\u00a0secondes."
    )
    master = not_indexed.video.renditions.get(name="master")
    assert asked_of_workers() == [["videos.tasks.make_index", master.pk]]
    assert not Clip.objects.exists()


def test_order_of_several_videos_wakes_a_worker_for_each(anybody: Asker, not_indexed: Any, patrol: Path) -> None:
    other = make_indexed_video(patrol)
    SampleIndex.objects.all().delete()
    answer = send(anybody, {"clips": [row(not_indexed), row(other), row(not_indexed, 2, 3)]})
    assert answer.status_code == 503
    stories = (not_indexed.pk, other.pk)
    masters = VideoRendition.objects.filter(name="master", video__pages__in=stories).values_list("pk", flat=True)
    assert sorted(asked_of_workers()) == sorted(["videos.tasks.make_index", pk] for pk in masters)


def test_row_that_is_wrong_is_named_though_another_video_is_not_looked_through(
    anybody: Asker, not_indexed: Any
) -> None:
    answer = send(anybody, {"clips": [row(not_indexed), row("no-such-video")]})
    assert faults(answer) == [("clips.1.video", "unknown_video")]


def test_master_that_ingest_could_not_read_is_refused_for_good(anybody: Asker, not_indexed: Any) -> None:
    problem = {"name": "TooDemanding", "details": {}}
    not_indexed.video.ingest.steps.filter(name="index").update(done_at=None, problem=problem)
    answer = anybody.order(not_indexed, 1, 2)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-video")
    assert asked_of_workers() == []


@pytest.mark.parametrize("name", ["order", "frames", "point"])
def test_editor_is_asked_to_come_again_as_well(not_indexed: Any, name: str) -> None:
    client = Client()
    client.force_login(make_editor("Media desk"))
    address = reverse(f"studio_{name}", args=[not_indexed.video_id])
    wish = {"start": "1", "end": "2"}
    answer = client.post(address, json.dumps(wish), "application/json") if name == "order" else client.get(address)
    assert (answer.status_code, answer.json()["detail"][:34]) == (503, "This video is being prepared for c")
    assert answer["Retry-After"] == "5"
    assert len(asked_of_workers()) == 1


@pytest.mark.django_db(transaction=True)
def test_same_order_works_once_a_worker_has_looked_through_the_master(
    anybody: Asker, not_indexed: Any, s3_server: S3Server
) -> None:
    name = connection.settings_dict["NAME"]
    worker = Worker("worker", "-Q", "clips", "--concurrency=2", database_name=name, **s3_server.variables())
    worker.start()
    try:
        assert anybody.order(not_indexed, 1.2, 2).status_code == 503
        end = time.monotonic() + 30
        while (answer := anybody.order(not_indexed, 1.2, 2)).status_code == 503 and time.monotonic() < end:
            time.sleep(0.1)
        assert answer.status_code == 202, answer.content
        assert anybody.wait(answer.json()["id"])["status"] == "ready"
    finally:
        worker.stop()


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
    assert SampleIndex.objects.filter(rendition__in=video.renditions.all()).count() == 3
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
