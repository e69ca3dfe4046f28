"""Captions that are in a source which is encoded as a whole go along, as they do where it is copied."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.cutting.encoding import ffmpeg
from videos.cutting.captions import CaptionTrack, Cue, one_by_one
from videos.cutting.encode import Part, encode
from videos.cutting.index import build_index
from videos.cutting.labels import Labels

# One begins long before every in point, more than the 20 seconds for which decoding begins earlier.
SUBRIP = """1
00:00:01,000 --> 00:00:31,200
<i>All the time</i>

2
00:00:30,400 --> 00:00:30,800
Patrol

3
00:00:32,000 --> 00:00:33,000
Too late
"""
WORDS = "-f lavfi -i testsrc2=size=64x36:rate=25:duration=34 -itsoffset {late} -i {cues} -map 0 -map 1:s -map 1:s"


def clip_of(path: Path, target: Path, first: int, end: int, captions: Sequence[CaptionTrack] = ()) -> None:
    """A clip, encoded as a whole."""
    part = Part(path, build_index(path), first, end)
    encode(part, target, audio_only=False, labels=Labels(), progress=lambda _: None, captions=captions)


def shown(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """By language, when each caption begins and ends (milliseconds), and its text."""
    found = {}
    with av.open(str(path)) as clip:
        for stream in clip.streams.subtitles:
            assert stream.time_base
            ticks = 1000 * stream.time_base
            found[stream.language or ""] = [
                (round(packet.pts * ticks), round((packet.pts + packet.duration) * ticks), text_of(bytes(packet)))
                for packet in clip.demux(stream)
                if packet.size > 2 and packet.pts is not None and packet.duration is not None
            ]
            clip.seek(0)
    return found


def text_of(sample: bytes) -> str:
    """What a sample of timed text says, without its styles."""
    return sample[2 : 2 + int.from_bytes(sample[:2])].decode()


@pytest.mark.parametrize(
    ("suffix", "kinds", "late"),
    [
        ("mkv", ("srt", "ass"), 0),
        # Its clock begins at two seconds.
        ("mkv", ("srt", "srt"), 2),
        ("webm", ("webvtt", "webvtt"), 0),
        ("mp4", ("mov_text", "mov_text"), 0),
    ],
)
def test_text_in_the_source_is_clipped_to_the_part(
    suffix: str, kinds: tuple[str, str], late: int, tmp_path: Path
) -> None:
    path, cues, target = tmp_path / f"source.{suffix}", tmp_path / "cues.srt", tmp_path / "clip.mp4"
    cues.write_text(SUBRIP)
    codec = ["libvpx", "-deadline", "realtime"] if suffix == "webm" else ["mpeg4"]
    ffmpeg(
        *("-itsoffset", str(late), *WORDS.format(cues=cues, late=late).split()),
        *("-c:v", *codec, "-c:s:0", kinds[0], "-c:s:1", kinds[1]),
        *("-metadata:s:s:0", "language=fre", "-metadata:s:s:1", "language=eng", str(path)),
    )
    own = [(0, 400, "All the time"), (400, 800, "All the time\nPatrol"), (800, 1200, "All the time")]
    if suffix == "mp4":
        # It has one text at a time, and ffmpeg wrote the second instead of the first.
        own = [(0, 400, "All the time"), (400, 800, "Patrol")]
    clip_of(path, target, 750, 787)
    assert shown(target) == {"fra": own, "eng": own}
    second = Fraction(1)
    ours = [CaptionTrack("fr", [Cue(30 * second, 31 * second, "Patrouille")])]
    clip_of(path, target, 750, 787, ours)
    assert shown(target) == {"fra": [(0, 1000, "Patrouille")], "eng": own}


def test_pictures_of_text_are_left_out(tmp_path: Path) -> None:
    path, target = tmp_path / "source.mkv", tmp_path / "clip.mp4"
    cues, bitmaps = tmp_path / "cues.srt", tmp_path / "bitmaps.sup"
    cues.write_text(SUBRIP)
    # A Blu-ray's: each second a set of nothing.
    bitmaps.write_bytes(b"".join(struct.pack(">2sIIBH", b"PG", second * 90_000, 0, 0x80, 0) for second in range(34)))
    inputs = f"-f lavfi -i testsrc2=size=64x36:rate=25:duration=34 -i {bitmaps} -i {cues} -map 0 -map 1 -map 2"
    ffmpeg(*inputs.split(), "-c:v", "mpeg4", "-c:s:0", "copy", "-metadata:s:s:1", "language=ger", str(path))
    clip_of(path, target, 750, 787)
    assert list(shown(target)) == ["deu"]


def test_texts_that_overlap_are_shown_one_below_the_other() -> None:
    cues = [Cue(Fraction(start), Fraction(end), text) for text, start, end in [("a", 0, 4), ("b", 2, 6), ("c", 7, 8)]]
    alone = [(int(cue.start), int(cue.end), cue.text) for cue in one_by_one(cues)]
    assert alone == [(0, 2, "a"), (2, 4, "a\nb"), (4, 6, "b"), (7, 8, "c")]
