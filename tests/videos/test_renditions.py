"""Encodings for the web beside their master: the same frames, at the same times, under the same timecodes."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from tests.clips.asking import Asker
from tests.clips.ordering import cut_all
from tests.cutting.corpus import make
from tests.cutting.encoding import ffmpeg
from tests.cutting.judge import clicks, frame_numbers, frame_times
from tests.factories.newsroom import make_video
from tests.videos.conftest import taken_in
from videos.models import VideoFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ladder(settings: Any) -> None:
    """Both narrower than any source, so that none is copied as it is; the second is made of the first."""
    settings.VIDEO_LADDER = ["web:240:800", "proxy:200:600"]


def encodings(video: VideoFile, library: Path) -> list[Path]:
    """The files of web and proxy."""
    return [library / video.renditions.get(name=name).file_name for name in ("web", "proxy")]


@pytest.mark.parametrize("name", ["transport_stream", "variable_rate", "picture_later"])
def test_frames_and_sound_of_an_encoding_are_when_the_masters_are(name: str, library: Path, tmp_path: Path) -> None:
    master = make(name, tmp_path, seconds=3).path
    beeps = {click.second: click.at for click in clicks(master)}
    for path in encodings(taken_in(master), library):
        assert frame_numbers(path) == frame_numbers(master)
        off = [abs(ours - theirs) for ours, theirs in zip(frame_times(path), frame_times(master), strict=True)]
        assert max(off) < 0.001
        heard = clicks(path)
        assert len(heard) > 1
        assert max(abs(click.at - beeps[click.second]) for click in heard) < 0.01


def test_players_find_a_key_frame_every_two_seconds_at_any_rate(library: Path, tmp_path: Path) -> None:
    for path in encodings(taken_in(make("variable_rate", tmp_path, seconds=5).path), library):
        with av.open(str(path)) as container:
            frames = [(frame.time or 0, frame.key_frame) for frame in container.decode(video=0)]
        keys = [at for at, is_key in frames if is_key]
        assert len(keys) == 3
        assert all(later - earlier == pytest.approx(2, abs=0.06) for earlier, later in pairwise(keys))


def test_two_frames_at_one_time_are_both_seen(library: Path, tmp_path: Path) -> None:
    whole, master = make("five_seconds", tmp_path, seconds=2).path, tmp_path / "twice.mp4"
    # Frame 20 is shown when frame 21 is.
    clock = r"setpts=(N+eq(N\,20))/25/TB"
    ffmpeg(*f"-i {whole} -an -vf {clock} -c:v libx264 -bf 0 -fps_mode passthrough {master}".split())
    for path in encodings(taken_in(master), library):
        assert frame_numbers(path) == list(range(50))


def test_clips_of_an_encoding_are_ordered_by_the_masters_timecodes_and_have_them(library: Path, tmp_path: Path) -> None:
    page = make_video("Winter patrol", video=taken_in(make("drop_frame", tmp_path, seconds=3).path))
    for rendition in ("web", "proxy"):
        answer = Asker().order(page, "00:00:59;00", "00:01:00;02", rendition=rendition)
        assert answer.status_code == 202, answer.content
        assert (answer.json()["start_frame"], answer.json()["end_frame"]) == (30, 60)
        cut_all()
        copy = tmp_path / f"{rendition}.mp4"
        copy.write_bytes(Asker().download(Asker().clip(answer.json()["id"])["download_url"]).getvalue())
        with av.open(str(copy)) as container:
            assert container.streams.video[0].metadata["timecode"] == "00:00:59;00"
