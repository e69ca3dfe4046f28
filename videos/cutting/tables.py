"""Tables of samples: where each lies in the file, how large it is, when it is decoded and shown.

A sample is a picture, a codec's frame of sound or, of uncompressed sound, one moment of all channels. There may be
hundreds of millions of the last kind, so what is the same for all is stored once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from videos.cutting.boxes import Box
from videos.errors import CannotCopy

Numbers = NDArray[np.int64]
# 93 hours at 50 pictures a second. A few bytes can claim any number, which would fill the memory.
MOST_PICTURES = 1 << 24
NONE: Numbers = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Samples:
    """The samples of a track, in the order in which they are decoded. Times in units of the track's timescale.

    `sizes`: bytes of each, or one number for all. `counts`, `durations`: runs of samples that last equally long.
    `shifts`: from the time of decoding to that of showing, or empty. `chunk_offsets`, `chunk_counts`, `chunk_entries`:
    where each chunk begins, how many samples it has and which of the track's sample entries (from 0) they have.
    """

    sizes: Numbers
    counts: Numbers
    durations: Numbers
    shifts: Numbers
    chunk_offsets: Numbers
    chunk_counts: Numbers
    chunk_entries: Numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    @property
    def all_one_size(self) -> bool:
        """Whether `sizes` is one number for all of them."""
        return len(self.sizes) == 1

    @cached_property
    def _run_first(self) -> Numbers:
        return np.concatenate(([0], np.cumsum(self.counts)))

    @cached_property
    def _run_time(self) -> Numbers:
        return np.concatenate(([0], np.cumsum(self.counts * self.durations)))

    @cached_property
    def _chunk_first(self) -> Numbers:
        return np.concatenate(([0], np.cumsum(self.chunk_counts)))

    @cached_property
    def _bytes_before(self) -> Numbers:
        return np.concatenate(([0], np.cumsum(self.sizes)))

    def dts(self, samples: Numbers) -> Numbers:
        """When these samples are decoded; one past the last gives the end of the track."""
        run = np.minimum(np.searchsorted(self._run_first, samples, "right") - 1, len(self.counts) - 1)
        return self._run_time[run] + (samples - self._run_first[run]) * self.durations[run]

    def starts_at(self, sample: int) -> int:
        """When one sample is decoded; of sound, when it begins."""
        return int(self.dts(np.array([sample]))[0])

    @cached_property
    def pts(self) -> Numbers:
        """When each sample is shown."""
        times = self.dts(np.arange(self.count))
        return times + self.shifts if len(self.shifts) else times

    def duration(self, sample: int) -> int:
        """How long one sample lasts, by the table of decoding times."""
        return int(self.durations[min(int(np.searchsorted(self._run_first, sample, "right")), len(self.counts)) - 1])

    def durations_between(self, first: int, end: int) -> Numbers:
        """How long each of the samples [first, end) lasts; one number if all last equally long."""
        run = np.searchsorted(self._run_first, [first, end - 1], "right") - 1
        if run[0] == run[1]:
            return self.durations[run[:1]]
        return self.durations[np.searchsorted(self._run_first, np.arange(first, end), "right") - 1]

    def sample_at(self, time: int) -> int:
        """The sample that is under way at this time of decoding: the first before all, one past the last after all."""
        if time <= 0:
            return 0
        run = int(np.searchsorted(self._run_time, time, "right")) - 1
        if run >= len(self.counts):
            return self.count
        return int(self._run_first[run] + (time - self._run_time[run]) // self.durations[run])

    def bytes_between(self, first: int, end: int) -> int:
        """How many bytes the samples [first, end) have."""
        if self.all_one_size:
            return (end - first) * int(self.sizes[0])
        return int(self._bytes_before[end] - self._bytes_before[first])

    def size(self, sample: int) -> int:
        """Bytes of one sample."""
        return int(self.sizes[0 if self.all_one_size else sample])

    def offset(self, sample: int) -> int:
        """Where one sample begins in the file."""
        chunk = int(np.searchsorted(self._chunk_first, sample, "right")) - 1
        return int(self.chunk_offsets[chunk]) + self.bytes_between(int(self._chunk_first[chunk]), sample)

    def offsets(self, first: int, end: int) -> Numbers:
        """Where the samples [first, end) begin."""
        samples = np.arange(first, end)
        chunk = np.searchsorted(self._chunk_first, samples, "right") - 1
        start = self._chunk_first[chunk]
        if self.all_one_size:
            return self.chunk_offsets[chunk] + (samples - start) * self.sizes[0]
        return self.chunk_offsets[chunk] + self._bytes_before[samples] - self._bytes_before[start]

    def runs(self, first: int, end: int) -> list[tuple[int, int]]:
        """Offset and length of the pieces of the file that hold the samples [first, end), in their order."""
        pieces: list[tuple[int, int]] = []
        while first < end:
            chunk = int(np.searchsorted(self._chunk_first, first, "right")) - 1
            until = min(end, int(self._chunk_first[chunk + 1]))
            offset, length = self.offset(first), self.bytes_between(first, until)
            if pieces and sum(pieces[-1]) == offset:
                pieces[-1] = (pieces[-1][0], pieces[-1][1] + length)
            else:
                pieces.append((offset, length))
            first = until
        return pieces

    def entry_of(self, sample: int) -> int:
        """Which of the track's sample entries a sample has, from 0."""
        return int(self.chunk_entries[int(np.searchsorted(self._chunk_first, sample, "right")) - 1])

    def check(self, file_size: int) -> None:
        """Raises CannotCopy if the tables contradict each other, or lead out of the file."""
        tables = {self.count, int(self.chunk_counts.sum())}
        tables |= {len(self.sizes)} if not self.all_one_size else set()
        tables |= {len(self.shifts)} if len(self.shifts) else set()
        if len(tables) != 1:
            raise CannotCopy("tables of samples that contradict each other")
        if (self.durations < 0).any() or (self.sizes < 0).any():
            raise CannotCopy("a sample of negative length")
        ends = self._chunk_first
        if len(self.chunk_offsets):
            lengths = self.chunk_counts * self.sizes[0] if self.all_one_size else np.diff(self._bytes_before[ends])
            if int((self.chunk_offsets + lengths).max()) > file_size:
                raise CannotCopy("samples beyond the end of the file")

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is to be kept, in little room."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: _narrow(np.diff(values, prepend=0) if name == "chunk_offsets" else values)
            for name, values in kept.items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """From what `arrays` gave."""
        kept = {name: arrays[name].astype(np.int64) for name in cls.__dataclass_fields__}
        kept["chunk_offsets"] = np.cumsum(kept["chunk_offsets"])
        return cls(**kept)


