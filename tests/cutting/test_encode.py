"""Whole encodes: exact to the frame and in sync, whatever the source; stopped at once; within limits."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from random import Random

import av
import psutil
import pytest

from tests.cutting import judge
from tests.cutting.corpus import CORPUS, Made
from tests.cutting.encoding import Sound, ffmpeg, x264
from tests.cutting.encoding import encode as write
from videos.cutting import confinement
from videos.cutting import ffmpeg as encoder
from videos.cutting.captions import CaptionTrack, Cue
from videos.cutting.encode import Part, encode
from videos.cutting.index import build_index
from videos.cutting.labels import Labels
from videos.cutting.source_index import SourceIndex
from videos.errors import EncodingFailed, NoSound, PartUnreadable, SeveralRecordings

SOAK = os.environ.get("SOAK", "0") != "0"
IN_SYNC = 0.010
# Takes minutes to decode and judge.
TOO_LONG = {"two_hours"}
PICTURES = [name for name, recipe in CORPUS.items() if recipe.has_numbers and name not in TOO_LONG]


def spans(count: int, name: str) -> list[tuple[int, int]]:
    """Some first frames and ends: the whole, one frame, and others by chance."""
    chance = Random(name)
    some = [tuple(sorted(chance.sample(range(count + 1), 2))) for _ in range(20 if SOAK else 1)]
    return [(0, count), (count - 1, count), *((first, end) for first, end in some)]


@pytest.mark.parametrize("name", PICTURES)
def test_encoded_clip_has_exactly_its_frames(name: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    source = made(name)
    index = build_index(source.path)
    for first, end in spans(index.frame_count, name):
        target = tmp_path / "clip.mp4"
        encode(Part(source.path, index, first, end), target, audio_only=False, labels=Labels(), progress=lambda _: None)
        expected = [source.facts.number_of(frame) for frame in range(first, end)]
        assert judge.frame_numbers(target) == expected, (first, end)
        assert judge.moov_before_mdat(target)
        assert judge.strict_decode_errors(target) == ""
        if not source.facts.repeats:
            for track in range(len(source.facts.sounds)):
                late = judge.sync_error(target, source.facts.sound_at, track)
                assert late is None or abs(late) < IN_SYNC, (first, end, track)


def test_recording_that_begins_in_the_middle_has_the_frames_that_can_be_shown(
    made: Callable[[str], Made], tmp_path: Path
) -> None:
    begun, target = tmp_path / "begun.ts", tmp_path / "clip.mp4"
    whole = transport_stream(made, tmp_path)
    begun.write_bytes(whole[len(whole) // 3 // 188 * 188 :])
    numbers = judge.frame_numbers(begun)
    assert 0 < len(numbers) < 125
    index = build_index(begun)
    assert index.frame_count == len(numbers)
    for first, end in ((0, 20), (7, len(numbers))):
        encode(Part(begun, index, first, end), target, audio_only=False, labels=Labels(), progress=lambda _: None)
        assert judge.frame_numbers(target) == numbers[first:end]


def test_several_recordings_in_one_file_are_refused(made: Callable[[str], Made], tmp_path: Path) -> None:
    joined = tmp_path / "joined.ts"
    joined.write_bytes(transport_stream(made, tmp_path) * 2)
    with pytest.raises(SeveralRecordings) as refused:
        build_index(joined)
    assert "after 7 seconds" in str(refused.value)


def transport_stream(made: Callable[[str], Made], folder: Path) -> bytes:
    """Of six seconds, closed GOPs."""
    path = folder / "whole.ts"
    ffmpeg("-i", str(made("closed_gop").path), "-c", "copy", str(path))
    return path.read_bytes()


def test_decoding_begins_at_the_key_frame_before_however_long_before(tmp_path: Path) -> None:
    path, target = tmp_path / "long.ts", tmp_path / "clip.mp4"
    write(path, *x264("keyint=2000:bframes=3"), seconds=26, size=(160, 90))
    part = Part(path, SourceIndex.from_bytes(build_index(path).to_bytes()), 630, 640)
    encode(part, target, audio_only=False, labels=Labels(), progress=lambda _: None)
    assert judge.frame_numbers(target) == list(range(630, 640))


@pytest.mark.parametrize("video", [x264("keyint=25:bframes=3"), "-c:v mpeg4 -bf 2 -g 25 -q:v 3".split()])
def test_files_that_tell_only_when_pictures_are_decoded_can_be_cut(video: list[str], tmp_path: Path) -> None:
    path, target = tmp_path / "source.avi", tmp_path / "clip.mp4"
    write(path, *video, seconds=24, size=(160, 90), sounds=(Sound("pcm_s16le"),))
    index = build_index(path)
    assert index.frame_count == index.duration * 25 - index.time_of(0) * 25 == 600
    for first, end in ((0, 60), (10, 20), (563, 580), (599, 600)):
        encode(Part(path, index, first, end), target, audio_only=False, labels=Labels(), progress=lambda _: None)
        assert judge.frame_numbers(target) == list(range(first, end))


def test_a_part_without_a_picture_is_called_so(made: Callable[[str], Made], tmp_path: Path) -> None:
    whole = transport_stream(made, tmp_path)
    index = build_index(tmp_path / "whole.ts")
    path, target = tmp_path / "broken.ts", tmp_path / "clip.mp4"
    path.write_bytes(whole[: len(whole) // 5 // 188 * 188])
    with pytest.raises(PartUnreadable):
        encode(Part(path, index, 100, 120), target, audio_only=False, labels=Labels(), progress=lambda _: None)


def test_frames_two_milliseconds_apart_are_told_apart(tmp_path: Path) -> None:
    path, target = tmp_path / "fast.mkv", tmp_path / "clip.mp4"
    write(path, *x264("keyint=50"), seconds=0.5, rate=Fraction(480), sounds=())
    index = build_index(path)
    for first, end in ((0, 50), (100, 200), (202, 203)):
        encode(Part(path, index, first, end), target, audio_only=False, labels=Labels(), progress=lambda _: None)
        assert judge.frame_numbers(target) == list(range(first, end))


def test_of_two_frames_at_one_moment_those_are_in_a_clip_that_were_asked_for(tmp_path: Path) -> None:
    whole, path, target = tmp_path / "whole.mp4", tmp_path / "twice.mkv", tmp_path / "clip.mp4"
    write(whole, *x264("bframes=0"), seconds=1)
    # Frame 10 is shown when frame 11 is.
    clock = r"setpts=(N+eq(N\,10))/25/TB"
    ffmpeg(*f"-i {whole} -vf {clock} -c:v libx264 -bf 0 -fps_mode passthrough {path}".split())
    index = build_index(path)
    assert index.time_of(10) == index.time_of(11)
    for first, end in ((0, 25), (10, 15), (11, 15), (5, 10), (5, 11), (5, 12)):
        encode(Part(path, index, first, end), target, audio_only=False, labels=Labels(), progress=lambda _: None)
        assert judge.frame_numbers(target) == list(range(first, end))


def test_odd_sizes_lose_a_line_and_a_column(tmp_path: Path) -> None:
    path, target = tmp_path / "odd.mp4", tmp_path / "clip.mp4"
    write(path, *x264("keyint=25", pixels="yuv444p"), seconds=1, size=(321, 181))
    encode(Part(path, build_index(path), 5, 20), target, audio_only=False, labels=Labels(), progress=lambda _: None)
    assert judge.frame_numbers(target) == list(range(5, 20))
    with av.open(str(target)) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (320, 180)


def test_timecode_languages_and_captions_go_along(made: Callable[[str], Made], tmp_path: Path) -> None:
    source = made("mxf")
    second = Fraction(1)
    cues = [
        Cue(0 * second, second, "Gone"),
        Cue(second, 3 * second, "Clipped\n\nat both ends"),
        Cue(9 * second, 10 * second, "Later"),
    ]
    captions = [CaptionTrack("fr", cues), CaptionTrack("en", cues[:1])]
    target = tmp_path / "clip.mp4"
    part = Part(source.path, build_index(source.path), 30, 60)
    encode(part, target, audio_only=False, labels=Labels(), progress=lambda _: None, captions=captions)
    index = build_index(target)
    assert index.timecode is not None
    assert index.timecode.name_of(0) == "10:00:01:05"
    (text,) = index.texts
    assert text.language == "fra"
    with av.open(str(target)) as clip:
        shown = [
            (packet.pts, bytes(packet)[2:].decode())
            for packet in clip.demux(clip.streams.subtitles[0])
            if packet.size > 2
        ]
    assert shown == [(0, "Clipped\nat both ends")]


def encoders_of(target: Path) -> list[psutil.Process]:
    """The child processes that write a file now."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if child.cmdline()[-1:] == [f"file:{target}"]:
                found.append(child)
    return found


