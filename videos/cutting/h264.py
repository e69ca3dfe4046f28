"""What the engine has to know of H.264: parameter sets, and the record that holds them in a file.

ITU-T H.264, section 7.3; ISO/IEC 14496-15, section 5.3.3.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from videos.cutting.bits import BitReader, BitWriter, escape, unescape
from videos.errors import CannotCopy

SLICE, IDR_SLICE, SEI, SPS, PPS = 1, 5, 6, 7, 8
PARTITIONS = (2, 3, 4)
AUXILIARY, EXTENSIONS = 19, (14, 15, 20, 21)
# Profiles whose sets say which chroma they have; the first of each row is also that of avcC's extra fields.
WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
WITH_CHROMA_IN_RECORD = {100, 110, 122, 244, 144}
EXTENDED_SAR = 255
SAMPLE_ASPECTS = [
    (0, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11), (15, 11),
    (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
]  # fmt: skip
UNSPECIFIED = 2


@dataclass(frozen=True)
class SequenceSet:
    """A sequence parameter set, by the names of the standard. `colour`: primaries, transfer, matrix. `late_frames`: how
    many frames at most are decoded before one that is shown before them (max_num_reorder_frames), or None where it
    does not say; `late_frames_at`: at which bit of the set it does.
    """

    id: int
    profile: int
    constraints: int
    level: int
    chroma: int
    separate_planes: bool
    depth: int
    frame_num_bits: int
    poc_type: int
    poc_bits: int
    max_ref_frames: int
    gaps_allowed: bool
    frames_only: bool
    aspect: tuple[int, int]
    full_range: bool
    colour: tuple[int, int, int]
    late_frames: int | None
    late_frames_at: int

    @property
    def most_late_frames(self) -> int:
        """`late_frames`, or where it is not said the most that decoders reckon with."""
        if self.late_frames is not None:
            return self.late_frames
        # Type 2: shown as decoded.
        return 0 if self.poc_type == 2 else self.max_ref_frames


@dataclass(frozen=True)
class PictureSet:
    """A picture parameter set: what slices' headers depend on."""

    id: int
    sequence: int
    cabac: bool
    bottom_poc: bool
    active: tuple[int, int]
    weighted: bool
    bipred_weights: int
    deblocking_control: bool
    redundant_pictures: bool


@dataclass(frozen=True)
class Record:
    """An AVC decoder configuration record (`avcC`)."""

    profile: int
    compatibility: int
    level: int
    length_size: int
    sequence_sets: tuple[bytes, ...]
    picture_sets: tuple[bytes, ...]
    extension: bytes

    @property
    def sets(self) -> tuple[bytes, ...]:
        """All parameter sets."""
        return (*self.sequence_sets, *self.picture_sets)

    def of_sets(self, sets: Sequence[bytes]) -> "Record":
        """The same with other sets."""
        sequence_sets = tuple(nal for nal in sets if nal[0] & 31 == SPS)
        return replace(self, sequence_sets=sequence_sets, picture_sets=tuple(nal for nal in sets if nal[0] & 31 == PPS))

    def with_sets(self, *more: bytes) -> "Record":
        """The same with more sets, so that decoders of either can decode what has this record."""
        record = self.of_sets([*self.sets, *more])
        for nal in more:
            if nal[0] & 31 == SPS:
                record = replace(
                    record,
                    profile=max(record.profile, nal[1]),
                    compatibility=record.compatibility & nal[2],
                    level=max(record.level, nal[3]),
                )
        return record

    def write(self) -> bytes:
        """As it stands in a file. Raises CannotCopy if there are more sets than it can hold."""
        if len(self.sequence_sets) > 31 or len(self.picture_sets) > 255:
            raise CannotCopy("more parameter sets than fit")
        extension = self.extension
        if self.profile in WITH_CHROMA_IN_RECORD and not extension:
            extension = chroma_fields(self.sequence_sets[0])
        return b"".join(
            [
                bytes([1, self.profile, self.compatibility, self.level, 0xFC | self.length_size - 1]),
                bytes([0xE0 | len(self.sequence_sets)]),
                *(struct.pack(">H", len(nal)) + nal for nal in self.sequence_sets),
                bytes([len(self.picture_sets)]),
                *(struct.pack(">H", len(nal)) + nal for nal in self.picture_sets),
                extension,
            ]
        )


