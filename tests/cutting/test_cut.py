"""Clips are exact to the frame, in sync, and made of the source's own pictures wherever that is possible."""

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.cutting import judge
from tests.cutting.clips import faults, index_of, make_clip
from tests.cutting.corpus import Made
from tests.cutting.encoding import Sound, ffmpeg, x264
from tests.cutting.encoding import encode as write
from tests.cutting.presented import sound_of
from videos.cutting.captions import CaptionTrack, Cue
from videos.cutting.cut import CutOrder, cut
from videos.cutting.families import FAMILIES
from videos.cutting.index import SourceIndex
from videos.cutting.labels import Labels
from videos.cutting.source import FileSource
from videos.cutting.user_data import without_user_data
from videos.errors import CannotCopy, SourceChanged, SourceUnreadable

Make = Callable[[str], Made]


@pytest.mark.parametrize("name", ["closed_gop", "open_gop", "two_languages", "hevc"])
def test_clips_between_random_points_have_no_fault(name: str, made: Make, tmp_path: Path) -> None:
    source = made(name)
    points = random.Random(7)
    for number in range(3):
        first, end = sorted(points.sample(range(source.facts.frame_count + 1), 2))
        clip = make_clip(source, first, end, tmp_path / f"{number}.mp4")
        assert not faults(clip), (first, end, clip.result.method, clip.result.encoded_frames)


@pytest.mark.parametrize(
    ("first", "end", "encoded", "method"),
    [
        (25, 75, 0, "copied"),
        (24, 75, 1, "partly_encoded"),
        (26, 75, 24, "partly_encoded"),
        (30, 45, 15, "encoded"),
        (149, 150, 1, "encoded"),
        (50, 51, 0, "copied"),
        (0, 150, 0, "copied"),
    ],
)
def test_only_frames_between_a_point_and_a_key_frame_are_encoded(
    first: int, end: int, encoded: int, method: str, made: Make, tmp_path: Path
) -> None:
    clip = make_clip(made("closed_gop"), first, end, tmp_path / "clip.mp4")
    assert (clip.result.encoded_frames, clip.result.method) == (encoded, method)
    assert not faults(clip)


@pytest.mark.parametrize("end", range(76, 84))
def test_a_pyramid_at_the_tail_lets_no_unwanted_picture_in(end: int, made: Make, tmp_path: Path) -> None:
    clip = make_clip(made("closed_gop"), 50, end, tmp_path / "clip.mp4")
    assert not faults(clip)
    assert clip.result.encoded_frames <= 4


def test_copied_pictures_of_a_closed_gop_are_the_source_s_to_the_bit(made: Make, tmp_path: Path) -> None:
    source = made("closed_gop")
    clip = make_clip(source, 30, 100, tmp_path / "clip.mp4")
    copied = judge.packets(clip.path)[20:]
    assert copied == judge.packets(source.path)[50:100]


@pytest.mark.parametrize("name", ["closed_gop", "mbaff"])
def test_a_decoder_that_knows_the_parameter_sets_alone_shows_every_picture(
    name: str, made: Make, tmp_path: Path
) -> None:
    # As in Chromium. FFmpeg's own demuxer tells its decoder beforehand how far pictures are reordered.
    clip = make_clip(made(name), 33, 90, tmp_path / "clip.mp4")
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        decoder = av.CodecContext.create("h264", "r")
        decoder.extradata = stream.codec_context.extradata
        packets = [packet for packet in container.demux(stream) if packet.size]
        shown = [frame.pts for packet in [*packets, None] for frame in decoder.decode(packet)]
    assert shown == sorted(packet.pts for packet in packets if packet.pts is not None)


def test_sound_is_copied(made: Make, tmp_path: Path) -> None:
    source = made("closed_gop")
    clip = make_clip(source, 30, 100, tmp_path / "clip.mp4")
    assert set(judge.packets(clip.path, "audio")) <= set(judge.packets(source.path, "audio"))


