"""The pictures of a clip: an encoded seam, copied pictures, another seam. Any of them may be missing."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from fractions import Fraction
from functools import cached_property
from itertools import count
from threading import Event

import numpy as np

from videos.cutting.entries import picture_entry
from videos.cutting.families import FAMILIES, AnyRecord, Family, record_in
from videos.cutting.feeds import PictureFeed
from videos.cutting.movie import OutTrack
from videos.cutting.pictures import CLOSED_START
from videos.cutting.plan import Pictures, Seam, plan_cut
from videos.cutting.reading import RangeReader
from videos.cutting.seams import EncodedSeam, ahead, decode, encode
from videos.cutting.source_index import SourceIndex
from videos.cutting.tables import Numbers
from videos.cutting.user_data import without_user_data
from videos.errors import CannotCopy

# A seam is a matter of moments. What takes longer is for those who expect it: half a minute to encode, or a minute
# to decode before the clip begins, at 25 frames a second.
MOST_ENCODED, MOST_DECODED = 750, 1500
# How often progress is told (seconds).
LOOK_SECONDS = 0.1


class Strip:
    """The pictures of the frames [first, end) of a source. Raises CannotCopy if there is no way to make them."""

    def __init__(self, index: SourceIndex, first: int, end: int, *, reopen: bool) -> None:
        self._index = index
        self._first, self._end = first, end
        self._samples = index.video.samples
        pictures = Pictures.of(self._samples.pts, index.shown, index.kinds)
        # A clip begins with an IDR picture, and nothing else will do for some players.
        begin_reopened = index.video.codec not in FAMILIES or self._family.makes_idr
        self.plan = plan_cut(pictures, first, end, reopen=reopen, begin_reopened=begin_reopened)
        self._seams: list[EncodedSeam] = []
        if self.plan.encoded_frames > MOST_ENCODED:
            raise CannotCopy(f"{self.plan.encoded_frames} frames would have to be encoded")
        if any(len(seam.feed) - (seam.end - seam.first) > MOST_DECODED for seam in self._planned):
            raise CannotCopy("no picture near the clip at which decoding can start")
        # Codecs without parameter sets have no open GOPs: each of their pictures is a start.
        self.is_reopened = self.plan.reopened and self._record is not None

    @property
    def _planned(self) -> list[Seam]:
        return [seam for seam in (self.plan.head, self.plan.tail) if seam]

    @property
    def _followed(self) -> Numbers:
        """The samples that have to be read where copied ones lie: in an open GOP also those that are left out."""
        copied = self.plan.copied
        return np.arange(copied[0], copied[-1] + 1) if self.is_reopened else copied

    @cached_property
    def pieces(self) -> list[tuple[int, int]]:
        """Offset and length of all that has to be read of the source."""
        needed = np.unique(np.concatenate([self._followed, *(seam.feed for seam in self._planned)]))
        pieces: list[tuple[int, int]] = []
        for run in np.split(needed, np.flatnonzero(np.diff(needed) != 1) + 1):
            pieces += self._samples.runs(int(run[0]), int(run[-1]) + 1)
        return pieces

    @property
    def _family(self) -> Family:
        return FAMILIES[self._index.video.codec]

    @property
    def _source_entry(self) -> bytes:
        """The source's sample entry for the pictures of the clip."""
        first = self.plan.copied[0] if len(self.plan.copied) else self._planned[0].feed[0]
        return self._index.video.entries[self._samples.entry_of(int(first))]

    @cached_property
    def _record(self) -> AnyRecord | None:
        """The parameter sets that hold for all samples of the clip, in one record. Raises CannotCopy if none can.

        None for a codec that has no such sets.
        """
        if not self._index.sets:
            return None
        used = np.concatenate([self.plan.copied, *(seam.feed for seam in self._planned)])
        first, last = int(used.min()), int(used.max())
        in_force: dict[tuple[int, int], bytes] = {}
        for sample, nal in self._index.sets:
            key = self._family.key_of(nal)
            if sample > last:
                break
            if sample > first and in_force.get(key, nal) != nal:
                raise CannotCopy("parameter sets that change within the clip")
            in_force[key] = nal
        return record_in(self._source_entry, self._family).of_sets(list(in_force.values()))

    def encode(self, reader: RangeReader, progress: Callable[[float], None]) -> None:
        """Encode what cannot be copied, both seams at once. Raises CannotCopy.

        `progress` gets the part that is done, in the caller's thread, and may raise.
        """
        if not self._planned:
            return
        record = self._record
        if record is None or record.length_size != 4:
            raise CannotCopy("pictures that cannot be encoded alike")
        sample = bytes(self._read(reader, int(self._planned[0].feed[0])))
        counted = count(1)
        done = 0
        stop = Event()

        def on_frame() -> None:
            nonlocal done
            done = next(counted)

        with ThreadPoolExecutor(len(self._planned)) as threads:
            sewn = [
                threads.submit(self._sew, seam, record, sample, self._fed(seam, reader, stop), on_frame)
                for seam in self._planned
            ]
            try:
                while wait(sewn, LOOK_SECONDS, FIRST_EXCEPTION).not_done and not any(map(_error_of, sewn)):
                    progress(done / self.plan.encoded_frames)
            finally:
                stop.set()
        for error in map(_error_of, sewn):
            if error and not isinstance(error, _StoppedError):
                raise error
        self._seams = [seam.result() for seam in sewn]

    def _fed(self, seam: Seam, reader: RangeReader, stop: Event) -> Iterator[tuple[int, memoryview]]:
        """Time and bytes of each sample that is decoded for a seam, until somebody says to stop."""
        for number in seam.feed:
            if stop.is_set():
                raise _StoppedError
            yield int(self._samples.pts[number]), self._read(reader, int(number))

    def _sew(
        self,
        seam: Seam,
        record: AnyRecord,
        sample: bytes,
        feed: Iterator[tuple[int, memoryview]],
        on_frame: Callable[[], None],
    ) -> EncodedSeam:
        timescale = self._index.video.timescale
        wanted = {int(self._samples.pts[number]) for number in self._index.shown[seam.first : seam.end]}
        every_set = [nal for _, nal in self._index.sets]
        # One for each seam: what it learns of its encoder is of that one.
        sewing = self._family.sewing(record, self._source_entry, every_set, sample)
        frames = ahead(decode(sewing.decoder, record.write(), feed, wanted, timescale))
        return encode(frames, sewing, self._index.rate, timescale, on_frame)

    def feed(self, reader: RangeReader) -> PictureFeed:
        """The track of pictures, once the seams are encoded."""
        index, plan = self._index, self.plan
        pts = np.concatenate(
            [
                *([self._times(plan.head)] if plan.head else []),
                self._samples.pts[plan.copied],
                *([self._times(plan.tail)] if plan.tail else []),
            ]
        )
        ticks = index.boundaries[self._first : self._end + 1]
        dts = np.sort(pts)
        shift = int((dts - pts).max())
        out = OutTrack(
            kind="vide",
            entry=self._entry(),
            timescale=index.video.timescale,
            count=len(pts),
            sizes=self._sizes(),
            durations=np.diff(ticks),
            media_start=shift,
            length=Fraction(int(ticks[-1] - ticks[0]), index.video.timescale),
            shifts=pts + shift - dts if shift else np.zeros(0, np.int64),
            sync=self._sync(),
            matrix=index.video.matrix,
            width=index.video.width,
            height=index.video.height,
            language=index.video.language,
        )
        return PictureFeed(out, dts - dts[0], self._bytes(reader))

    def _read(self, reader: RangeReader, number: int) -> memoryview:
        return reader.read(self._samples.offset(number), self._samples.size(number))

    def _times(self, seam: Seam) -> Numbers:
        return self._samples.pts[self._index.shown[seam.first : seam.end]]

    def _encoded(self, seam: Seam | None) -> EncodedSeam | None:
        return self._seams[self._planned.index(seam)] if seam else None

    def _sizes(self) -> Numbers:
        """As far as they are known before the pictures are written."""
        copied = [self._samples.size(int(number)) for number in self.plan.copied]
        head, tail = self._encoded(self.plan.head), self._encoded(self.plan.tail)
        return np.array([*(head.sizes if head else []), *copied, *(tail.sizes if tail else [])], np.int64)

    def _sync(self) -> Numbers | None:
        head = self.plan.head.end - self.plan.head.first if self.plan.head else 0
        is_start = self._index.kinds[self.plan.copied] & CLOSED_START != 0
        if len(is_start):
            is_start[0] = True
        starts = np.flatnonzero(is_start) + head
        seams = ([0] if head else []) + ([head + len(self.plan.copied)] if self.plan.tail else [])
        sync = np.sort(np.concatenate([starts, np.array(seams, np.int64)])).astype(np.int64)
        return None if len(sync) == self._end - self._first else sync

    def _entry(self) -> bytes:
        record = self._record
        if record is None:
            return picture_entry(self._source_entry, b"", b"")
        for sets in dict.fromkeys(seam.sets for seam in self._seams):
            if any(self._family.key_of(nal) == self._family.key_of(known) for nal in sets for known in record.sets):
                raise CannotCopy("two seams that need different parameter sets")
            record = record.with_sets(*sets)
        return picture_entry(self._source_entry, self._family.record_box, record.write())

    def _copied(self, reader: RangeReader) -> Iterator[bytes | memoryview]:
        if not self.is_reopened or not self._record:
            yield from (self._read(reader, int(number)) for number in self.plan.copied)
            return
        kept = np.isin(self._followed, self.plan.copied)
        samples = (
            (bool(is_kept), bytes(self._read(reader, int(number))))
            for is_kept, number in zip(kept, self._followed, strict=True)
        )
        yield from self._family.reopened(self._record, samples)

    def _bytes(self, reader: RangeReader) -> Iterator[bytes | memoryview]:
        head, tail = self._encoded(self.plan.head), self._encoded(self.plan.tail)
        if head:
            yield from head.samples()
        record = self._record
        for sample in self._copied(reader):
            yield without_user_data(sample, self._family, record.length_size) if record else sample
        if tail:
            yield from tail.samples()


class _StoppedError(Exception):
    """The other seam failed, or nobody wants the clip any more."""


def _error_of(sewn: Future[EncodedSeam]) -> BaseException | None:
    return sewn.exception() if sewn.done() else None