def read_record(body: bytes) -> Record:
    """The record in an `avcC` box. Raises CannotCopy."""
    try:
        if body[0] != 1:
            raise CannotCopy("an avcC of an unknown version")
        at = 6
        groups = []
        for count in (body[5] & 31, None):
            if count is None:
                count, at = body[at], at + 1
            nals = []
            for _ in range(count):
                (length,) = struct.unpack_from(">H", body, at)
                nals.append(body[at + 2 : at + 2 + length])
                at += 2 + length
            groups.append(tuple(nals))
    except (struct.error, IndexError):
        raise CannotCopy("an avcC that is cut off") from None
    if not groups[0] or not groups[1] or at > len(body):
        raise CannotCopy("an avcC without parameter sets")
    return Record(body[1], body[2], body[3], (body[4] & 3) + 1, groups[0], groups[1], body[at:])


def chroma_fields(sequence_set: bytes) -> bytes:
    """What an avcC of the High profiles has behind its sets."""
    sps = read_sequence_set(sequence_set)
    return bytes([0xFC | sps.chroma, 0xF8 | sps.depth - 8, 0xF8 | sps.depth - 8, 0])


def read_sequence_set(nal: bytes) -> SequenceSet:
    """Raises CannotCopy for one that we cannot read."""
    try:
        bits = BitReader(unescape(nal))
        bits.read(8)
        return _read_sequence_set(bits)
    except EOFError:
        raise CannotCopy("a sequence parameter set that is cut off") from None


def read_picture_set(nal: bytes) -> PictureSet:
    """Raises CannotCopy for one that we cannot read, or that has slice groups."""
    try:
        bits = BitReader(unescape(nal)[1:])
        number, sequence, cabac, bottom_poc = bits.ue(), bits.ue(), bits.flag(), bits.flag()
        if bits.ue():
            raise CannotCopy("slice groups")
        active = (bits.ue() + 1, bits.ue() + 1)
        weighted, bipred_weights = bits.flag(), bits.read(2)
        bits.se(), bits.se(), bits.se()
        deblocking, _, redundant = bits.flag(), bits.flag(), bits.flag()
    except EOFError:
        raise CannotCopy("a picture parameter set that is cut off") from None
    return PictureSet(number, sequence, cabac, bottom_poc, active, weighted, bipred_weights, deblocking, redundant)


def allow_late_frames(nal: bytes, count: int) -> bytes:
    """A sequence parameter set that allows for at least so many late frames, if it says anything of them."""
    sps = read_sequence_set(nal)
    if sps.late_frames is None or sps.late_frames >= count:
        return nal
    bits = BitReader(unescape(nal))
    bits.at = sps.late_frames_at
    before = bits.since(0)
    bits.ue()
    buffered = bits.ue()
    # These two numbers are the last.
    written = BitWriter()
    written.write(*before)
    written.ue(count)
    written.ue(max(buffered, count))
    written.write(1, 1)
    written.write(0, -written.length % 8)
    return escape(written.value.to_bytes(written.length // 8))


def set_id(nal: bytes) -> int:
    """The id of a parameter set of either kind."""
    bits = BitReader(unescape(nal[:16])[1:])
    if nal[0] & 31 == SPS:
        bits.read(24)
    return bits.ue()


def split(sample: bytes, length_size: int) -> Iterator[bytes]:
    """The NAL units of a sample. Raises CannotCopy where their lengths do not add up."""
    at = 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + length_size])
        at += length_size
        if not length or at + length > len(sample):
            raise CannotCopy("a sample that is no row of NAL units")
        yield sample[at : at + length]
        at += length


