"""Writes the table of contents of a clip: ISO/IEC 14496-12, section 8; QuickTime File Format."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from videos.cutting.boxes import write_box, write_full_box
from videos.cutting.tables import Numbers

UNITY = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
NAMES = {"vide": b"Picture", "soun": b"Sound", "tmcd": b"Timecode", "sbtl": b"Captions"}
ENABLED_IN_MOVIE = 3
SELF_CONTAINED = 1
CONTAINER_BRANDS = {"mp4": (b"isom", 512, b"isomiso2avc1mp41"), "mov": (b"qt  ", 512, b"qt  ")}
# From here on, 64 bits.
LARGE = 1 << 32
EMPTY_EDIT = -1
NORMAL_SPEED = 1 << 16


@dataclass
class OutTrack:
    """A track to be written. Times in units of `timescale`.

    `sizes`: bytes of each sample, or one number for all; `durations`: of each, or one number; `count`: how many there
    are; `shifts`: from decoding to showing, or empty; `sync`: which can be decoded by themselves, from 0, or None: all.
    `delay`, `length`: seconds of nothing, and of what is shown, from `media_start` on. `chunks`: place in the file and
    number of samples of each, in its order.
    """

    kind: str
    entry: bytes
    timescale: int
    count: int
    sizes: Numbers
    durations: Numbers
    media_start: int
    length: Fraction
    delay: Fraction = Fraction(0)
    shifts: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    sync: Numbers | None = None
    matrix: bytes = UNITY
    width: int = 0
    height: int = 0
    language: str = "und"
    chunks: list[tuple[int, int]] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        """Of all its samples."""
        return int(self.sizes[0]) * self.count if len(self.sizes) == 1 else int(self.sizes.sum())


def write_ftyp(container: str) -> bytes:
    """The first box of a file: for whom it is."""
    brand, version, compatible = CONTAINER_BRANDS[container]
    return write_box(b"ftyp", brand, struct.pack(">I", version), compatible)


def write_moov(tracks: Sequence[OutTrack], timescale: int, labels: bytes, *, large: bool) -> bytes:
    """The table of contents. `timescale`: of edit lists; `labels`: what follows the tracks; `large`: whether places
    may need 64 bits. Its own size depends neither on the places of chunks nor on the sizes of pictures.
    """
    duration = max(_ticks(track.delay + track.length, timescale) for track in tracks)
    pictures = next((number for number, track in enumerate(tracks, 1) if track.kind == "vide"), 0)
    timecode = next((number for number, track in enumerate(tracks, 1) if track.kind == "tmcd"), 0)
    mvhd = _timed(
        b"mvhd", 0, [timescale], duration,
        struct.pack(">IH10x", 1 << 16, 1 << 8) + UNITY + bytes(24) + struct.pack(">I", len(tracks) + 1),
    )  # fmt: skip
    traks = []
    seen: set[str] = set()
    for number, track in enumerate(tracks, 1):
        reference = write_box(b"tref", write_box(b"tmcd", struct.pack(">I", timecode)))
        traks.append(
            write_box(
                b"trak",
                _tkhd(track, number, timescale, enabled=track.kind not in seen or track.kind == "sbtl"),
                _edts(track, timescale),
                reference if number == pictures and timecode else b"",
                _mdia(track, large),
            )
        )
        seen.add(track.kind)
    return write_box(b"moov", mvhd, *traks, labels)


def _ticks(seconds: Fraction, timescale: int) -> int:
    return round(seconds * timescale)


def _timed(kind: bytes, flags: int, numbers: list[int], duration: int, rest: bytes) -> bytes:
    """A header with times: nothing about when it was made, its numbers, its length."""
    large = duration >= LARGE
    times = struct.pack(">QQ" if large else ">II", 0, 0)
    length = struct.pack(">Q" if large else ">I", duration)
    return write_full_box(kind, int(large), flags, times, struct.pack(f">{len(numbers)}I", *numbers), length, rest)


def _tkhd(track: OutTrack, number: int, timescale: int, *, enabled: bool) -> bytes:
    """Of several tracks of sound the first is on, the others wait to be chosen."""
    volume = 1 << 8 if track.kind == "soun" else 0
    group = {"soun": 1, "sbtl": 2}.get(track.kind, 0)
    flags = ENABLED_IN_MOVIE if enabled else ENABLED_IN_MOVIE - 1
    rest = struct.pack(">8xHHHH", 0, group, volume, 0) + track.matrix + struct.pack(">II", track.width, track.height)
    return _timed(b"tkhd", flags, [number, 0], _ticks(track.delay + track.length, timescale), rest)


def _edts(track: OutTrack, timescale: int) -> bytes:
    delay = _ticks(track.delay, timescale)
    edits = [(delay, EMPTY_EDIT)] if delay else []
    edits.append((_ticks(track.delay + track.length, timescale) - delay, track.media_start))
    large = any(number >= LARGE // 2 for edit in edits for number in edit)
    layout = ">QqI" if large else ">IiI"
    rows = [struct.pack(layout, length, start, NORMAL_SPEED) for length, start in edits]
    return write_box(b"edts", write_full_box(b"elst", int(large), 0, struct.pack(">I", len(rows)), *rows))


def _mdia(track: OutTrack, large: bool) -> bytes:
    total = int(track.durations[0]) * track.count if len(track.durations) == 1 else int(track.durations.sum())
    letters = [ord(letter) - 0x60 for letter in track.language]
    language = letters[0] << 10 | letters[1] << 5 | letters[2]
    mdhd = _timed(b"mdhd", 0, [track.timescale], total, struct.pack(">HH", language, 0))
    hdlr = write_full_box(b"hdlr", 0, 0, struct.pack(">4x4s12x", track.kind.encode()), NAMES[track.kind], b"\x00")
    dref = write_full_box(b"dref", 0, 0, struct.pack(">I", 1), write_full_box(b"url ", 0, SELF_CONTAINED))
    minf = write_box(b"minf", _media_header(track), write_box(b"dinf", dref), _stbl(track, large))
    return write_box(b"mdia", mdhd, hdlr, minf)


def _media_header(track: OutTrack) -> bytes:
    if track.kind == "vide":
        return write_full_box(b"vmhd", 0, 1, bytes(8))
    if track.kind == "soun":
        return write_full_box(b"smhd", 0, 0, bytes(4))
    if track.kind == "tmcd":
        gmin = write_full_box(b"gmin", 0, 0, struct.pack(">HHHHhH", 0x40, 0x8000, 0x8000, 0x8000, 0, 0))
        look = struct.pack(">HHHH3H3H", 0, 0, 12, 0, 0, 0, 0, 0xFFFF, 0xFFFF, 0xFFFF)
        tcmi = write_full_box(b"tcmi", 0, 0, look, b"\x00")
        return write_box(b"gmhd", gmin, write_box(b"tmcd", tcmi))
    return write_full_box(b"nmhd", 0, 0)


def _stbl(track: OutTrack, large: bool) -> bytes:
    boxes = [
        write_full_box(b"stsd", 0, 0, struct.pack(">I", 1), track.entry),
        _table(b"stts", _in_runs(track.durations, track.count)),
    ]
    if len(track.shifts):
        boxes.append(_table(b"ctts", _in_runs(track.shifts, track.count)))
    if track.sync is not None:
        boxes.append(_table(b"stss", (track.sync + 1).reshape(-1, 1)))
    counts = np.array([count for _, count in track.chunks], np.int64)
    changes = np.flatnonzero(np.diff(counts, prepend=-1))
    boxes.append(_table(b"stsc", np.stack((changes + 1, counts[changes], np.ones_like(changes)), axis=1)))
    if len(track.sizes) == 1 and track.kind != "vide":
        boxes.append(write_full_box(b"stsz", 0, 0, struct.pack(">II", int(track.sizes[0]), track.count)))
    else:
        sizes = track.sizes.astype(">u4").tobytes()
        boxes.append(write_full_box(b"stsz", 0, 0, struct.pack(">II", 0, track.count), sizes))
    places = np.array([place for place, _ in track.chunks], np.int64)
    boxes.append(_table(b"co64" if large else b"stco", places.reshape(-1, 1), ">u8" if large else ">u4"))
    return write_box(b"stbl", *boxes)


def _in_runs(values: Numbers, count: int) -> Numbers:
    """Rows of how often and what."""
    if len(values) == 1:
        return np.array([[count, values[0]]])
    changes = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    return np.stack((np.diff(changes, append=len(values)), values[changes]), axis=1)


def _table(kind: bytes, rows: NDArray[np.int64], number: str = ">u4") -> bytes:
    return write_full_box(kind, 0, 0, struct.pack(">I", len(rows)), rows.astype(number).tobytes())
