"""Stored files as files on disk: what libraries for video can read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videos.ranges import open_source
from videos.storage import VideoBucket, video_storage

PIECE_BYTES = 8 * 1024 * 1024


@contextmanager
def local_file(name: str) -> Iterator[Path]:
    """A stored file on disk: itself where the storage is a folder, else a copy that is removed afterwards.

    Raises SourceUnreadable, SourceChanged.
    """
    storage = video_storage()
    if not isinstance(storage, VideoBucket):
        yield Path(storage.path(name))
        return
    # By ranges, since what the storage opens is a copy on disk itself: there would be two of a large master.
    with open_source(name) as source, tempfile.NamedTemporaryFile(suffix=".part") as copy:
        for offset in range(0, source.size, PIECE_BYTES):
            copy.write(source.read(offset, min(PIECE_BYTES, source.size - offset)))
        copy.flush()
        yield Path(copy.name)
