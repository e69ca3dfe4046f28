"""The judge's own reader of MP4 and MOV files: boxes, tracks, samples. It shares nothing with the engine's."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "edts", "udta", "mvex", "moof", "traf", "dinf", "tref"}


@dataclass(frozen=True)
class Box:
    """A box: its type, where it begins and ends in the file, and where its content begins."""

    kind: str
    start: int
    content: int
    end: int


@dataclass(frozen=True)
class Sample:
    """A sample: place and size in bytes; decoded, presented and lasting how long, in ticks of its track."""

    offset: int
    size: int
    dts: int
    pts: int
    duration: int
    is_sync: bool


@dataclass(frozen=True)
class Edit:
    """A line of an edit list: length in ticks of the movie, first tick of the media (-1: nothing is shown)."""

    duration: int
    media_time: int


@dataclass
class Track:
    """A track. Durations as its boxes say them: `duration` in ticks of the track, `shown` in ticks of the movie."""

    number: int = 0
    handler: str = ""
    timescale: int = 0
    duration: int = 0
    shown: int = 0
    matrix: bytes = b""
    entries: list[tuple[str, bytes]] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


class Mp4:
    """An MP4 or MOV file. Raises ValueError for a file that is cut off in a box, or none at all."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.top = list(self.boxes(0, len(self.content)))
        self.timescale = self.duration = 0
        self.tracks: list[Track] = []
        self._defaults: dict[int, tuple[int, int, int]] = {}
        for box in self.inside("moov"):
            if box.kind == "mvhd":
                self.timescale, self.duration = self._clock(box, 12, 20)
            elif box.kind == "trak":
                self.tracks.append(self._track(box))
            elif box.kind == "mvex":
                for trex in self.boxes(box.content, box.end):
                    if trex.kind == "trex":
                        number, _entry, *rest = struct.unpack_from(">5I", self.content, trex.content + 4)
                        self._defaults[number] = (rest[0], rest[1], rest[2])
        for box in self.top:
            if box.kind == "moof":
                self._fragment(box)

    def track(self, handler: str) -> Track:
        """The first track of a kind: `vide`, `soun`, `text`, `sbtl`, `tmcd`. Raises ValueError without one."""
        for track in self.tracks:
            if track.handler == handler:
                return track
        raise ValueError(f"no track {handler}")

    def read(self, sample: Sample) -> bytes:
        """A sample's bytes."""
        return self.content[sample.offset : sample.offset + sample.size]

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """The boxes between two places, one after the other."""
        at = start
        while at < end:
            if end - at < 8:
                raise ValueError(f"{end - at} bytes after the last box")
            size, kind = struct.unpack_from(">I4s", self.content, at)
            content = at + 8
            if size == 1:
                size = struct.unpack_from(">Q", self.content, content)[0]
                content += 8
            elif size == 0:
                size = end - at
            if size < content - at or at + size > end:
                raise ValueError(f"box {kind!r} at {at} does not fit")
            yield Box(kind.decode("latin-1"), at, content, at + size)
            at += size

    def inside(self, *kinds: str) -> list[Box]:
        """The boxes within the top boxes of some kinds."""
        return [inner for box in self.top if box.kind in kinds for inner in self.boxes(box.content, box.end)]

    def _clock(self, box: Box, short: int, long: int) -> tuple[int, int]:
        """Timescale and duration of a header, whose 32-bit and 64-bit forms have them at different places."""
        if self.content[box.content]:
            timescale, duration = struct.unpack_from(">IQ", self.content, box.content + long)
        else:
            timescale, duration = struct.unpack_from(">II", self.content, box.content + short)
        return int(timescale), int(duration)

    def _table(self, box: Box, form: str) -> list[tuple[int, ...]]:
        count = struct.unpack_from(">I", self.content, box.content + 4)[0]
        size = struct.calcsize(form)
        first = box.content + 8
        return list(struct.iter_unpack(form, self.content[first : first + count * size]))

    def _track(self, trak: Box) -> Track:
        track = Track()
        tables: dict[str, Box] = {}
        waiting = [trak]
        while waiting:
            for box in self.boxes(waiting[0].content, waiting.pop(0).end):
                if box.kind in CONTAINERS:
                    waiting.append(box)
                tables.setdefault(box.kind, box)
        header = tables["tkhd"].content
        is_long = self.content[header]
        track.number = struct.unpack_from(">I", self.content, header + (20 if is_long else 12))[0]
        track.shown = struct.unpack_from(">Q" if is_long else ">I", self.content, header + (28 if is_long else 20))[0]
        track.matrix = self.content[header + (52 if is_long else 40) :][:36]
        track.timescale, track.duration = self._clock(tables["mdhd"], 12, 20)
        track.handler = self.content[tables["hdlr"].content + 8 :][:4].decode("latin-1")
        entries = tables["stsd"]
        track.entries = [
            (box.kind, self.content[box.content : box.end]) for box in self.boxes(entries.content + 8, entries.end)
        ]
        if elst := tables.get("elst"):
            form = ">QqI" if self.content[elst.content] else ">IiI"
            track.edits = [Edit(row[0], row[1]) for row in self._table(elst, form)]
        track.samples = self._samples(tables)
        return track

    def _samples(self, tables: dict[str, Box]) -> list[Sample]:
        sizes = self._sizes(tables)
        durations = [row[1] for row in self._table(tables["stts"], ">II") for _ in range(row[0])]
        if len(durations) != len(sizes):
            raise ValueError(f"{len(durations)} durations for {len(sizes)} samples")
        shifts = [0] * len(sizes)
        if "ctts" in tables:
            shifts = [row[1] for row in self._table(tables["ctts"], ">Ii") for _ in range(row[0])]
        syncs = None
        if "stss" in tables:
            syncs = {row[0] - 1 for row in self._table(tables["stss"], ">I")}
        samples = []
        dts = 0
        for at, offset in enumerate(self._offsets(tables, sizes)):
            is_sync = syncs is None or at in syncs
            samples.append(Sample(offset, sizes[at], dts, dts + shifts[at], durations[at], is_sync))
            dts += durations[at]
        if len(samples) != len(sizes):
            raise ValueError(f"chunks for {len(samples)} samples of {len(sizes)}")
        return samples

    def _sizes(self, tables: dict[str, Box]) -> list[int]:
        if "stz2" in tables:
            bits, count = struct.unpack_from(">BI", self.content, tables["stz2"].content + 7)
            packed = self.content[tables["stz2"].content + 12 :][: (count * bits + 7) // 8]
            if bits == 4:
                return [half for byte in packed for half in (byte >> 4, byte & 15)][:count]
            return [int.from_bytes(packed[at : at + bits // 8], "big") for at in range(0, len(packed), bits // 8)]
        box = tables["stsz"]
        size, count = struct.unpack_from(">II", self.content, box.content + 4)
        return [size] * count if size else list(struct.unpack_from(f">{count}I", self.content, box.content + 12))

    def _offsets(self, tables: dict[str, Box], sizes: list[int]) -> Iterator[int]:
        chunks = self._table(tables["co64"], ">Q") if "co64" in tables else self._table(tables["stco"], ">I")
        rows = self._table(tables["stsc"], ">III")
        at = 0
        for row, (first, per_chunk, _entry) in enumerate(rows):
            last = rows[row + 1][0] - 1 if row + 1 < len(rows) else len(chunks)
            for chunk in range(first - 1, last):
                place = chunks[chunk][0]
                for size in sizes[at : at + per_chunk]:
                    yield place
                    place += size
                at += per_chunk

    def _fragment(self, moof: Box) -> None:
        for traf in self.boxes(moof.content, moof.end):
            if traf.kind != "traf":
                continue
            track, base, defaults, dts = self.tracks[0], moof.start, (0, 0, 0), None
            for box in self.boxes(traf.content, traf.end):
                if box.kind == "tfhd":
                    number = struct.unpack_from(">I", self.content, box.content + 4)[0]
                    track = next(each for each in self.tracks if each.number == number)
                    base, defaults = self._fragment_header(box, moof.start, self._defaults[number])
                elif box.kind == "tfdt":
                    form = ">Q" if self.content[box.content] else ">I"
                    dts = struct.unpack_from(form, self.content, box.content + 4)[0]
                elif box.kind == "trun":
                    last = track.samples[-1] if track.samples else None
                    begin = dts if dts is not None else last.dts + last.duration if last else 0
                    base, dts = self._run(box, track, base, defaults, begin)

    def _fragment_header(self, box: Box, base: int, defaults: tuple[int, int, int]) -> tuple[int, tuple[int, int, int]]:
        flags = int.from_bytes(self.content[box.content + 1 : box.content + 4], "big")
        at = box.content + 8
        if flags & 1:
            base = struct.unpack_from(">Q", self.content, at)[0]
            at += 8
        at += 4 if flags & 2 else 0
        values = list(defaults)
        for place, flag in enumerate((8, 0x10, 0x20)):
            if flags & flag:
                values[place] = struct.unpack_from(">I", self.content, at)[0]
                at += 4
        return base, (values[0], values[1], values[2])

    def _run(self, box: Box, track: Track, base: int, defaults: tuple[int, int, int], dts: int) -> tuple[int, int]:
        """Add a run's samples to the track; where the next run begins in the file and in time."""
        flags = int.from_bytes(self.content[box.content + 1 : box.content + 4], "big")
        count = struct.unpack_from(">I", self.content, box.content + 4)[0]
        at = box.content + 8
        place = base
        if flags & 1:
            place += struct.unpack_from(">i", self.content, at)[0]
            at += 4
        first_flags = None
        if flags & 4:
            first_flags = struct.unpack_from(">I", self.content, at)[0]
            at += 4
        for number in range(count):
            values = [*defaults, 0]
            for column, flag in enumerate((0x100, 0x200, 0x400, 0x800)):
                if flags & flag:
                    form = ">i" if column == 3 else ">I"
                    values[column] = struct.unpack_from(form, self.content, at)[0]
                    at += 4
            if number == 0 and first_flags is not None:
                values[2] = first_flags
            duration, size, sample_flags, shift = values
            track.samples.append(Sample(place, size, dts, dts + shift, duration, not sample_flags & 0x10000))
            place += size
            dts += duration
        return place, dts


def read_mp4(path: Path) -> Mp4:
    """The file at `path`, read once while it stays as it is: PCM has a sample each 20 microseconds."""
    state = path.stat()
    return _read_once(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read_once(path: Path, _changed: int, _size: int) -> Mp4:
    return Mp4(path)
