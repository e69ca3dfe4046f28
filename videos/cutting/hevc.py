"""What the engine has to know of H.265: parameter sets, slices' headers, and the record that holds sets in a file.

ITU-T H.265, section 7.3; ISO/IEC 14496-15, section 8.3.3.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from videos.cutting.bits import BitReader, BitWriter, escape, unescape
from videos.errors import CannotCopy

VPS, SPS, PPS = 32, 33, 34
SEI_KINDS = (39, 40)
BROKEN_LINKS = (16, 17, 18)
IDR_WITH_LEADING, IDR_ALONE, CRA = 19, 20, 21
FIRST_IRAP, LAST_IRAP = 16, 23
# Below this, pictures of even types are no references, for those of their own layer in time.
LAST_SUBLAYER_TYPE = 14
LAST_SLICE = 31
# A broken link without leading pictures: a clean start with the syntax of a CRA picture.
BLA_WITHOUT_LEADING = 18
B_SLICE, _P_SLICE, I_SLICE = range(3)
HEADER = 2
RECORD_FIELDS = 22
PROFILE_TIER_LEVEL = 88 + 8


@dataclass(frozen=True)
class HevcRecord:
    """An HEVC decoder configuration record (`hvcC`). `fields`: what stands before the sets; `sets`: of all kinds."""

    fields: bytes
    sets: tuple[bytes, ...]

    @property
    def length_size(self) -> int:
        """Bytes of the length before each NAL unit."""
        return (self.fields[21] & 3) + 1

    def of_sets(self, sets: Sequence[bytes]) -> "HevcRecord":
        """The same with other sets."""
        return replace(self, sets=tuple(sets))

    def with_sets(self, *more: bytes) -> "HevcRecord":
        """The same with more sets, whose level may be higher."""
        levels = [self.fields[12], *(_level_of(nal) for nal in more if kind_of(nal) == SPS)]
        fields = self.fields[:12] + bytes([max(levels)]) + self.fields[13:]
        return replace(self, fields=fields, sets=(*self.sets, *more))

    def write(self) -> bytes:
        """As it stands in a file: all sets in it, none among the pictures."""
        arrays = []
        for kind in (VPS, SPS, PPS):
            nals = [nal for nal in self.sets if kind_of(nal) == kind]
            if nals:
                rows = b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)
                arrays.append(struct.pack(">BH", 0x80 | kind, len(nals)) + rows)
        return self.fields + bytes([len(arrays)]) + b"".join(arrays)


@dataclass(frozen=True)
class HevcSequence:
    """A sequence parameter set, as far as slices' headers and an encoder depend on it."""

    chroma: int
    depth: int
    width_in_blocks: int
    height_in_blocks: int
    poc_bits: int
    reference_sets: int
    has_long_term: bool
    has_motion_from_before: bool
    has_sao: bool


@dataclass(frozen=True)
class HevcPicture:
    """A picture parameter set, as far as slices' headers depend on it."""

    may_depend: bool
    has_output_flag: bool
    extra_bits: int
    has_cabac_init: bool
    active: tuple[int, int]
    is_weighted: bool
    has_chroma_offsets: bool
    may_override_deblocking: bool
    is_deblocking_off: bool
    filters_across_slices: bool
    may_modify_lists: bool
    has_entry_points: bool
    has_extension: bool


def kind_of(nal: bytes) -> int:
    """The type of a NAL unit."""
    return nal[0] >> 1 & 63


def read_hevc_record(body: bytes) -> HevcRecord:
    """The record in an `hvcC` box. Raises CannotCopy."""
    try:
        at = RECORD_FIELDS + 1
        nals = []
        for _ in range(body[RECORD_FIELDS]):
            (count,) = struct.unpack_from(">H", body, at + 1)
            at += 3
            for _ in range(count):
                (length,) = struct.unpack_from(">H", body, at)
                nals.append(body[at + 2 : at + 2 + length])
                at += 2 + length
    except (struct.error, IndexError):
        raise CannotCopy("an hvcC that is cut off") from None
    kept = tuple(nal for nal in nals if nal and kind_of(nal) in (VPS, SPS, PPS))
    if body[0] != 1 or {kind_of(nal) for nal in kept} != {VPS, SPS, PPS}:
        raise CannotCopy("an hvcC without parameter sets")
    return HevcRecord(body[:RECORD_FIELDS], kept)


