"""A track of an MP4 or MOV file: what it is, and when its samples are presented."""

import struct
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from videos.cutting.boxes import Box
from videos.cutting.tables import Numbers, Samples, read_tables
from videos.errors import CannotCopy

TEXT_KINDS = ("sbtl", "text")
TIMED_TEXT = b"tx3g"
NORMAL_SPEED = 1 << 16
EMPTY_EDIT = -1
# Bytes of a sample entry before the boxes in it.
PICTURE_FIELDS, SOUND_FIELDS = 78, 28
UNCOMPRESSED = {b"sowt", b"twos", b"in24", b"in32", b"fl32", b"fl64", b"lpcm", b"raw ", b"ipcm", b"fpcm"}


@dataclass(frozen=True)
class Track:
    """A track. `delay`: seconds of nothing before it; `media_start`: time at which what is shown of it begins, and
    `media_end` ends (None: with the last sample), in units of `timescale`. `entries`: its sample entries, as boxes.
    `sync`: numbers of the samples at which decoding may start, or None: at any. `matrix`, `width`, `height`: as in its
    header (16.16 fixed point). `language`: three letters.
    """

    number: int
    kind: str
    timescale: int
    entries: list[bytes]
    samples: Samples
    sync: Numbers | None = None
    delay: Fraction = Fraction(0)
    media_start: int = 0
    media_end: int | None = None
    language: str = "und"
    matrix: bytes = b""
    width: int = 0
    height: int = 0

    @property
    def codec(self) -> bytes:
        """The four letters of its first sample entry."""
        return self.entries[0][4:8] if self.entries else b""

    @property
    def start(self) -> Fraction:
        """When its first sample is presented, in seconds of the file's presentation."""
        first = 0
        if self.kind == "vide":
            shown = self.samples.pts[self.samples.pts >= self.media_start]
            first = int(shown.min()) if len(shown) else 0
        return self.delay + Fraction(max(0, first - self.media_start), self.timescale)


def read_track(trak: Box, movie_timescale: int) -> Track | None:
    """A track of pictures, sound, timecode or text; None for others. Raises CannotCopy if we cannot follow it."""
    mdia = trak.need("mdia")
    kind = mdia.need("hdlr").body[8:12].decode("latin-1")
    if kind not in ("vide", "soun", "tmcd", *TEXT_KINDS):
        return None
    header = mdia.need("mdhd")
    timescale, language = _media_header(header)
    tkhd = trak.need("tkhd")
    wide = 12 * tkhd.version
    (number,) = tkhd.take("I", 12 + (8 if tkhd.version else 0))
    stbl = mdia.need("minf/stbl")
    entries = [box.write() for box in stbl.need("stsd").children(8)]
    if not entries:
        raise CannotCopy("a track without a sample entry")
    samples, sync = read_tables(stbl)
    if kind == "soun" and entries[0][4:8] in UNCOMPRESSED:
        samples = _moments(samples, entries[0])
    delay, start, end = read_edits(trak, movie_timescale)
    return Track(
        number=number,
        kind=kind,
        timescale=timescale,
        entries=entries,
        samples=samples,
        sync=sync,
        delay=delay,
        media_start=start,
        media_end=end,
        language=language,
        matrix=tkhd.body[40 + wide : 76 + wide],
        width=tkhd.take("I", 76 + wide)[0],
        height=tkhd.take("I", 80 + wide)[0],
    )


def read_edits(trak: Box, movie_timescale: int) -> tuple[Fraction, int, int | None]:
    """Seconds of nothing before a track, where what is shown of it begins, and where it ends.

    ISO/IEC 14496-12, section 8.6.6. Raises CannotCopy for more than one piece, or another speed.
    """
    elst = trak.find("edts/elst")
    if elst is None:
        return Fraction(0), 0, None
    delay = Fraction(0)
    pieces: list[tuple[int, int]] = []
    layout = "QqI" if elst.version else "IiI"
    (count,) = elst.take("I")
    for at in range(count):
        length, media_time, speed = elst.take(layout, 8 + at * struct.calcsize(">" + layout))
        if media_time == EMPTY_EDIT and not pieces:
            delay += Fraction(length, movie_timescale)
        elif media_time >= 0 and speed == NORMAL_SPEED:
            pieces.append((media_time, length))
        else:
            raise CannotCopy("an edit list with a gap, or at another speed")
    if len(pieces) > 1:
        raise CannotCopy("an edit list of several pieces")
    if not pieces:
        return delay, 0, None
    media_time, length = pieces[0]
    timescale, _ = _media_header(trak.need("mdia/mdhd"))
    # A length of nothing is what fragmented files have: all that comes.
    end = media_time + round(Fraction(length * timescale, movie_timescale)) if length else None
    return delay, media_time, end


def _media_header(mdhd: Box) -> tuple[int, str]:
    timescale, language = mdhd.take("I8xH", 20) if mdhd.version else mdhd.take("I4xH", 12)
    if not timescale:
        raise CannotCopy("a track without a clock")
    letters = [(language >> shift & 31) + 0x60 for shift in (10, 5, 0)]
    packed = all(0x61 <= letter <= 0x7A for letter in letters)
    return timescale, bytes(letters).decode() if packed else "und"


def _moments(samples: Samples, entry: bytes) -> Samples:
    """Uncompressed sound with one sample a moment, whatever QuickTime's version of it calls a sample."""
    version, channels, bits = struct.unpack_from(">H6xHH", entry, 16)
    size = channels * ((bits + 7) // 8)
    if version == 1:
        (size,) = struct.unpack_from(">I", entry, 16 + 28)
    elif version == 2:
        (size,) = struct.unpack_from(">I", entry, 16 + 48)
    if not samples.all_one_size or not size:
        raise CannotCopy("uncompressed sound in samples of several sizes")
    return replace(samples, sizes=np.array([size])) if samples.sizes[0] < size else samples