def test_encoder_ends_when_progress_says_stop(
    made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception):
        pass

    source, target = made("closed_gop"), tmp_path / "clip.mp4"
    seen: list[psutil.Process] = []

    def stop(_percent: int) -> None:
        seen.extend(encoders_of(target))
        if seen:
            raise Stop

    monkeypatch.setattr(confinement, "TELL_SECONDS", 0.01)
    with pytest.raises(Stop):
        encode(
            Part(source.path, build_index(source.path), 0, 150),
            target,
            audio_only=False,
            labels=Labels(),
            progress=stop,
        )
    assert not any(process.is_running() for process in seen)
    # And not because it had done its work.
    assert not target.exists() or b"moov" not in target.read_bytes()


def test_encoder_has_limits(made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = made("closed_gop")
    part = Part(source.path, build_index(source.path), 0, 100)
    for name, value in (("FILE_BYTES", 4096), ("MEMORY_BYTES", 16 * 1024**2)):
        with monkeypatch.context() as limited:
            limited.setattr(encoder, name, value)
            with pytest.raises(EncodingFailed) as caught:
                encode(part, tmp_path / "clip.mp4", audio_only=False, labels=Labels(), progress=lambda _: None)
            assert not isinstance(caught.value, PartUnreadable)


def test_a_broken_part_of_the_source_is_called_so(made: Callable[[str], Made], tmp_path: Path) -> None:
    whole = bytearray(made("motion_jpeg").path.read_bytes())
    index = build_index(made("motion_jpeg").path)
    path = tmp_path / "broken.avi"
    middle = len(whole) // 2
    whole[middle : middle + 60_000] = bytes(60_000)
    path.write_bytes(whole)
    with pytest.raises(PartUnreadable):
        encode(
            Part(path, index, 0, 150), tmp_path / "c.mp4", audio_only=False, labels=Labels(), progress=lambda _: None
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_encoder_that_somebody_ended_is_not_the_sources_fault(
    number: signal.Signals, made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "TELL_SECONDS", 0.01)

    def end(_percent: int) -> None:
        for process in encoders_of(tmp_path / "clip.mp4"):
            with suppress(psutil.Error):
                process.send_signal(number)

    source = made("closed_gop")
    part = Part(source.path, build_index(source.path), 0, 100)
    with pytest.raises(EncodingFailed) as caught:
        encode(part, tmp_path / "clip.mp4", audio_only=False, labels=Labels(), progress=end)
    assert not isinstance(caught.value, PartUnreadable)


def test_sound_alone_of_a_video_without(made: Callable[[str], Made], tmp_path: Path) -> None:
    silent = next((name for name, recipe in CORPUS.items() if recipe.has_numbers and not recipe.sounds), None)
    if silent is None:
        pytest.skip("the corpus has no source without sound yet")
    source = made(silent)
    part = Part(source.path, build_index(source.path), 0, 10)
    with pytest.raises(NoSound):
        encode(part, tmp_path / "clip.m4a", audio_only=True, labels=Labels(), progress=lambda _: None)