def hevc_set_id(nal: bytes) -> int:
    """The id of a parameter set of any kind. Raises CannotCopy."""
    bits = BitReader(unescape(nal)[HEADER:])
    try:
        if kind_of(nal) == VPS:
            return bits.read(4)
        if kind_of(nal) == SPS:
            _skip_to_sequence_id(bits)
        return bits.ue()
    except EOFError:
        raise CannotCopy("a parameter set that is cut off") from None


def read_hevc_sequence(nal: bytes) -> HevcSequence:
    """Raises CannotCopy."""
    try:
        return _read_sequence(BitReader(unescape(nal)[HEADER:]))
    except EOFError:
        raise CannotCopy("a sequence parameter set that is cut off") from None


def read_hevc_picture(nal: bytes) -> HevcPicture:
    """Raises CannotCopy."""
    bits = BitReader(unescape(nal)[HEADER:])
    try:
        bits.ue(), bits.ue()
        may_depend, output, extra = bits.flag(), bits.flag(), bits.read(3)
        bits.flag()
        cabac_init = bits.flag()
        active = (bits.ue() + 1, bits.ue() + 1)
        bits.se(), bits.flag(), bits.flag()
        if bits.flag():
            bits.ue()
        bits.se(), bits.se()
        chroma_offsets = bits.flag()
        weighted = bits.read(2) != 0
        bits.flag()
        tiles, wavefront = bits.flag(), bits.flag()
        if tiles:
            raise CannotCopy("tiles in a seam")
        across = bits.flag()
        override = deblocking_off = False
        if bits.flag():
            override, deblocking_off = bits.flag(), bits.flag()
            if not deblocking_off:
                bits.se(), bits.se()
        if bits.flag():
            raise CannotCopy("scaling lists in a seam")
        modify = bits.flag()
        bits.ue()
        extension = bits.flag()
    except EOFError:
        raise CannotCopy("a picture parameter set that is cut off") from None
    return HevcPicture(
        may_depend, output, extra, cabac_init, active, weighted, chroma_offsets, override, deblocking_off, across,
        modify, wavefront, extension,
    )  # fmt: skip


