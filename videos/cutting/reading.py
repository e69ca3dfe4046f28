"""Reads what a cut needs of a source, and little else, in few requests."""

from bisect import bisect_right
from collections.abc import Iterable
from threading import Lock

from videos.cutting.source import Source

# Reading on through a gap is cheaper than another request to a storage.
SMALL_GAP = 256 * 1024
SMALLEST_BLOCK, LARGEST_BLOCK = 4 << 20, 16 << 20
# Into how many blocks a clip is divided, if they have a fair size.
BLOCKS = 7


class RangeReader:
    """Reads pieces of a source that are announced beforehand: in blocks, each once if the pieces are read in order.

    May be used by several threads at once. Blocks are kept until `release` has seen all of them.
    """

    def __init__(self, source: Source, pieces: Iterable[tuple[int, int]]) -> None:
        self._source = source
        spans = _merge(pieces)
        total = sum(end - start for start, end in spans)
        size = min(max(total // BLOCKS + 1, SMALLEST_BLOCK), LARGEST_BLOCK)
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in spans:
            count = -(-(end - start) // size)
            edges = [start + (end - start) * at // count for at in range(count + 1)]
            self._starts += edges[:-1]
            self._ends += edges[1:]
        self._kept: dict[int, bytes] = {}
        self._lock = Lock()

    def read(self, offset: int, length: int) -> memoryview:
        """Bytes of an announced piece. Raises SourceUnreadable, SourceChanged."""
        block = bisect_right(self._starts, offset) - 1
        end = offset + length
        if end <= self._ends[block]:
            at = offset - self._starts[block]
            return memoryview(self._block(block))[at : at + length]
        parts = []
        while offset < end:
            until = min(end, self._ends[block])
            at = offset - self._starts[block]
            parts.append(self._block(block)[at : at + until - offset])
            offset, block = until, block + 1
        return memoryview(b"".join(parts))

    def release(self, offset: int) -> None:
        """Nothing before this place is read any more, as far as the span goes in which it lies."""
        block = bisect_right(self._starts, offset) - 1
        for done in range(block - 1, -1, -1):
            if self._ends[done] != self._starts[done + 1]:
                break
            self._kept.pop(done, None)

    def _block(self, number: int) -> bytes:
        with self._lock:  # both seams may need the same
            found = self._kept.get(number)
            if found is None:
                start, end = self._starts[number], self._ends[number]
                found = self._kept[number] = self._source.read(start, end - start)
            return found


def _merge(pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same pieces (offset, length) as spans (start, end) in their order in the file, small gaps closed."""
    spans: list[tuple[int, int]] = []
    for offset, length in sorted(pieces):
        if spans and offset - spans[-1][1] <= SMALL_GAP:
            spans[-1] = (spans[-1][0], max(spans[-1][1], offset + length))
        elif length:
            spans.append((offset, offset + length))
    return spans
