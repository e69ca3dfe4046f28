"""Nothing is left behind: neither rows that wait for nobody, nor files that nobody may have."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from delivery.stories import reinstate, withdraw
from jobs.lease import take_next
from jobs.models import JobState
from tests.clips.asking import Asker, path_of, stored_clips, unfinished_pieces
from tests.factories.footage import make_indexed_video
from tests.factories.newsroom import edit, story
from videos.clips import run
from videos.clips.run import cut_next
from videos.clips.sweep import forget, sweep
from videos.errors import EncodingFailed, PartUnreadable
from videos.models import Clip, VideoFile, VideoRendition
from videos.models.media import Audience

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(patrol: Path, files: Path) -> Any:
    return make_indexed_video(patrol)


@pytest.fixture
def ready(anybody: Asker, video: Any) -> Any:
    """A clip that can be downloaded, as the API tells it."""
    clip_id = anybody.order(video).json()["id"]
    cut_next(Clip.Lane.SHORT)
    cut_next(Clip.Lane.LONG)
    clip = anybody.clip(clip_id)
    assert clip["status"] == "ready"
    assert anybody.request("HEAD", path_of(clip["download_url"])).status_code == 200
    return clip


def age(**values: Any) -> None:
    Clip.objects.update(**values)


def test_expired_clip_is_removed_and_can_be_ordered_again(anybody: Asker, video: Any, ready: Any) -> None:
    age(expires_at=timezone.now() - timedelta(seconds=1))
    assert anybody.clip(ready["id"])["status"] == "expired"
    assert anybody.request("HEAD", path_of(ready["download_url"])).status_code == 404
    sweep()
    assert stored_clips() == []
    again = anybody.order(video)
    assert (again.status_code, again.json()["id"]) == (202, ready["id"])


def test_clip_of_a_withdrawn_video_is_over_at_once(anybody: Asker, video: Any, ready: Any) -> None:
    withdraw(story(video), reason="")
    told = anybody.clip(ready["id"])
    assert (told["status"], told["download_url"]) == ("expired", None)
    assert "not available" in told["error"]
    assert anybody.request("HEAD", path_of(ready["download_url"])).status_code == 404
    sweep()
    assert stored_clips() == []


def test_clip_does_not_come_back_with_its_video(anybody: Asker, video: Any, ready: Any) -> None:
    withdraw(story(video), reason="")
    sweep()
    reinstate(story(video))
    video.refresh_from_db()
    edit(video)
    assert anybody.clip(ready["id"])["status"] == "expired"
    assert anybody.order(video).status_code == 202


def test_waiting_clip_of_a_withdrawn_video_is_cancelled(anybody: Asker, video: Any) -> None:
    clip_id = anybody.order(video).json()["id"]
    withdraw(story(video), reason="")
    assert anybody.clip(clip_id)["status"] == "cancelled"
    assert cut_next(Clip.Lane.SHORT) is None
    assert sweep() == []
    assert Clip.objects.get().state == JobState.CANCELLED


def test_clip_ends_when_its_rendition_is_no_longer_shown(anybody: Asker, video: Any, ready: Any) -> None:
    other = VideoFile.objects.create(title="Other", type="video", duration=1, file="media/other.mp4")
    edit(video, video=other)
    assert anybody.request("HEAD", path_of(ready["download_url"])).status_code == 404
    assert anybody.clip(ready["id"])["status"] == "expired"


def test_clip_ends_when_the_file_is_replaced(anybody: Asker, video: Any, ready: Any) -> None:
    VideoRendition.objects.update(file_name="media/other.mp4")
    assert anybody.clip(ready["id"])["status"] == "expired"


def test_audience_that_became_narrower_holds_for_new_orders(anybody: Asker, video: Any) -> None:
    video.video.master_audience = Audience.REGISTERED
    video.video.save()
    assert anybody.order(video).status_code == 401


def test_pieces_of_dead_workers_are_removed(anybody: Asker, video: Any) -> None:
    anybody.order(video)
    clip = take_next(Clip)
    assert clip is not None
    folder = Path(django_settings.UNFINISHED_DIR)
    for fence in (clip.fence, clip.fence + 7):
        (folder / f"{clip.pk}-{fence}").mkdir(parents=True)
        (folder / f"{clip.pk}-{fence}" / "clip.mp4").write_bytes(b"begun")
    sweep()
    assert unfinished_pieces() == [f"{clip.pk}-{clip.fence}"]
    age(leased_until=timezone.now() - timedelta(seconds=1))
    sweep()
    assert unfinished_pieces() == []


def test_clip_that_killed_each_worker_has_failed(anybody: Asker, video: Any) -> None:
    clip_id = anybody.order(video).json()["id"]
    age(state=JobState.RUNNING, attempts=Clip.most_attempts, leased_until=timezone.now() - timedelta(seconds=1))
    told = anybody.clip(clip_id)
    assert told["status"] == "failed"
    assert told["error"]
    assert sweep() == []
    assert Clip.objects.get().state == JobState.FAILED


def test_what_a_dead_worker_left_waits_again(anybody: Asker, video: Any) -> None:
    anybody.order(video)
    assert sweep() == [Clip.Lane.SHORT]
    take_next(Clip)
    assert sweep() == []
    age(leased_until=timezone.now() - timedelta(seconds=1))
    assert sweep() == [Clip.Lane.SHORT]


def test_file_of_an_attempt_that_ended_before_it_could_say_so_is_replaced(
    anybody: Asker, video: Any, files: Path
) -> None:
    anybody.order(video)
    (files / "clips").mkdir(parents=True, exist_ok=True)
    (files / "clips" / "half.mp4").write_bytes(b"half")
    age(file_name="clips/half.mp4")
    cut_next(Clip.Lane.SHORT)
    cut_next(Clip.Lane.LONG)
    assert stored_clips() == [Path(Clip.objects.get().file_name).name]


def test_rows_and_stray_files_go_at_last(anybody: Asker, video: Any, ready: Any, files: Path, settings: Any) -> None:
    (files / "clips" / "stray.mp4").write_bytes(b"nobody's")
    forget()
    assert len(stored_clips()) == 2
    settings_of = timezone.now() - timedelta(days=30)
    age(expires_at=settings_of, due_at=settings_of)
    sweep()
    forget()
    assert not Clip.objects.exists()
    assert stored_clips() == ["stray.mp4"]
    import os

    os.utime(files / "clips" / "stray.mp4", (settings_of.timestamp(),) * 2)
    forget()
    assert stored_clips() == []


def test_sound_alone(anybody: Asker, video: Any) -> None:
    clip_id = anybody.order(video, audio_only=True).json()["id"]
    cut_next(Clip.Lane.SHORT)
    cut_next(Clip.Lane.LONG)
    clip = anybody.clip(clip_id)
    assert (clip["status"], clip["method"]) == ("ready", "encoded")
    assert anybody.request("HEAD", path_of(clip["download_url"]))["Content-Type"] == "audio/mp4"


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (
            PartUnreadable(reason="3 frames instead of 25"),
            "failed",
            "This part of the video cannot be cut. The newsroom is told.",
        ),
        (EncodingFailed(reason="No space left on device"), "queued", None),
    ],
)
def test_only_what_is_the_machines_fault_is_tried_again(
    failure: EncodingFailed, status: str, told: str | None, anybody: Asker, video: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_part: Any, **_wish: Any) -> None:
        raise failure

    monkeypatch.setattr(run, "encode", fail)
    clip_id = anybody.order(video, audio_only=True).json()["id"]
    cut_next(Clip.Lane.LONG)
    clip = anybody.clip(clip_id)
    assert clip["status"] == status
    assert clip["error"] == told
    if status == "failed":
        again = anybody.order(video, audio_only=True).json()
        assert (again["status"], again["error"]) == ("queued", None)
        Clip.objects.update(state="failed")
        assert anybody.clip(clip_id)["error"] == "The clip could not be made. Order it again."
