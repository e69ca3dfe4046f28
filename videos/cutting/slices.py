"""Headers of H.264 slices, taken apart into what changes when pictures are renumbered, and runs of bits that stay.

ITU-T H.264, section 7.3.3.
"""

from dataclasses import dataclass

from videos.cutting.bits import BitReader, BitWriter, escape, unescape
from videos.cutting.h264 import IDR_SLICE, PictureSet, SequenceSet
from videos.errors import CannotCopy

P_SLICE, B_SLICE, I_SLICE, SP_SLICE, SI_SLICE = range(5)
END_OF_MODIFICATIONS = 3
# A header is seldom longer; weights for 32 references would be.
USUAL_HEADER = 256

Bits = tuple[int, int]  # value, length
Command = tuple[int, int]  # operation, argument


@dataclass(frozen=True)
class Slice:
    """A slice of a frame. `lists`: for each reference list its commands of modification; `active`: their lengths;
    `marking`: memory management commands, or None for the sliding window.

    `lead`, `after_number`, `after_order`, `weights`, `rest`: bits that stay as they are. `data`: bytes or bits behind
    the header.
    """

    reference: int
    is_idr: bool
    kind: int
    frame_num: int
    order: int
    bottom_delta: int
    active: tuple[int, ...]
    lists: tuple[list[Command], ...]
    marking: list[Command] | None
    lead: Bits
    after_number: Bits
    after_order: Bits
    weights: Bits
    rest: Bits
    data: bytes | Bits


def read_slice(nal: bytes, sequences: dict[int, SequenceSet], pictures: dict[int, PictureSet]) -> Slice:
    """Take a slice apart. Raises CannotCopy for fields, and for what else cannot be renumbered."""
    payload = unescape(nal)
    try:
        try:
            return _read(payload, BitReader(payload[:USUAL_HEADER]), sequences, pictures)
        except EOFError:
            return _read(payload, BitReader(payload), sequences, pictures)
    except (EOFError, KeyError):
        raise CannotCopy("a slice that cannot be read") from None


