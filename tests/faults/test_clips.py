"""Cutting where things die: nothing is lost, nothing is made twice, nothing is left behind. `SOAK=1`: far more."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

import imageio_ffmpeg
import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from delivery.stories import withdraw
from jobs import lease
from jobs.models import JobState
from tests.clips.asking import Asker, numbers_in, stored_clips, unfinished_pieces
from tests.factories.footage import footage, make_indexed_video
from tests.factories.newsroom import story
from tests.faults.processes import WebServer
from tests.faults.test_services_lost import stopped
from tests.services import INSTALLATION, CeleryProcess, Worker
from videos.models import Clip, ClipRequest
from videos.storage import video_storage
from videos.tasks import wake_cutter

SOAK = os.environ.get("SOAK", "0") != "0"
SECONDS = 20

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(7200 if SOAK else 400, func_only=True),
]


@pytest.fixture
def video(transactional_db: None, files: Path) -> Any:
    """A published video of which clips are copied."""
    return make_indexed_video(footage(INSTALLATION.var_dir))


@pytest.fixture
def slow_video(transactional_db: None, files: Path) -> Any:
    """A published video of which clips have to be encoded: some seconds of work, to be interrupted."""
    path = INSTALLATION.var_dir / "footage.mkv"
    if not path.exists():
        source = footage(INSTALLATION.var_dir, SECONDS)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), "-c", "copy", str(path)]
        subprocess.run(command, check=True)
    return make_indexed_video(path)


def until(is_so: Callable[[], bool], what: str, seconds: float = 60) -> float:
    """Wait for something; the seconds that it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"{what}: {list(Clip.objects.values())}"
        time.sleep(0.02)
    return time.monotonic() - began


def encoders() -> list[str]:
    """Processes that encode a clip of this installation."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"ffmpeg" in words and os.fsencode(settings.UNFINISHED_DIR) in words:
            found.append(process.name)
    return found


def is_being_cut() -> bool:
    return bool(encoders()) and Clip.objects.filter(state=JobState.RUNNING, progress__gt=0).exists()


def begin(asker: Asker, video: Any) -> str:
    """Order a clip and come back in the middle of its cut; the clip's id."""
    clip_id = str(asker.order(video, 0, SECONDS).json()["id"])
    until(is_being_cut, "no cut begins")
    return clip_id


def assert_nothing_left() -> None:
    until(lambda: not unfinished_pieces(), "pieces are left", 20)
    stored = {Path(name).name for name in Clip.objects.exclude(file_name="").values_list("file_name", flat=True)}
    assert set(stored_clips()) == stored


def test_worker_that_is_killed_in_mid_cut_costs_seconds(
    anybody: Asker, slow_video: Any, beat: CeleryProcess, worker: Worker, tmp_path: Path
) -> None:
    for number in range(100 if SOAK else 1):
        Clip.objects.all().delete()
        clip_id = begin(anybody, slow_video)
        worker.kill()
        until(lambda: not encoders(), "the encoder outlives its worker", 5)
        worker.start()
        until(lambda: Clip.objects.get().attempts == 2, "nobody takes it over", 40)
        clip = anybody.wait(clip_id, 120)
        assert clip["status"] == "ready", (number, clip)
        frames = numbers_in(anybody.download(clip["download_url"]), tmp_path)
        assert frames == list(range(SECONDS * 25)), number
        assert_nothing_left()
        # The next one is an order of its own: without the row, its file is nobody's.
        for name in stored_clips():
            video_storage().delete(f"clips/{name}")


def test_cancelling_stops_the_encoder_within_a_second(anybody: Asker, slow_video: Any, worker: Worker) -> None:
    clip_id = begin(anybody, slow_video)
    assert anybody.request("DELETE", f"clips/{clip_id}/").json()["status"] == "cancelled"
    assert until(lambda: not encoders(), "the encoder goes on") < 1
    worker.wait_until_idle()
    assert Clip.objects.get().state == JobState.CANCELLED
    assert stored_clips() == unfinished_pieces() == []


def test_withdrawing_the_video_stops_its_cut(anybody: Asker, slow_video: Any, worker: Worker) -> None:
    clip_id = begin(anybody, slow_video)
    withdraw(story(slow_video), reason="")
    assert until(lambda: not encoders(), "the encoder goes on") < 1
    assert anybody.clip(clip_id)["status"] == "cancelled"
    worker.wait_until_idle()
    assert stored_clips() == unfinished_pieces() == []