def renamed_set(nal: bytes, number: int) -> bytes:
    """A parameter set with another id, also where it names another set: all kinds get the same."""
    payload = unescape(nal)
    bits, out = BitReader(payload), BitWriter()
    bits.read(8 * HEADER)
    if kind_of(nal) == VPS:
        bits.read(4)
        out.write(bits.since(0, 8 * HEADER)[0], 8 * HEADER)
        out.write(number, 4)
    elif kind_of(nal) == SPS:
        bits.read(4)
        out.write(bits.since(0, 8 * HEADER)[0], 8 * HEADER)
        out.write(number, 4)
        begin = bits.at
        bits.at = 8 * HEADER
        _skip_to_sequence_id(bits)
        out.write(*bits.since(begin))
        bits.ue()
        out.ue(number)
    else:
        bits.ue(), bits.ue()
        out.write(bits.since(0, 8 * HEADER)[0], 8 * HEADER)
        out.ue(number)
        out.ue(number)
    out.write(*bits.since(bits.at, bits.length))
    out.write(0, -out.length % 8)
    return escape(out.value.to_bytes(out.length // 8).rstrip(b"\x00"))


def renamed_slice(nal: bytes, number: int, sps: HevcSequence, pps: HevcPicture) -> bytes:
    """A slice of a seam that refers to the sets with another id. The coded picture behind the header stays."""
    payload = unescape(nal)
    bits, out = BitReader(payload[:256]), BitWriter()
    kind = kind_of(nal)
    bits.read(8 * HEADER)
    if not bits.flag():
        raise CannotCopy("several slices in a picture of a seam")
    if FIRST_IRAP <= kind <= LAST_IRAP:
        bits.flag()
    out.write(*bits.since(0))
    bits.ue()
    out.ue(number)
    begin = bits.at
    _skip_slice_header(bits, kind, sps, pps)
    out.write(*bits.since(begin))
    out.write(1, 1)
    out.write(0, -out.length % 8)
    return escape(out.value.to_bytes(out.length // 8) + payload[bits.at // 8 + 1 :])


def _skip_slice_header(bits: BitReader, kind: int, sps: HevcSequence, pps: HevcPicture) -> None:
    """From behind the id to the bits that align. Only what x265 writes without tiles, fields and long-term pictures."""
    if sps.has_long_term or pps.has_extension or pps.has_entry_points:
        raise CannotCopy("a seam of an unknown kind")
    bits.read(pps.extra_bits)
    slice_kind = bits.ue()
    if pps.has_output_flag:
        bits.flag()
    motion = False
    if kind not in (IDR_WITH_LEADING, IDR_ALONE):
        bits.read(sps.poc_bits)
        if bits.flag():
            bits.read(max(0, (sps.reference_sets - 1).bit_length()))
        else:
            _skip_reference_set(bits, sps.reference_sets, sps.reference_sets, [])
        motion = sps.has_motion_from_before and bits.flag()
    sao = chroma_sao = False
    if sps.has_sao:
        sao, chroma_sao = bits.flag(), sps.chroma != 0 and bits.flag()
    if slice_kind != I_SLICE:
        _skip_references(bits, slice_kind, pps, motion=motion)
    bits.se()
    if pps.has_chroma_offsets:
        bits.se(), bits.se()
    deblocking_off = pps.is_deblocking_off
    if pps.may_override_deblocking and bits.flag():
        deblocking_off = bits.flag()
        if not deblocking_off:
            bits.se(), bits.se()
    if pps.filters_across_slices and (sao or chroma_sao or not deblocking_off):
        bits.flag()


def _skip_references(bits: BitReader, slice_kind: int, pps: HevcPicture, *, motion: bool) -> None:
    if slice_kind == B_SLICE or pps.may_modify_lists or pps.is_weighted:
        raise CannotCopy("a seam of an unknown kind")
    active = bits.ue() + 1 if bits.flag() else pps.active[0]
    if pps.has_cabac_init:
        bits.flag()
    if motion and active > 1:
        bits.ue()
    bits.ue()


def _level_of(nal: bytes) -> int:
    return BitReader(unescape(nal)[HEADER:]).since(8 + 88, 8 + PROFILE_TIER_LEVEL)[0]


def _skip_to_sequence_id(bits: BitReader) -> None:
    bits.read(4)
    sublayers = bits.read(3)
    bits.flag()
    bits.read(PROFILE_TIER_LEVEL)
    present = [(bits.flag(), bits.flag()) for _ in range(sublayers)]
    if sublayers:
        bits.read(2 * (8 - sublayers))
    for profile, level in present:
        bits.read(88 * profile + 8 * level)


def _read_sequence(bits: BitReader) -> HevcSequence:
    _skip_to_sequence_id(bits)
    sublayers = bits.since(4, 7)[0]
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.flag()
    width, height = bits.ue(), bits.ue()
    if bits.flag():
        bits.ue(), bits.ue(), bits.ue(), bits.ue()
    depth, chroma_depth = bits.ue() + 8, bits.ue() + 8
    if depth != chroma_depth:
        raise CannotCopy("luma and chroma of different depths")
    poc_bits = bits.ue() + 4
    for _ in range(sublayers + 1 if bits.flag() else 1):
        bits.ue(), bits.ue(), bits.ue()
    for _ in range(6):
        bits.ue()
    if bits.flag() and bits.flag():
        raise CannotCopy("scaling lists")
    bits.flag()
    sao = bits.flag()
    if bits.flag():
        bits.read(8)
        bits.ue(), bits.ue(), bits.flag()
    count = bits.ue()
    sizes: list[int] = []
    for number in range(count):
        _skip_reference_set(bits, number, count, sizes)
    long_term = bits.flag()
    motion = bits.flag() if not long_term else False
    return HevcSequence(chroma, depth, width, height, poc_bits, count, long_term, motion, sao)


def _skip_reference_set(bits: BitReader, number: int, count: int, sizes: list[int]) -> None:
    """A short-term reference picture set; `sizes`: how many pictures each of those before has."""
    if number and bits.flag():
        if number == count:
            raise CannotCopy("a seam of an unknown kind")
        bits.flag(), bits.ue()
        size = 0
        for _ in range(sizes[number - 1] + 1):
            used = bits.flag()
            size += used or bits.flag()
        sizes.append(size)
        return
    negative, positive = bits.ue(), bits.ue()
    for _ in range(negative + positive):
        bits.ue(), bits.flag()
    sizes.append(negative + positive)