class CountingSource(FileSource):
    """Counts what is asked of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.requests = self.bytes_read = 0

    def read(self, offset: int, length: int) -> bytes:
        self.requests += 1
        self.bytes_read += length
        return super().read(offset, length)


def test_a_cut_reads_the_clip_and_the_gops_at_its_ends_only(made: Make, tmp_path: Path) -> None:
    source = made("long_gop")
    with CountingSource(source.path) as file, (tmp_path / "clip.mp4").open("w+b") as target:
        result = cut(file, index_of(source.path), CutOrder(60, 90), target, lambda percent: None)
        assert file.requests <= 10
        assert file.bytes_read <= 1.2 * result.size_bytes + 1_000_000


def test_labels_go_along_and_the_source_s_own_metadata_do_not(made: Make, tmp_path: Path) -> None:
    labels = Labels("Un couloir pour les baleines", "Vesper / Léa Roy", "Usage éditorial seulement", "fr")
    clip = make_clip(made("closed_gop"), 25, 50, tmp_path / "clip.mp4", labels)
    written = clip.path.read_bytes()
    assert not judge.strict_decode_errors(clip.path)
    for text in (labels.title, labels.credit, labels.usage_terms):
        assert written.count(text.encode()) >= 2
    for leak in (b"Lavf", b"Lavc", b"x264", b"\xa9too", b"\xa9xyz"):
        assert leak not in written[: written.index(b"mdat")]


def test_captions_are_shifted_and_one_that_spans_a_point_is_clipped(made: Make, tmp_path: Path) -> None:
    spans = [("before and in", 0, 1.5), ("in", 2, 2.5), ("after", 5, 6)]
    cues = [Cue(Fraction(start), Fraction(end), text) for text, start, end in spans]
    clip = make_clip(made("closed_gop"), 25, 75, tmp_path / "clip.mp4", captions=[CaptionTrack("fr", cues)])
    with av.open(str(clip.path)) as container:
        assert container.streams.subtitles[0].language == "fra"
        packets = [packet for packet in container.demux(subtitles=0) if packet.size]
        shown = [(packet.pts, packet.duration, bytes(packet)[2:]) for packet in packets]
    assert shown == [(0, 500, b"before and in"), (500, 500, b""), (1000, 500, b"in"), (1500, 500, b"")]


def test_a_source_s_own_captions_go_along(made: Make, tmp_path: Path) -> None:
    source = made("two_languages")
    clip = make_clip(source, 35, 75, tmp_path / "clip.mp4")
    assert not faults(clip)
    assert [text.decode() for _at, text in texts_of(clip.path)] == ["second 1", "second 2"]
    starts = [float(at) for at, _text in texts_of(clip.path)]
    assert starts == pytest.approx([0, 0.8], abs=0.002)


def texts_of(path: Path) -> list[tuple[Fraction, bytes]]:
    """When each caption is shown, and its text."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(subtitles=0) if packet.size > 2]
        return [((packet.pts or 0) * packet.time_base, bytes(packet)[2:]) for packet in packets]


