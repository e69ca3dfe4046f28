"""The sources are what the corpus says they are."""

import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from tests.cutting import judge
from tests.cutting.corpus import CORPUS, Made, make
from tests.cutting.mp4 import Mp4

SOAK = bool(os.environ.get("SOAK"))
Sources = Callable[[str], Made]


@pytest.mark.parametrize("name", [name for name, facts in CORPUS.items() if facts.seconds < 3600])
def test_a_source_shows_its_numbers_at_their_times_in_sync(name: str, made: Sources) -> None:
    path, facts = made(name).path, made(name).facts
    frames = range(facts.frame_count)
    assert judge.frame_numbers(path) == [facts.number_of(frame) for frame in frames]
    # Matroska counts milliseconds.
    for frame, at in zip(frames, judge.frame_times(path), strict=True):
        assert at == pytest.approx(facts.time_of(frame), abs=0.001), frame
    for track in range(len(facts.sounds)):
        assert judge.click_times(path, track)
        if facts.has_numbers:
            assert judge.sync_error(path, facts.sound_at, track) == pytest.approx(0, abs=0.001)
    assert judge.strict_decode_errors(path) == ""
    if facts.suffix in ("mp4", "mov"):
        assert judge.hidden_pictures(path) == facts.hidden


@pytest.mark.parametrize("name", [name for name, facts in CORPUS.items() if facts.has_numbers])
def test_a_source_is_of_its_codec_rate_and_timecode(name: str, made: Sources) -> None:
    path, facts = made(name).path, made(name).facts
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name.removeprefix("lib") == facts.codec
        assert (stream.codec_context.width, stream.codec_context.height) == facts.size
        assert len(container.streams.audio) == len(facts.sounds)
        tags = [container.metadata, *(each.metadata for each in container.streams)]
        assert facts.timecode in [each.get("timecode") for each in tags]
        if not facts.time_of_frame:
            assert stream.guessed_rate == facts.rate


@pytest.mark.parametrize(
    "name", [name for name, facts in CORPUS.items() if facts.codec == "h264" and facts.suffix in ("mp4", "mov")]
)
def test_key_frames_of_a_closed_gop_are_idr_pictures_and_of_an_open_one_are_not(name: str, made: Sources) -> None:
    path, facts = made(name).path, made(name).facts
    file = Mp4(path)
    track = file.track("vide")
    idr = [place for place, sample in enumerate(track.samples) if judge.is_idr(file, track, sample)]
    wanted = range(0, facts.frame_count + facts.hidden, facts.gop) if facts.closed_gop else [0]
    if name == "adaptive_b_frames":
        assert len(idr) >= len(wanted)
    else:
        assert idr == list(wanted)


def test_two_hours_are_two_hours(made: Sources) -> None:
    long = made("two_hours")
    file = Mp4(long.path)
    assert len(file.track("vide").samples) == 180_000
    assert {track.duration / track.timescale for track in file.tracks} == {7200}


def test_the_same_source_has_the_same_bytes(made: Sources, tmp_path: Path) -> None:
    assert make("closed_gop", tmp_path).path.read_bytes() == made("closed_gop").path.read_bytes()


def test_length_and_size_can_be_chosen(tmp_path: Path) -> None:
    small = make("closed_gop", tmp_path, seconds=2, size=(640, 360))
    assert small.facts.frame_count == 50
    assert judge.frame_numbers(small.path) == list(range(50))


def test_interlaced_sources_say_so(made: Sources) -> None:
    for name, facts in CORPUS.items():
        if facts.interlaced:
            with av.open(str(made(name).path)) as container:
                assert next(container.decode(video=0)).interlaced_frame, name
