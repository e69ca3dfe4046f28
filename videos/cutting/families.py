"""What differs between the codecs of which seams can be made."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Protocol, Self

from videos.cutting.avc_seams import AvcSewing
from videos.cutting.boxes import Box, read_boxes
from videos.cutting.h264 import SEI, join, read_record, set_id, split
from videos.cutting.hevc import (
    BLA_WITHOUT_LEADING,
    BROKEN_LINKS,
    CRA,
    SEI_KINDS,
    hevc_set_id,
    kind_of,
    read_hevc_record,
)
from videos.cutting.hevc_seams import HevcSewing
from videos.cutting.renumber import Renumbering
from videos.cutting.seams import Sewing
from videos.cutting.tracks import PICTURE_FIELDS
from videos.errors import CannotCopy


class AnyRecord(Protocol):
    """A decoder configuration record."""

    @property
    def sets(self) -> tuple[bytes, ...]:
        """All parameter sets."""

    @property
    def length_size(self) -> int:
        """Bytes of the length before each NAL unit."""

    def of_sets(self, sets: Sequence[bytes]) -> Self:
        """The same with other sets."""

    def with_sets(self, *more: bytes) -> Self:
        """The same with more sets."""

    def write(self) -> bytes:
        """As it stands in a file."""


class Family(Protocol):
    """A codec. `record_box`: the box of its record in a sample entry; `makes_idr`: whether `reopened` does."""

    record_box: bytes
    makes_idr: bool

    def read_record(self, body: bytes) -> AnyRecord:
        """Raises CannotCopy."""

    def key_of(self, nal: bytes) -> tuple[int, int]:
        """Kind and id of a parameter set."""

    def header_of_messages(self, first: int) -> int | None:
        """Bytes of header before the messages of a NAL unit that has any, by its first byte. None for others."""

    def sewing(self, record: AnyRecord, entry: bytes, all_sets: Iterable[bytes], sample: bytes) -> Sewing:
        """How to make seams. Raises CannotCopy."""

    def reopened(self, record: AnyRecord, samples: Iterator[tuple[bool, bytes]]) -> Iterator[bytes]:
        """Samples from an open start on, those that are kept (True), with the first one made a clean start."""


class Avc:
    """H.264."""

    record_box = b"avcC"
    makes_idr = True

    def read_record(self, body: bytes) -> AnyRecord:
        """Raises CannotCopy."""
        return read_record(body)

    def key_of(self, nal: bytes) -> tuple[int, int]:
        """Kind and id of a parameter set."""
        return nal[0] & 31, set_id(nal)

    def header_of_messages(self, first: int) -> int | None:
        """One."""
        return 1 if first & 31 == SEI else None

    def sewing(self, record: AnyRecord, entry: bytes, all_sets: Iterable[bytes], sample: bytes) -> Sewing:
        """By x264."""
        return AvcSewing(read_record(record.write()), all_sets, sample)

    def reopened(self, record: AnyRecord, samples: Iterator[tuple[bool, bytes]]) -> Iterator[bytes]:
        """An IDR picture, and new numbers up to the next one."""
        return Renumbering(record.sets).samples(samples)


class Hevc:
    """H.265."""

    record_box = b"hvcC"
    makes_idr = False

    def read_record(self, body: bytes) -> AnyRecord:
        """Raises CannotCopy."""
        return read_hevc_record(body)

    def key_of(self, nal: bytes) -> tuple[int, int]:
        """Kind and id of a parameter set."""
        return kind_of(nal), hevc_set_id(nal)

    def header_of_messages(self, first: int) -> int | None:
        """Two; there are messages before pictures and behind them."""
        return 2 if first >> 1 & 63 in SEI_KINDS else None

    def sewing(self, record: AnyRecord, entry: bytes, all_sets: Iterable[bytes], sample: bytes) -> Sewing:
        """By x265."""
        return HevcSewing(read_hevc_record(record.write()), all_sets, _aspect(entry))

    def reopened(self, record: AnyRecord, samples: Iterator[tuple[bool, bytes]]) -> Iterator[bytes]:
        """A broken link says that what came before is not there; it is written like the picture that it was."""
        is_first = True
        for is_kept, sample in samples:
            if is_kept:
                yield _as_broken_link(sample) if is_first else sample
            is_first = False


FAMILIES: dict[bytes, Family] = {b"avc1": Avc(), b"hvc1": Hevc()}


def record_in(entry: bytes, family: Family) -> AnyRecord:
    """The decoder configuration of a sample entry. Raises CannotCopy."""
    found = _box(entry, family.record_box)
    if found is None:
        raise CannotCopy("a sample entry without its decoder's configuration")
    return family.read_record(found.body)


def _box(entry: bytes, kind: bytes) -> Box | None:
    return next((box for box in read_boxes(entry, 8 + PICTURE_FIELDS) if box.kind == kind), None)


def _aspect(entry: bytes) -> Fraction | None:
    pasp = _box(entry, b"pasp")
    if pasp is None or len(pasp.body) < 8:
        return None
    width, height = struct.unpack(">II", pasp.body[:8])
    return Fraction(width, height) if width and height and width != height else None


def _as_broken_link(sample: bytes) -> bytes:
    """A picture after which decoding can start, as one whose leading pictures are not there. An IDR picture stays."""
    nals = list(split(sample, 4))
    for place, nal in enumerate(nals):
        if kind_of(nal) in (CRA, *BROKEN_LINKS):
            nals[place] = bytes([nal[0] & 0x81 | BLA_WITHOUT_LEADING << 1]) + nal[1:]
    return join(nals)
