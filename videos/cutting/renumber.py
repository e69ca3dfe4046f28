"""Makes an open GOP a start: its I picture becomes an IDR picture, and the headers up to the next one are renumbered.

An IDR picture empties the decoder's memory. The pictures that a clip drops before and after it (leading ones) are
then missing from the memory, so numbers, reference lists and commands of marking are made anew. Each is made so that
every picture finds the references that it had. The coded pictures themselves stay as they are, to the bit.

ITU-T H.264, sections 8.2.1 (order), 8.2.4 (reference lists), 8.2.5 (marking).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videos.cutting.h264 import (
    IDR_SLICE,
    PPS,
    SLICE,
    SPS,
    SequenceSet,
    join,
    read_picture_set,
    read_sequence_set,
    split,
)
from videos.cutting.slices import B_SLICE, I_SLICE, Command, Slice, read_slice, write_slice
from videos.errors import CannotCopy


@dataclass(eq=False)
class _Reference:
    """A picture in the decoder's memory. `frame_num`: in the source; `number`: how many references came before it in
    the clip, or None if the clip does not have it.
    """

    frame_num: int
    order: int
    number: int | None


class Renumbering:
    """Takes the samples of an open GOP in turn. `sets`: the parameter sets in force."""

    def __init__(self, sets: Sequence[bytes]) -> None:
        self._sequences = {sps.id: sps for nal in sets if nal[0] & 31 == SPS for sps in [read_sequence_set(nal)]}
        self._pictures = {pps.id: pps for nal in sets if nal[0] & 31 == PPS for pps in [read_picture_set(nal)]}
        if len(self._sequences) != 1:
            raise CannotCopy("several sequence parameter sets in an open GOP")
        self._sequence: SequenceSet = next(iter(self._sequences.values()))
        # The decoder's memory, of the source's pictures from the start on and of the clip's. Older pictures than the
        # start can only leave before them.
        self._theirs: list[_Reference] = []
        self._ours: list[_Reference] = []
        self._count = 0
        self._previous_order = 0
        self._first_order = 0
        self._ended = False

    def samples(self, samples: Iterator[tuple[bool, bytes]]) -> Iterator[bytes]:
        """The samples for the clip. `samples`: from the start on, with those that the clip does not have (False)."""
        for is_first, (is_kept, sample) in zip(_once(), samples, strict=False):
            nals = list(split(sample, 4))
            slices = [nal for nal in nals if nal[0] & 31 in (SLICE, IDR_SLICE)]
            self._ended |= not is_first and slices[0][0] & 31 == IDR_SLICE
            if self._ended:
                if is_kept:
                    yield sample
                continue
            rewritten = iter(self._picture([self._read(nal) for nal in slices], is_kept=is_kept, is_first=is_first))
            if is_kept:
                yield join([next(rewritten) if nal[0] & 31 in (SLICE, IDR_SLICE) else nal for nal in nals])

    def _read(self, nal: bytes) -> Slice:
        return read_slice(nal, self._sequences, self._pictures)

    def _picture(self, slices: list[Slice], *, is_kept: bool, is_first: bool) -> list[bytes]:
        """The slices of a picture, renumbered; the memory as it is behind the picture."""
        head = slices[0]
        order = self._order_of(head, is_first=is_first)
        if is_first:
            if not head.reference:
                raise CannotCopy("a start that no picture refers to")
            self._first_order = order - max(0, -head.bottom_delta)
        me = _Reference(head.frame_num, order, self._count if is_kept else None)
        lists = [self._lists(each, me) for each in slices] if is_kept else []
        marking = self._mark(head, me, is_first=is_first) if head.reference else None
        if not is_kept:
            return []
        new_order = order - self._first_order
        written = [
            write_slice(
                each, self._sequence, idr=is_first, frame_num=me.number or 0, order=new_order, lists=commands,
                marking=marking,
            )
            for each, commands in zip(slices, lists, strict=True)
        ]  # fmt: skip
        self._count += bool(head.reference)
        return written

    def _order_of(self, head: Slice, *, is_first: bool) -> int:
        """The picture's place in the order of presentation, without the cutting off of its upper bits."""
        if self._sequence.poc_type != 0:
            return 0
        most = 1 << self._sequence.poc_bits
        if is_first:
            order = head.order
        else:
            ahead = (head.order - self._previous_order) % most
            order = self._previous_order + (ahead if ahead <= most // 2 else ahead - most)
        if head.reference:
            self._previous_order = order
        return order

    def _wrapped(self, reference: _Reference, me: _Reference) -> int:
        """The number of a reference in the source, as seen from a picture (`FrameNumWrap`)."""
        over = reference.frame_num > me.frame_num
        return reference.frame_num - (1 << self._sequence.frame_num_bits) * over

    def _initial(self, memory: list[_Reference], kind: int, me: _Reference, *, ours: bool) -> list[list[_Reference]]:
        """The reference lists of a picture before they are modified."""

        def age(reference: _Reference) -> int:
            return (reference.number or 0) if ours else self._wrapped(reference, me)

        if kind != B_SLICE:
            return [sorted(memory, key=age, reverse=True)]
        before = sorted((each for each in memory if each.order < me.order), key=lambda each: -each.order)
        after = sorted((each for each in memory if each.order > me.order), key=lambda each: each.order)
        first, second = before + after, after + before
        if len(second) > 1 and first == second:
            second = [second[1], second[0], *second[2:]]
        return [first, second]

    def _lists(self, each: Slice, me: _Reference) -> tuple[list[Command], ...]:
        """The commands that give a slice the references that it has in the source."""
        if each.kind == I_SLICE:
            return ()
        theirs = self._initial(self._theirs, each.kind, me, ours=False)
        mine = self._initial(self._ours, each.kind, me, ours=True)
        commands = []
        for place, active in enumerate(each.active):
            wanted = self._modified(theirs[place], each.lists[place], me, active)
            given = mine[place][:active]
            fits = len(given) == active and all(
                want is None or want is have for want, have in zip(wanted, given, strict=True)
            )
            commands.append([] if fits else self._commands(wanted, me))
        return tuple(commands)

    def _modified(
        self, initial: list[_Reference], commands: list[Command], me: _Reference, active: int
    ) -> list[_Reference | None]:
        """A reference list of the source; None for a picture that the clip does not have."""
        most = 1 << self._sequence.frame_num_bits
        entries: list[_Reference | None] = [*initial[:active], *[None] * (active - len(initial))]
        by_number = {self._wrapped(reference, me) % most: reference for reference in self._theirs}
        predicted = me.frame_num
        for place, (operation, argument) in enumerate(commands):
            predicted = (predicted + (argument + 1) * (1 if operation else -1)) % most
            found = by_number.get(predicted)
            others = [entry for entry in entries[place:] if entry is not found or found is None]
            entries = [*entries[:place], found, *others][:active]
        return [entry if entry is not None and entry.number is not None else None for entry in entries]

    def _commands(self, wanted: list[_Reference | None], me: _Reference) -> list[Command]:
        """Commands that name each entry of a list. What the clip does not have is never looked at: any will do."""
        if not self._ours:
            raise CannotCopy("a picture without references")
        most = 1 << self._sequence.frame_num_bits
        predicted = me.number or 0
        commands: list[Command] = []
        for reference in wanted:
            number = (reference or self._ours[-1]).number or 0
            commands.append((0, (predicted - number - 1) % most))
            predicted = number
        return commands

    def _mark(self, head: Slice, me: _Reference, *, is_first: bool) -> list[Command] | None:
        """Move both memories on. Returns the commands that keep ours to what theirs keeps, None if none are needed."""
        if is_first:
            self._theirs, self._ours = [me], [me]
            return None
        most, size = 1 << self._sequence.frame_num_bits, max(1, self._sequence.max_ref_frames)
        if head.marking is None:
            if len(self._theirs) >= size:
                self._theirs.remove(min(self._theirs, key=lambda each: self._wrapped(each, me)))
        else:
            gone = {(me.frame_num - argument - 1) % most for _, argument in head.marking}
            self._theirs = [each for each in self._theirs if each.frame_num not in gone]
        self._theirs.append(me)
        if me.number is None:
            return None
        keep = [each for each in self._ours if each in self._theirs]
        sliding = self._ours[1:] if len(self._ours) >= size else self._ours
        gone_now = [each for each in self._ours if each not in keep]
        number = me.number
        commands = [(1, number - (each.number or 0) - 1) for each in gone_now]
        fits = sliding == keep
        self._ours = [*keep, me]
        return None if fits else commands


def _once() -> Iterator[bool]:
    yield True
    while True:
        yield False