def _read(payload: bytes, bits: BitReader, sequences: dict[int, SequenceSet], pictures: dict[int, PictureSet]) -> Slice:
    is_idr, reference = bits.read(8) & 31 == IDR_SLICE, payload[0] >> 5 & 3
    bits.ue()
    kind = bits.ue() % 5
    pps = pictures[bits.ue()]
    sps = sequences[pps.sequence]
    if kind in (SP_SLICE, SI_SLICE) or sps.poc_type == 1 or pps.redundant_pictures or sps.gaps_allowed:
        raise CannotCopy("slices that cannot be renumbered")
    if sps.separate_planes:
        bits.read(2)
    lead = bits.since(8)
    frame_num = bits.read(sps.frame_num_bits)
    begin = bits.at
    if not sps.frames_only and bits.flag():
        raise CannotCopy("fields in an open GOP")
    after_number = bits.since(begin)
    if is_idr:
        bits.ue()
    order = bits.read(sps.poc_bits) if sps.poc_type == 0 else 0
    begin = bits.at
    bottom_delta = bits.se() if sps.poc_type == 0 and pps.bottom_poc else 0
    if kind == B_SLICE:
        bits.flag()
    active: tuple[int, ...] = {P_SLICE: pps.active[:1], B_SLICE: pps.active, I_SLICE: ()}[kind]
    if active and bits.flag():
        active = tuple(bits.ue() + 1 for _ in active)
    after_order = bits.since(begin)
    lists = tuple(_modifications(bits) for _ in active)
    begin = bits.at
    if (kind == P_SLICE and pps.weighted) or (kind == B_SLICE and pps.bipred_weights == 1):
        _skip_weights(bits, active, has_chroma=sps.chroma != 0 and not sps.separate_planes)
    weights = bits.since(begin)
    marking = _marking(bits, is_idr=is_idr) if reference else None
    begin = bits.at
    if not pps.cabac:
        whole = BitReader(payload)
        whole.at = begin
        rest = whole.since(begin, whole.length)
        return Slice(
            reference, is_idr, kind, frame_num, order, bottom_delta, active, lists, marking, lead, after_number,
            after_order, weights, (0, 0), rest,
        )  # fmt: skip
    if kind != I_SLICE:
        bits.ue()
    bits.se()
    if pps.deblocking_control and bits.ue() != 1:
        bits.se(), bits.se()
    rest = bits.since(begin)
    return Slice(
        reference, is_idr, kind, frame_num, order, bottom_delta, active, lists, marking, lead, after_number,
        after_order, weights, rest, payload[-(-bits.at // 8) :],
    )  # fmt: skip


def bottom_field_first(nal: bytes, sequences: dict[int, SequenceSet], pictures: dict[int, PictureSet]) -> bool:
    """Whether the lower field of an interlaced picture is shown first, by its first slice."""
    bits = BitReader(unescape(nal[:64]))
    is_idr = bits.read(8) & 31 == IDR_SLICE
    bits.ue(), bits.ue()
    pps = pictures[bits.ue()]
    sps = sequences[pps.sequence]
    if sps.separate_planes:
        bits.read(2)
    bits.read(sps.frame_num_bits)
    if not sps.frames_only and bits.flag():
        return bits.flag()
    if is_idr:
        bits.ue()
    if sps.poc_type != 0:
        return False
    bits.read(sps.poc_bits)
    return pps.bottom_poc and bits.se() < 0


def write_slice(
    old: Slice, sequence: SequenceSet, *, idr: bool, frame_num: int, order: int, lists: tuple[list[Command], ...],
    marking: list[Command] | None,
) -> bytes:  # fmt: skip
    """The same slice with these numbers: `order` and `frame_num` are cut to the bits that the set gives them."""
    bits = BitWriter()
    bits.write(old.reference << 5 | (IDR_SLICE if idr else 1), 8)
    bits.write(*old.lead)
    bits.write(frame_num % (1 << sequence.frame_num_bits), sequence.frame_num_bits)
    bits.write(*old.after_number)
    if idr:
        bits.ue(0)
    if sequence.poc_type == 0:
        bits.write(order % (1 << sequence.poc_bits), sequence.poc_bits)
    bits.write(*old.after_order)
    for commands in lists:
        _write_modifications(bits, commands)
    bits.write(*old.weights)
    if old.reference:
        if idr:
            bits.write(0, 2)
        else:
            _write_marking(bits, marking)
    bits.write(*old.rest)
    if isinstance(old.data, tuple):
        bits.write(*old.data)
        # The bit that ends the slice is in it; what follows up to the byte is zero.
        bits.write(0, -bits.length % 8)
        return escape(bits.value.to_bytes(bits.length // 8).rstrip(b"\x00"))
    bits.write((1 << -bits.length % 8) - 1, -bits.length % 8)
    return escape(bits.value.to_bytes(bits.length // 8) + old.data)


def _modifications(bits: BitReader) -> list[Command]:
    commands: list[Command] = []
    if not bits.flag():
        return commands
    while (operation := bits.ue()) != END_OF_MODIFICATIONS:
        if operation > 1:
            raise CannotCopy("long-term references")
        commands.append((operation, bits.ue()))
    return commands


def _write_modifications(bits: BitWriter, commands: list[Command]) -> None:
    bits.write(int(bool(commands)), 1)
    for operation, argument in commands:
        bits.ue(operation)
        bits.ue(argument)
    if commands:
        bits.ue(END_OF_MODIFICATIONS)


def _marking(bits: BitReader, *, is_idr: bool) -> list[Command] | None:
    if is_idr:
        if bits.read(2) & 1:
            raise CannotCopy("long-term references")
        return None
    if not bits.flag():
        return None
    commands: list[Command] = []
    while operation := bits.ue():
        if operation != 1:
            raise CannotCopy("long-term references, or a reset of the numbers")
        commands.append((operation, bits.ue()))
    return commands


def _write_marking(bits: BitWriter, commands: list[Command] | None) -> None:
    bits.write(int(commands is not None), 1)
    if commands is None:
        return
    for operation, argument in commands:
        bits.ue(operation)
        bits.ue(argument)
    bits.ue(0)


def _skip_weights(bits: BitReader, active: tuple[int, ...], *, has_chroma: bool) -> None:
    bits.ue()
    if has_chroma:
        bits.ue()
    for count in active:
        for _ in range(count):
            if bits.flag():
                bits.se(), bits.se()
            if has_chroma and bits.flag():
                bits.se(), bits.se(), bits.se(), bits.se()