def _narrow(values: Numbers) -> NDArray[Any]:
    """The same numbers in the smallest type that holds them."""
    for kind in (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32):
        limits = np.iinfo(kind)
        if not len(values) or (values.min() >= limits.min and values.max() <= limits.max):
            return values.astype(kind)
    return values


def read_tables(stbl: Box) -> tuple[Samples, Numbers | None]:
    """The samples of a track, and the numbers (from 0) of those that its table calls sync samples; None: all are.

    ISO/IEC 14496-12, section 8.6 and 8.7. Raises CannotCopy.
    """
    stts = _entries(stbl.need("stts"), 2)
    sizes = _sizes(stbl)
    ctts_box = stbl.find("ctts")
    shifts = NONE
    if ctts_box is not None:
        # QuickTime's are signed though its version is 0, and nobody shifts by 2^31.
        ctts = _entries(ctts_box, 2)
        if int(ctts[:, 0].sum()) > MOST_PICTURES:
            raise CannotCopy("more pictures than any video has")
        shifts = np.repeat(ctts[:, 1].astype(np.int32).astype(np.int64), ctts[:, 0])
    offsets_box = stbl.find("stco") or stbl.need("co64")
    offsets = _entries(offsets_box, 1, ">u8" if offsets_box.kind == b"co64" else ">u4")[:, 0]
    stsc = _entries(stbl.need("stsc"), 3)
    repeats = np.diff(np.append(stsc[:, 0], len(offsets) + 1))
    if (repeats < 0).any() or int(repeats.sum()) != len(offsets):
        raise CannotCopy("a table of chunks that contradicts itself")
    counts = np.repeat(stsc[:, 1], repeats)
    stss = stbl.find("stss")
    keep = stts[:, 0] > 0
    samples = Samples(
        sizes=sizes,
        counts=stts[keep, 0],
        durations=stts[keep, 1],
        shifts=shifts,
        chunk_offsets=offsets,
        chunk_counts=counts,
        chunk_entries=np.repeat(stsc[:, 2] - 1, repeats),
    )
    return samples, _entries(stss, 1)[:, 0] - 1 if stss is not None else None


def _entries(box: Box, width: int, kind: str = ">u4") -> Numbers:
    """The rows of a table. Raises CannotCopy if it is cut off."""
    (count,) = box.take("I")
    try:
        return np.frombuffer(box.body, kind, count * width, 8).astype(np.int64).reshape(count, width)
    except ValueError:
        raise CannotCopy(f"a table {box.kind!r} that is too short") from None


def _sizes(stbl: Box) -> Numbers:
    box = stbl.find("stsz")
    if box is not None:
        size, count = box.take("II")
        if size:
            return np.array([size], np.int64)
        return _row(box, ">u4", count)
    box = stbl.need("stz2")
    field, count = box.take("II")
    if field == 4:
        pairs = _row(box, ">u1", (count + 1) // 2)
        return np.stack((pairs >> 4, pairs & 15), axis=1).reshape(-1)[:count]
    return _row(box, {8: ">u1", 16: ">u2"}[field], count)


def _row(box: Box, kind: str, count: int) -> Numbers:
    try:
        return np.frombuffer(box.body, kind, count, 12).astype(np.int64)
    except ValueError:
        raise CannotCopy(f"a table {box.kind!r} that is too short") from None