def test_worker_whose_lease_was_taken_writes_nothing(anybody: Asker, slow_video: Any, worker: Worker) -> None:
    begin(anybody, slow_video)
    Clip.objects.update(leased_until=timezone.now() - timedelta(minutes=1))
    taken = lease.take_next(Clip)
    assert taken is not None
    assert until(lambda: not encoders(), "the first worker goes on") < 1
    worker.wait_until_idle()
    clip = Clip.objects.get()
    assert (clip.state, clip.fence, clip.file_name) == (JobState.RUNNING, taken.fence, "")
    assert stored_clips() == unfinished_pieces() == []


def test_orders_that_came_while_the_broker_was_gone_are_cut(
    anybody: Asker, video: Any, beat: CeleryProcess, worker: Worker
) -> None:
    with stopped("valkey"):
        began = time.monotonic()
        answer = anybody.order(video, 0, 1)
        assert time.monotonic() - began < 3
        assert answer.status_code == 202
    assert anybody.wait(answer.json()["id"], 90)["status"] == "ready"


def test_broker_that_was_emptied_costs_seconds(anybody: Asker, video: Any, beat: CeleryProcess, worker: Worker) -> None:
    worker.stop()
    ordered = [anybody.order(video, number, number + 1).json()["id"] for number in range(3)]
    redis.Redis.from_url(settings.CELERY_BROKER_URL).flushall()
    worker.start()
    assert {anybody.wait(clip_id, 30)["status"] for clip_id in ordered} == {"ready"}


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """A disk with room for next to nothing, while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"only root can make a small disk: {mounted.stderr.decode()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kind", ["video", "slow_video"])
def test_full_disk_is_tried_again(
    anybody: Asker, kind: str, request: pytest.FixtureRequest, beat: CeleryProcess, worker: Worker
) -> None:
    page = request.getfixturevalue(kind)
    with full_disk(Path(settings.UNFINISHED_DIR)):
        clip_id = anybody.order(page, 0, 2).json()["id"]
        until(lambda: Clip.objects.filter(state=JobState.QUEUED, attempts=1).exists(), "it does not fail")
        assert unfinished_pieces() == []
    assert anybody.clip(clip_id)["status"] == "queued"
    assert anybody.wait(clip_id, 60)["status"] == "ready"


def test_many_equal_orders_at_once_are_cut_once(video: Any, web: WebServer, worker: Worker) -> None:
    def order(_number: int) -> tuple[int, str]:
        request = urllib.request.Request(
            f"{web.address}/api/v1/videos/{video.translation_key}/clips/",
            json.dumps({"start": 1, "end": 2}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)["id"]

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(order, range(1000 if SOAK else 100)))
    assert len({clip_id for _status, clip_id in answers}) == 1
    assert [status for status, _clip_id in answers if status != 200] == [202]
    until(lambda: Clip.objects.get().state == JobState.DONE, "it is not cut")
    worker.wait_until_idle()
    assert (Clip.objects.get().fence, ClipRequest.objects.count(), len(stored_clips())) == (1, 1, 1)


def test_message_that_comes_while_somebody_asks_for_the_clip_is_not_in_vain(anybody: Asker, video: Any) -> None:
    anybody.order(video, 0, 1)
    held, go_on = Event(), Event()

    def ask() -> None:
        with transaction.atomic():
            Clip.objects.select_for_update().get()
            held.set()
            go_on.wait(10)
        connection.close()

    asking = Thread(target=ask)
    asking.start()
    assert held.wait(10)
    Timer(0.5, go_on.set).start()
    taken = lease.take_next(Clip)
    asking.join()
    assert taken is not None
    assert lease.take_next(Clip) is None


def test_messages_that_come_twice_do_nothing_twice(anybody: Asker, video: Any, worker: Worker) -> None:
    clip_id = anybody.order(video, 0, 1).json()["id"]
    for _ in range(10):
        wake_cutter(Clip.Lane.SHORT)
    assert anybody.wait(clip_id)["status"] == "ready"
    worker.wait_until_idle()
    assert Clip.objects.get().fence == 1
