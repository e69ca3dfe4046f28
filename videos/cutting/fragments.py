"""The samples of a fragmented file: ISO/IEC 14496-12, section 8.8. What cameras and streams write as they go."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np

from videos.cutting.boxes import Box, Place, load
from videos.cutting.source import Source
from videos.cutting.tables import NONE, Numbers, Samples
from videos.cutting.tracks import Track
from videos.errors import CannotCopy

# Flags of `tfhd`, of `trun`, and of a sample.
BASE_OFFSET, ENTRY, DEFAULT_DURATION, DEFAULT_SIZE, DEFAULT_FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
DATA_OFFSET, FIRST_FLAGS, DURATIONS, SIZES, FLAGS, SHIFTS = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800
IS_NO_SYNC = 0x10000


@dataclass
class _Gathered:
    """What the fragments say of one track so far."""

    sizes: list[Numbers] = field(default_factory=list)
    durations: list[Numbers] = field(default_factory=list)
    shifts: list[Numbers] = field(default_factory=list)
    no_sync: list[Numbers] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    begins: int | None = None
    time: int = 0


@dataclass(frozen=True)
class _Defaults:
    """What holds for samples that say nothing themselves."""

    entry: int
    duration: int
    size: int
    flags: int


def with_fragments(source: Source, moov: Box, tracks: list[Track], places: list[Place]) -> list[Track]:
    """The same tracks with the samples of all fragments, behind those of the movie itself, if there are any."""
    moofs = [place for place in places if place.kind == b"moof"]
    mvex = moov.find("mvex")
    if mvex is None or not moofs:
        return tracks
    defaults = {}
    for trex in mvex.every("trex"):
        number, entry, duration, size, flags = trex.take("5I")
        defaults[number] = _Defaults(entry, duration, size, flags)
    gathered: dict[int, _Gathered] = defaultdict(_Gathered)
    for place in moofs:
        end_of_data = place.start
        for traf in load(source, place).every("traf"):
            end_of_data = _read_traf(traf, place.start, end_of_data, defaults, gathered)
    return [_joined(track, gathered.get(track.number)) for track in tracks]


def _read_traf(
    traf: Box, moof_start: int, end_of_data: int, defaults: dict[int, _Defaults], gathered: dict[int, _Gathered]
) -> int:
    """Take in one track's part of a fragment. Returns where its data end, at which the next one's may begin."""
    tfhd = traf.need("tfhd")
    (number,) = tfhd.take("I")
    if number not in defaults:
        raise CannotCopy("a fragment of a track that is not announced")
    base, known = _fragment_header(tfhd, moof_start, defaults[number])
    track = gathered[number]
    tfdt = traf.find("tfdt")
    if tfdt is not None:
        (begins,) = tfdt.take("Q" if tfdt.version else "I")
        if track.begins is None:
            track.begins = track.time = begins
        elif begins != track.time:
            # A gap, or rounding: the sample before it lasts as long as that.
            track.durations[-1][-1] += begins - track.time
            track.time = begins
    at = base
    for trun in traf.every("trun"):
        at = _read_trun(trun, base, at, known, track)
    return max(end_of_data, at)


def _fragment_header(tfhd: Box, moof_start: int, known: _Defaults) -> tuple[int, _Defaults]:
    """Where a fragment's offsets count from, and what holds in it. Without word, from its own beginning."""
    at, values, base = 8, {}, moof_start
    if tfhd.flags & BASE_OFFSET:
        (base,) = tfhd.take("Q", at)
        at += 8
    for flag, name in (
        (ENTRY, "entry"),
        (DEFAULT_DURATION, "duration"),
        (DEFAULT_SIZE, "size"),
        (DEFAULT_FLAGS, "flags"),
    ):
        if tfhd.flags & flag:
            (values[name],) = tfhd.take("I", at)
            at += 4
    return base, replace(known, **values)


def _read_trun(trun: Box, base: int, at: int, known: _Defaults, track: _Gathered) -> int:
    """Take in one run of samples. Returns where it ends in the file."""
    (count,) = trun.take("I")
    place, first_flags = 8, None
    if trun.flags & DATA_OFFSET:
        at = base + trun.take("i", place)[0]
        place += 4
    if trun.flags & FIRST_FLAGS:
        (first_flags,) = trun.take("I", place)
        place += 4
    columns = [flag for flag in (DURATIONS, SIZES, FLAGS, SHIFTS) if trun.flags & flag]
    try:
        rows = np.frombuffer(trun.body, ">u4", count * len(columns), place).astype(np.int64)
    except ValueError:
        raise CannotCopy("a run of samples that is too short") from None
    if len(trun.body) < place or count > 4 * max(len(trun.body), 1 << 16):
        raise CannotCopy("a run of more samples than it can have")
    if not count:
        return at
    table = rows.reshape(count, len(columns))

    def column(flag: int, default: int) -> Numbers:
        return table[:, columns.index(flag)] if flag in columns else np.full(count, default, np.int64)

    sizes, durations = column(SIZES, known.size), column(DURATIONS, known.duration).copy()
    flags = column(FLAGS, known.flags).copy()
    if first_flags is not None:
        flags[0] = first_flags
    track.sizes.append(sizes)
    track.durations.append(durations)
    track.shifts.append(column(SHIFTS, 0).astype(np.int32).astype(np.int64))
    track.no_sync.append(flags & IS_NO_SYNC)
    track.offsets.append(at)
    track.counts.append(count)
    track.entries.append(known.entry - 1)
    track.time += int(durations.sum())
    return at + int(sizes.sum())


def _joined(track: Track, more: _Gathered | None) -> Track:
    if more is None or not more.sizes:
        return track
    if track.samples.count:
        raise CannotCopy("samples both in the movie and in fragments")
    durations = np.concatenate(more.durations)
    # Runs of equal length, as the table of a whole file has them.
    changes = np.flatnonzero(np.diff(durations, prepend=-1))
    shifts, no_sync = np.concatenate(more.shifts), np.concatenate(more.no_sync)
    samples = Samples(
        sizes=np.concatenate(more.sizes),
        counts=np.diff(changes, append=len(durations)),
        durations=durations[changes],
        shifts=shifts if shifts.any() else NONE,
        chunk_offsets=np.array(more.offsets, np.int64),
        chunk_counts=np.array(more.counts, np.int64),
        chunk_entries=np.array(more.entries, np.int64),
    )
    return replace(
        track,
        samples=samples,
        sync=np.flatnonzero(no_sync == 0) if no_sync.any() else None,
        # Our clock begins with the first sample, the file's where its first fragment says.
        media_start=track.media_start - (more.begins or 0),
        media_end=None if track.media_end is None else track.media_end - (more.begins or 0),
    )
