"""What each picture of a track is to a cut, read once at ingest from the heads of its NAL units.

Tables of sync samples are not enough: they call pictures so that only recover slowly (intra refresh), or that need
the group before (open GOP), and some are simply wrong.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from videos.cutting import hevc
from videos.cutting.bits import BitReader, unescape
from videos.cutting.families import FAMILIES, record_in
from videos.cutting.h264 import (
    AUXILIARY,
    EXTENSIONS,
    IDR_SLICE,
    PARTITIONS,
    PPS,
    SEI,
    SLICE,
    SPS,
)
from videos.cutting.source import Source
from videos.cutting.tables import Numbers
from videos.cutting.tracks import Track
from videos.errors import CannotCopy

# What a picture may be: flags of one byte.
CLOSED_START = 1  # an IDR picture: nothing after it needs anything before it
OPEN_START = 2  # nothing shown after it needs anything before it
UNREFERENCED = 4  # no other picture needs it
RECOVERY_POINT = 6  # a kind of SEI message
HEAD = 64
INTRA_SLICES = (2, 4)


@dataclass
class PictureFacts:
    """`kinds`: flags for each sample. `sets`: parameter sets, each with the sample from which on it holds."""

    kinds: NDArray[np.uint8]
    sets: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass
class Picture:
    """What the NAL units of one sample say. `may_lead`: pictures that are shown before it may come after it; `layer`:
    its layer in time, and `is_last_of_layer`: no other picture of this layer needs it.
    """

    is_idr: bool = False
    is_intra: bool = True
    is_referenced: bool = False
    recovers_at_once: bool = False
    may_lead: bool = False
    is_last_of_layer: bool = False
    layer: int = 0
    slices: int = 0


class Glance(Protocol):
    """How to look at NAL units of one codec."""

    @property
    def sets(self) -> tuple[int, ...]:
        """Types of parameter sets."""

    @property
    def whole(self) -> tuple[int, ...]:
        """Types of all units that have to be read whole."""

    def kind_of(self, nal: bytes) -> int:
        """The type of a NAL unit."""

    def look_at(self, nal: bytes, kind: int, picture: Picture) -> None:
        """Note what a unit says. Raises CannotCopy for what cannot be cut."""


class AvcGlance:
    """H.264."""

    sets = (SPS, PPS)
    whole = (SEI, SPS, PPS)

    def kind_of(self, nal: bytes) -> int:
        """The type of a NAL unit."""
        return nal[0] & 31

    def look_at(self, nal: bytes, kind: int, picture: Picture) -> None:
        """A picture is a start if it is an IDR picture, or intra and said to recover at once."""
        if kind in (SLICE, IDR_SLICE):
            bits = BitReader(nal[1:16])
            bits.ue()
            picture.is_idr |= kind == IDR_SLICE and not picture.slices
            picture.is_intra &= bits.ue() % 5 in INTRA_SLICES
            picture.is_referenced |= nal[0] & 0x60 != 0
            picture.slices += 1
        elif kind == SEI:
            picture.recovers_at_once |= _recovers_at_once(nal)
        elif kind in PARTITIONS or kind in EXTENSIONS or kind == AUXILIARY:
            raise CannotCopy(f"NAL units of type {kind}")


class HevcGlance:
    """H.265."""

    sets = whole = (hevc.VPS, hevc.SPS, hevc.PPS)

    def kind_of(self, nal: bytes) -> int:
        """The type of a NAL unit."""
        return hevc.kind_of(nal)

    def look_at(self, nal: bytes, kind: int, picture: Picture) -> None:
        """The type says it all."""
        if (nal[0] & 1) << 5 | nal[1] >> 3:
            raise CannotCopy("several layers")
        if kind > hevc.LAST_SLICE:
            return
        picture.slices += 1
        picture.is_idr = kind in (hevc.IDR_WITH_LEADING, hevc.IDR_ALONE)
        picture.may_lead = kind == hevc.IDR_WITH_LEADING
        picture.is_intra = hevc.FIRST_IRAP <= kind <= hevc.LAST_IRAP
        picture.recovers_at_once = picture.is_intra
        picture.is_referenced = True
        picture.is_last_of_layer = kind <= hevc.LAST_SUBLAYER_TYPE and kind % 2 == 0
        picture.layer = nal[1] & 7


GLANCES: dict[bytes, Glance] = {b"avc1": AvcGlance(), b"hvc1": HevcGlance()}


def look_at_pictures(source: Source, track: Track) -> PictureFacts:
    """Look at the head of each NAL unit of a track. Raises CannotCopy for streams that the engine cannot cut."""
    samples = track.samples
    facts = PictureFacts(np.zeros(samples.count, np.uint8))
    family, glance = FAMILIES[track.codec], GLANCES[track.codec]
    records = [record_in(entry, family) for entry in track.entries]
    in_force: dict[tuple[int, int], bytes] = {}
    offsets = samples.offsets(0, samples.count)
    seen: list[Picture] = []
    entry = -1

    def note_set(number: int, nal: bytes) -> None:
        key = family.key_of(nal)
        if in_force.get(key) != nal:
            in_force[key] = nal
            facts.sets.append((number, nal))

    for number in range(samples.count):
        if (now := samples.entry_of(number)) != entry:
            entry = now
            for nal in records[entry].sets:
                note_set(number, nal)
        picture = Picture()
        for nal in _heads(source, glance, int(offsets[number]), samples.size(number), records[entry].length_size):
            kind = glance.kind_of(nal)
            if kind in glance.sets:
                note_set(number, nal)
            else:
                glance.look_at(nal, kind, picture)
        if not picture.slices:
            raise CannotCopy(f"sample {number} holds no picture")
        seen.append(picture)
    facts.kinds[:] = _kinds(seen, samples.pts)
    return facts


def _kinds(seen: list[Picture], pts: Numbers) -> list[int]:
    all_intra = all(picture.is_intra for picture in seen)
    last_layer = max(picture.layer for picture in seen)
    # The earliest time of all that comes after each.
    following = np.append(np.minimum.accumulate(pts[::-1])[::-1][1:], pts.max() + 1)
    kinds = []
    for picture, time, earliest in zip(seen, pts, following, strict=True):
        is_needed = picture.is_referenced and not (picture.is_last_of_layer and picture.layer == last_layer)
        kind = 0 if is_needed else UNREFERENCED
        if picture.is_idr and not (picture.may_lead and earliest < time):
            kind |= CLOSED_START
        elif all_intra or picture.is_idr or (picture.recovers_at_once and picture.is_intra):
            kind |= OPEN_START
        kinds.append(kind)
    return kinds


def _heads(source: Source, glance: Glance, offset: int, size: int, length_size: int) -> list[bytes]:
    """The beginning of each NAL unit of a sample; parameter sets and the like whole. Raises CannotCopy."""
    heads = []
    at, got = 0, source.read(offset, min(size, HEAD))
    base = 0
    while at < size:
        if at + length_size + 8 > base + len(got) and base + len(got) < size:
            base, got = at, source.read(offset + at, min(size - at, HEAD))
        here = at - base
        length = int.from_bytes(got[here : here + length_size])
        at += length_size
        if length < 2 or at + length > size:
            raise CannotCopy("samples that are no rows of NAL units")
        here += length_size
        nal = got[here : here + length]
        if glance.kind_of(nal) in glance.whole and len(nal) < length:
            nal = source.read(offset + at, length)
        heads.append(nal)
        at += length
    return heads


def _recovers_at_once(nal: bytes) -> bool:
    """Whether a SEI unit says that all is right from this picture on (`recovery_frame_cnt` is 0)."""
    payload = unescape(nal)
    at = 1
    while at + 2 <= len(payload) and payload[at] != 0x80:
        kind = size = 0
        while at < len(payload) and payload[at] == 0xFF:
            kind, at = kind + 255, at + 1
        kind, at = kind + payload[at], at + 1
        while at < len(payload) and payload[at] == 0xFF:
            size, at = size + 255, at + 1
        if at >= len(payload):
            return False
        size, at = size + payload[at], at + 1
        if kind == RECOVERY_POINT:
            return BitReader(payload[at : at + size]).ue() == 0
        at += size
    return False