def test_progress_may_stop_the_work(made: Make, tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def stop(percent: int) -> None:
        if percent > 20:
            raise Cancelled

    source = made("closed_gop")
    with FileSource(source.path) as file, (tmp_path / "clip.mp4").open("w+b") as target, pytest.raises(Cancelled):
        cut(file, index_of(source.path), CutOrder(30, 100), target, stop)


def test_progress_rises_to_the_end(made: Make, tmp_path: Path) -> None:
    seen: list[int] = []
    source = made("closed_gop")
    with FileSource(source.path) as file, (tmp_path / "clip.mp4").open("w+b") as target:
        cut(file, index_of(source.path), CutOrder(30, 100), target, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 100


def test_a_replaced_source_is_noticed(made: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(made("closed_gop").path.read_bytes() + b"\0")
    with FileSource(other) as file, (tmp_path / "clip.mp4").open("w+b") as target, pytest.raises(SourceChanged):
        cut(file, index_of(made("closed_gop").path), CutOrder(0, 10), target, lambda percent: None)


def test_a_source_that_ends_too_early_is_unreadable(made: Make, tmp_path: Path) -> None:
    whole = made("closed_gop").path.read_bytes()
    cut_off = tmp_path / "cut-off.mp4"
    cut_off.write_bytes(whole)
    with FileSource(cut_off) as file, (tmp_path / "clip.mp4").open("w+b") as target:
        cut_off.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(SourceUnreadable):
            cut(file, index_of(made("closed_gop").path), CutOrder(100, 150), target, lambda percent: None)


def test_what_cannot_be_copied_says_why(made: Make, tmp_path: Path) -> None:
    source = made("closed_gop")
    matroska = replace(source, path=tmp_path / "source.mkv")
    ffmpeg("-i", str(source.path), "-c", "copy", str(matroska.path))
    assert index_of(matroska.path).frame_count == source.facts.frame_count
    assert [index_of(matroska.path).time_of(frame) for frame in (0, 149, 150)] == [0, Fraction(149, 25), 6]
    with pytest.raises(CannotCopy):
        make_clip(matroska, 0, 10, tmp_path / "clip.mp4")


def test_an_index_that_is_no_index_is_refused() -> None:
    for kept in (b"", b"PK", b"{}"):
        with pytest.raises(CannotCopy):
            SourceIndex.from_bytes(kept)


USER_DATA = "17ee8c60-f84d-11d9-8cd6-0800200c9a66+48.8584N 2.2945E camera 1234567"


@pytest.mark.parametrize(("first", "end"), [(25, 75), (30, 80)])
def test_what_a_camera_wrote_beside_its_pictures_stays_behind(first: int, end: int, made: Make, tmp_path: Path) -> None:
    source = made("closed_gop")
    told = tmp_path / "told.mp4"
    ffmpeg("-i", str(source.path), "-c", "copy", "-bsf:v", f"h264_metadata=sei_user_data={USER_DATA}", str(told))
    assert told.read_bytes().count(b"48.8584N") >= 6
    clip = make_clip(replace(source, path=told), first, end, tmp_path / "clip.mp4")
    assert not clip.path.read_bytes().count(b"1234567")
    assert not judge.strict_decode_errors(clip.path)
    assert judge.frame_numbers(clip.path) == list(range(first, end))


def test_user_data_is_overwritten_where_it_stands_and_nothing_else() -> None:
    captions, ours = b"\x04\x03abc", b"\x05\x14" + bytes(range(16)) + b"\x00\x00\x03\x01\x02"
    unit = b"\x06" + captions + ours + captions + b"\x80"
    slices = b"\x65 slices \x05\x02xy"
    sample = b"".join(len(nal).to_bytes(4) + nal for nal in (unit, slices))
    clean = bytes(without_user_data(sample, FAMILIES[b"avc1"], 4))
    hidden = b"\x05\x14" + b"\xff" * 16 + b"\x00\x00\x03\xff\xff"
    assert clean == sample.replace(ours, hidden)
    assert without_user_data(b"\0\0\0\1\x65", FAMILIES[b"avc1"], 4) == b"\0\0\0\1\x65"


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_mp3_sounds_as_the_source_from_the_in_point_on(suffix: str, tmp_path: Path) -> None:
    path, target = tmp_path / f"source.{suffix}", tmp_path / f"clip.{suffix}"
    # Of so few bits a second that a frame's bytes may begin four frames earlier.
    write(path, *x264("keyint=25"), seconds=3, sounds=(Sound("libmp3lame", bit_rate="64k"),))
    index = index_of(path)
    with FileSource(path) as source, target.open("w+b") as file:
        cut(source, index, CutOrder(30, 60), file, lambda _: None)
    begins, rate, whole = sound_of(path, 0)
    _, _, part = sound_of(target, 0)
    at = round((index.time_of(30) + index.zero - begins) * rate)
    some = rate // 5
    # To half a millisecond: how much a decoder leaves out at the beginning is told in whole ticks.
    differences = [float(np.abs(whole[at + shift : at + shift + some] - part[:some]).max()) for shift in range(-24, 25)]
    assert min(differences) < 0.01
