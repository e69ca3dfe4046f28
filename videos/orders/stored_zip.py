"""A ZIP of files that are stored as they are: every byte's place is known before any file is read.

So its size can be told beforehand and a download that broke off goes on, without the archive being anywhere. The parts
of the format are written by Python's own `zipfile`. APPNOTE 6.3.10, with ZIP64 where a file or a place needs it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import SEEK_SET, BytesIO
from zipfile import ZipFile, ZipInfo

READABLE_FILE = 0o100644 << 16


@dataclass(frozen=True)
class StoredFile:
    """A file that lies somewhere else. `name`: in the archive; `source`: whatever whoever reads it knows it by."""

    name: str
    source: str
    size: int
    crc32: int


@dataclass(frozen=True)
class _Piece:
    """Bytes of the archive from `offset` on: its own, or those of a file."""

    offset: int
    size: int
    content: bytes
    source: str = ""


class _FromHere(BytesIO):
    """What is written after so many bytes that lie elsewhere."""

    def __init__(self, offset: int) -> None:
        super().__init__()
        self._offset = offset

    def tell(self) -> int:
        return self._offset + super().tell()

    def seek(self, position: int, whence: int = SEEK_SET) -> int:
        return self._offset + super().seek(position - self._offset if whence == SEEK_SET else position, whence)


class StoredZip:
    """The layout of an archive of these files, in their order. `at`: the time that they bear. Names differ."""

    def __init__(self, files: list[StoredFile], at: datetime) -> None:
        self._pieces: list[_Piece] = []
        self.size = 0
        entries = [self._add(file, at) for file in files]
        with _FromHere(self.size) as directory:
            with ZipFile(directory, "w") as archive:
                archive.infolist().extend(entries)
            self._append(directory.getvalue())

    @property
    def own_bytes(self) -> bytes:
        """All that is not in the files: names, sizes, check sums and order. Equal for equal archives."""
        return b"".join(piece.content for piece in self._pieces)

    def read(self, start: int, end: int, read_file: Callable[[str, int, int], Iterator[bytes]]) -> Iterator[bytes]:
        """The bytes from `start` to before `end`. `read_file`: those of a source, between two places."""
        for piece in self._pieces:
            first, last = max(start - piece.offset, 0), min(end - piece.offset, piece.size)
            if first >= last:
                continue
            if piece.source:
                yield from read_file(piece.source, first, last)
            else:
                yield piece.content[first:last]

    def _add(self, file: StoredFile, at: datetime) -> ZipInfo:
        entry = ZipInfo(file.name, at.timetuple()[:6])
        entry.file_size = entry.compress_size = file.size
        entry.CRC = file.crc32
        entry.external_attr = READABLE_FILE
        entry.header_offset = self.size
        self._append(entry.FileHeader())
        self._pieces.append(_Piece(self.size, file.size, b"", file.source))
        self.size += file.size
        return entry

    def _append(self, content: bytes) -> None:
        self._pieces.append(_Piece(self.size, len(content), content))
        self.size += len(content)
