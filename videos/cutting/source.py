"""Where the bytes of a source come from."""

import os
from pathlib import Path
from typing import Protocol, Self

from videos.errors import SourceUnreadable


class Source(Protocol):
    """A file that can be read at any place: on disk, or by ranges from a storage."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly so many bytes from there. Raises SourceUnreadable, and SourceChanged if the file was replaced."""


class FileSource:
    """A file on disk. It stays the same file though another takes its name."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise SourceUnreadable(reason=error.strerror) from error
        self.size = os.fstat(self._file).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly so many bytes from there. Raises SourceUnreadable."""
        try:
            got = os.pread(self._file, length, offset)
            while len(got) < length:
                more = os.pread(self._file, length - len(got), offset + len(got))
                if not more:
                    raise SourceUnreadable(reason=f"it ends at {offset + len(got)}, not at {offset + length} or later")
                got += more
        except OSError as error:
            raise SourceUnreadable(reason=error.strerror) from error
        return got

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
