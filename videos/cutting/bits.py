"""Bits of a NAL unit, read and written: ITU-T H.264, sections 7.2 and 9.1 (the same in H.265)."""

import re

ZEROS = re.compile(rb"\x00\x00(?=[\x00-\x03])")


def unescape(nal: bytes) -> bytes:
    """A NAL unit without the bytes that keep start codes out of it."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")


def escape(payload: bytes) -> bytes:
    """A NAL unit as it stands in a stream."""
    return ZEROS.sub(b"\x00\x00\x03", payload) + (b"\x03" if payload.endswith(b"\x00") else b"")


class BitReader:
    """Reads bits from the front. Raises EOFError behind the end."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data)
        self.length = len(data) * 8
        self.at = 0

    def read(self, count: int) -> int:
        """So many bits, as a number."""
        end = self.at + count
        if end > self.length:
            raise EOFError
        self.at = end
        return self._bits >> (self.length - end) & ((1 << count) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.read(1) == 1

    def ue(self) -> int:
        """An unsigned Exp-Golomb code."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise EOFError
        return (1 << zeros) - 1 + self.read(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb code."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def since(self, begin: int, end: int | None = None) -> tuple[int, int]:
        """The bits from `begin` to `end`, or to where we are: as a number, and how many."""
        end = self.at if end is None else end
        return self._bits >> (self.length - end) & ((1 << (end - begin)) - 1), end - begin


class BitWriter:
    """Writes bits one behind the other."""

    def __init__(self) -> None:
        self.value = 0
        self.length = 0

    def write(self, value: int, count: int) -> None:
        """A number in so many bits."""
        self.value = self.value << count | value
        self.length += count

    def ue(self, value: int) -> None:
        """An unsigned Exp-Golomb code."""
        self.write(value + 1, 2 * (value + 1).bit_length() - 1)

    def se(self, value: int) -> None:
        """A signed Exp-Golomb code."""
        self.ue(2 * value - 1 if value > 0 else -2 * value)
