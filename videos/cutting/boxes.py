"""Boxes, of which MP4 and MOV files are made: ISO/IEC 14496-12, section 4.2."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from videos.cutting.source import Source
from videos.errors import CannotCopy

# No table of contents that a camera or an encoder wrote comes near this: 2 hours have 5 MB.
LARGEST_MOOV = 512 * 1024 * 1024
FLAT_HEADER, LARGE_HEADER = 8, 16


@dataclass(frozen=True)
class Box:
    """A box in memory. `kind`: its four letters."""

    kind: bytes
    body: bytes

    def children(self, skip: int = 0) -> Iterator["Box"]:
        """The boxes in it, after so many bytes. Raises CannotCopy where they do not fit into one another."""
        return read_boxes(self.body, skip)

    def find(self, path: str) -> "Box | None":
        """The first box at a path such as `mdia/mdhd`."""
        kind, _, rest = path.partition("/")
        for child in self.children():
            if child.kind == kind.encode():
                return child.find(rest) if rest else child
        return None

    def need(self, path: str) -> "Box":
        """The first box at a path. Raises CannotCopy if there is none."""
        found = self.find(path)
        if found is None:
            raise CannotCopy(f"no {path} in {self.kind.decode('latin-1')}")
        return found

    def every(self, kind: str) -> Iterator["Box"]:
        """All children of a kind."""
        return (child for child in self.children() if child.kind == kind.encode())

    @property
    def version(self) -> int:
        """Of a full box."""
        return self.body[0]

    @property
    def flags(self) -> int:
        """Of a full box."""
        return int.from_bytes(self.body[1:4])

    def take(self, layout: str, at: int = 4) -> tuple[int, ...]:
        """Big-endian numbers at a place of the body, as `struct` names them. Raises CannotCopy if it is too short."""
        try:
            return struct.unpack_from(">" + layout, self.body, at)
        except struct.error:
            raise CannotCopy(f"{self.kind.decode('latin-1')} is too short") from None

    def write(self) -> bytes:
        """The box as it stands in a file."""
        return write_box(self.kind, self.body)


@dataclass(frozen=True)
class Place:
    """Where a box stands in a file: its header begins at `start`, what it holds at `body`."""

    kind: bytes
    start: int
    body: int
    end: int


def read_boxes(data: bytes, start: int = 0) -> Iterator[Box]:
    """The boxes that fill some bytes. Raises CannotCopy where one is larger than its place.

    QuickTime ends some lists with four zero bytes, which are no box.
    """
    at = start
    while at + FLAT_HEADER <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        header = FLAT_HEADER
        if size == 1 and at + LARGE_HEADER <= len(data):
            size, header = struct.unpack_from(">Q", data, at + 8)[0], LARGE_HEADER
        elif size == 0:
            size = len(data) - at
        if size < header or at + size > len(data):
            raise CannotCopy(f"a box {kind!r} does not fit")
        yield Box(kind, data[at + header : at + size])
        at += size


def top_level(source: Source) -> Iterator[Place]:
    """The boxes of a file. What follows the last whole one is passed over: some cameras leave garbage there."""
    at = 0
    while at + FLAT_HEADER <= source.size:
        head = source.read(at, min(LARGE_HEADER, source.size - at))
        size, kind = struct.unpack_from(">I4s", head)
        header = FLAT_HEADER
        if size == 1 and len(head) == LARGE_HEADER:
            size, header = struct.unpack_from(">Q", head, 8)[0], LARGE_HEADER
        elif size == 0:
            size = source.size - at
        if size < header or at + size > source.size:
            return
        yield Place(kind, at, at + header, at + size)
        at += size


def load(source: Source, place: Place) -> Box:
    """A box of a file in memory. Raises CannotCopy if it is absurdly large."""
    if place.end - place.start > LARGEST_MOOV:
        raise CannotCopy(f"a table of contents of {place.end - place.start} bytes")
    return Box(place.kind, source.read(place.body, place.end - place.body))


def write_box(kind: bytes, *parts: bytes) -> bytes:
    """A box that holds these bytes."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + FLAT_HEADER, kind) + body


def write_full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with a version and flags."""
    return write_box(kind, struct.pack(">I", version << 24 | flags), *parts)


def write_mdat_header(length: int) -> bytes:
    """What stands before so many bytes of pictures and sound."""
    if length + FLAT_HEADER < 1 << 32:
        return struct.pack(">I4s", length + FLAT_HEADER, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", length + LARGE_HEADER)
