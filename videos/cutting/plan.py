"""Which pictures of a clip are copied, and which have to be encoded. Arithmetic only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videos.cutting.pictures import CLOSED_START, OPEN_START, UNREFERENCED
from videos.cutting.tables import Numbers
from videos.errors import CannotCopy


@dataclass(frozen=True)
class Pictures:
    """The pictures of a source, in the order in which they are decoded.

    `ranks`: the frame that each is, in the order of presentation; negative for those that are not presented.
    `kinds`: what each is to a cut, flags of `videos.cutting.pictures`.
    """

    ranks: Numbers
    kinds: NDArray[np.uint8]

    @classmethod
    def of(cls, pts: Numbers, shown: Numbers, kinds: NDArray[np.uint8]) -> "Pictures":
        """From the times at which they are presented, and the numbers of those that are, in their order."""
        ranks = np.full(len(pts), -1, np.int64)
        ranks[shown] = np.arange(len(shown))
        # What an edit list hides at the end comes after all others.
        if len(shown):
            ranks[(ranks < 0) & (pts > pts[shown[-1]])] = len(shown)
        return cls(ranks, kinds)


@dataclass(frozen=True)
class Seam:
    """Frames [first, end) that are encoded. `feed`: the samples that have to be decoded for them, in their order."""

    first: int
    end: int
    feed: Numbers


@dataclass(frozen=True)
class Plan:
    """A clip: encoded frames, copied ones, encoded ones; each part may be missing.

    `copied`: numbers of samples, in the order of decoding. `reopened`: the first of them is no IDR picture, and has to
    be made one.
    """

    head: Seam | None
    copied: Numbers
    reopened: bool
    tail: Seam | None

    @property
    def encoded_frames(self) -> int:
        """How many frames are encoded."""
        return sum(seam.end - seam.first for seam in (self.head, self.tail) if seam)


def plan_cut(pictures: Pictures, first: int, end: int, *, reopen: bool = True, begin_reopened: bool = True) -> Plan:
    """How to make a clip of the frames [first, end). `reopen`: whether a picture that is no IDR may be made a start;
    `begin_reopened`: whether the clip may begin with it.

    Raises CannotCopy where no picture before can be decoded by itself.
    """
    ranks = pictures.ranks
    allowed = CLOSED_START | OPEN_START if reopen else CLOSED_START
    inside = np.flatnonzero((ranks >= first) & (ranks < end))
    starts = inside[pictures.kinds[inside] & allowed != 0]
    if not begin_reopened:
        starts = starts[(ranks[starts] > first) | (pictures.kinds[starts] & CLOSED_START != 0)]
    if not len(starts):
        return Plan(_seam(pictures, first, end), np.zeros(0, np.int64), reopened=False, tail=None)
    start = int(starts[np.argmin(ranks[starts])])
    copied = _copied(pictures, start, int(inside[-1]), end)
    copied_to = int(ranks[copied].max()) + 1
    return Plan(
        head=_seam(pictures, first, int(ranks[start])) if ranks[start] > first else None,
        copied=copied,
        reopened=not pictures.kinds[start] & CLOSED_START,
        tail=_seam(pictures, copied_to, end) if copied_to < end else None,
    )


def _copied(pictures: Pictures, start: int, last: int, end: int) -> Numbers:
    """The longest row of samples from `start` on that holds exactly the frames up to its own last one.

    An encoded frame can only come behind it: an IDR picture may not be followed by earlier ones. Leading pictures of
    an open GOP are left out: they are shown before `start`, and need what is not there.
    """
    samples = np.arange(start, last + 1)
    ranks = pictures.ranks[samples]
    if pictures.kinds[start] & CLOSED_START and (ranks < ranks[0]).any():
        raise CannotCopy("pictures after an IDR picture that are shown before it")
    follows = ranks >= ranks[0]
    samples, ranks = samples[follows], ranks[follows]
    latest = np.maximum.accumulate(ranks)
    whole = (latest - ranks[0] + 1 == np.arange(1, len(ranks) + 1)) & (latest < end)
    return samples[: int(np.flatnonzero(whole)[-1]) + 1]


def _seam(pictures: Pictures, first: int, end: int) -> Seam:
    """What has to be decoded for the frames [first, end): from the nearest start on, without what nobody needs."""
    ranks = pictures.ranks
    wanted = (ranks >= first) & (ranks < end)
    places = np.flatnonzero(wanted)
    before = np.flatnonzero(pictures.kinds[: places[0] + 1] & (CLOSED_START | OPEN_START))
    before = before[ranks[before] <= first]
    if not len(before):
        raise CannotCopy("no picture before the clip at which decoding can start")
    feed = np.arange(before[-1], places[-1] + 1)
    needed = wanted[feed] | (pictures.kinds[feed] & UNREFERENCED == 0)
    if not pictures.kinds[feed[0]] & CLOSED_START:
        needed &= ranks[feed] >= ranks[feed[0]]
    return Seam(first, end, feed[needed])