def split_start_codes(stream: bytes) -> list[bytes]:
    """The NAL units of a byte stream (Annex B)."""
    return [nal.rstrip(b"\x00") for nal in stream.split(b"\x00\x00\x01")[1:]]


def join(nals: list[bytes], length_size: int = 4) -> bytes:
    """A sample of these NAL units."""
    return b"".join(len(nal).to_bytes(length_size) + nal for nal in nals)


def _read_sequence_set(bits: BitReader) -> SequenceSet:
    profile, constraints, level, number = bits.read(8), bits.read(8), bits.read(8), bits.ue()
    chroma, separate, depth = 1, False, 8
    if profile in WITH_CHROMA:
        chroma = bits.ue()
        separate = chroma == 3 and bits.flag()
        depth, chroma_depth = bits.ue() + 8, bits.ue() + 8
        if depth != chroma_depth:
            raise CannotCopy("luma and chroma of different depths")
        bits.flag()
        if bits.flag():
            for at in range(8 if chroma != 3 else 12):
                if bits.flag():
                    _skip_scaling_list(bits, 16 if at < 6 else 64)
    frame_num_bits, poc_type, poc_bits = bits.ue() + 4, bits.ue(), 0
    if poc_type == 0:
        poc_bits = bits.ue() + 4
    elif poc_type == 1:
        bits.flag(), bits.se(), bits.se()
        for _ in range(bits.ue()):
            bits.se()
    max_ref_frames, gaps_allowed = bits.ue(), bits.flag()
    bits.ue(), bits.ue()
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()
    bits.flag()
    if bits.flag():
        bits.ue(), bits.ue(), bits.ue(), bits.ue()
    aspect, full_range, colour, late_frames, late_frames_at = (0, 1), False, (UNSPECIFIED,) * 3, None, 0
    if bits.flag():
        aspect, full_range, colour = _read_usability(bits)
        late_frames, late_frames_at = _read_late_frames(bits)
    return SequenceSet(
        number, profile, constraints, level, chroma, separate, depth, frame_num_bits, poc_type, poc_bits,
        max_ref_frames, gaps_allowed, frames_only, aspect, full_range, colour, late_frames, late_frames_at,
    )  # fmt: skip


def _read_usability(bits: BitReader) -> tuple[tuple[int, int], bool, tuple[int, int, int]]:
    aspect, full_range, colour = (0, 1), False, (UNSPECIFIED, UNSPECIFIED, UNSPECIFIED)
    if bits.flag():
        index = bits.read(8)
        if index == EXTENDED_SAR:
            aspect = (bits.read(16), bits.read(16))
        elif index < len(SAMPLE_ASPECTS):
            aspect = SAMPLE_ASPECTS[index]
    if bits.flag():
        bits.flag()
    if bits.flag():
        bits.read(3)
        full_range = bits.flag()
        if bits.flag():
            colour = (bits.read(8), bits.read(8), bits.read(8))
    return aspect, full_range, colour


def _read_late_frames(bits: BitReader) -> tuple[int | None, int]:
    """The rest of what a set says to players. Some are cut off there, and decoders make do with it."""
    try:
        if bits.flag():
            bits.ue(), bits.ue()
        if bits.flag():
            bits.read(65)
        buffers = [bits.flag() and _skip_buffer(bits) for _ in range(2)]
        if any(buffers):
            bits.flag()
        bits.flag()
        if not bits.flag():
            return None, 0
        bits.flag(), bits.ue(), bits.ue(), bits.ue(), bits.ue()
        at = bits.at
        late_frames, _buffered = bits.ue(), bits.ue()
    except EOFError:
        return None, 0
    return late_frames, at


def _skip_buffer(bits: BitReader) -> bool:
    count = bits.ue() + 1
    bits.read(8)
    for _ in range(count):
        bits.ue(), bits.ue(), bits.flag()
    bits.read(20)
    return True


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last
