"""Stored files as files on disk: what libraries for video can read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage

PIECE_BYTES = 4 * 1024 * 1024


@contextmanager
def local_file(name: str) -> Iterator[Path]:
    """A stored file on disk: itself where the storage is the file system, else a copy that is removed afterwards."""
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:
        pass
    else:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".part") as copy:
        with default_storage.open(name) as source:
            while piece := source.read(PIECE_BYTES):
                copy.write(piece)
        copy.flush()
        yield Path(copy.name)
