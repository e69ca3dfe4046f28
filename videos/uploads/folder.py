"""Parts on disk: each is written where it will stand in the whole file, so completing one is a rename."""

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from io import FileIO
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from videos.errors import NoRoomForUpload, NoSuchPart, PartBroken, UploadGone
from videos.models import Upload
from videos.storage import VideoFolder

# Beside the videos: on the same file system, or a rename would be a copy.
FOLDER = ".uploads"
FILE = "file"
# How much of a part is in memory at a time (bytes).
PIECE_BYTES = 1024 * 1024
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Body(Protocol):
    """What a request brings."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes more; none at its end."""


class FolderParts:
    """A folder an upload: the file, and an empty file for each part of it that is whole."""

    def __init__(self, storage: VideoFolder) -> None:
        self.storage = storage

    def begin(self, upload: Upload) -> None:
        """Make its folder. Raises NoRoomForUpload."""
        folder = self._folder(upload)
        folder.mkdir(parents=True)
        if shutil.disk_usage(folder).free < upload.size_bytes:
            self.discard(upload)
            raise NoRoomForUpload
        (folder / FILE).touch()

    def url(self, upload: Upload, number: int) -> str:
        """An address of this server."""
        return reverse("video_upload_part", args=[upload.pk, number])

    def write(self, upload: Upload, number: int, body: Body) -> None:
        """Put a part into its place. Raises NoSuchPart, PartBroken, NoRoomForUpload, UploadGone."""
        if not 1 <= number <= upload.part_count:
            raise NoSuchPart(number=number)
        folder = self._folder(upload)
        try:
            with FileIO(os.open(folder / FILE, os.O_WRONLY | os.O_CLOEXEC), "wb") as file:
                self._write(file, upload, number, body)
            (folder / str(number)).touch()
        except FileNotFoundError:
            raise UploadGone from None
        except OSError as error:
            if error.errno in NO_ROOM:
                raise NoRoomForUpload from error
            raise

    def _write(self, file: FileIO, upload: Upload, number: int, body: Body) -> None:
        offset, left = (number - 1) * upload.part_bytes, upload.bytes_of_part(number)
        while left:
            piece = memoryview(body.read(min(PIECE_BYTES, left)))
            if not piece:
                raise PartBroken(number=number)
            left -= len(piece)
            while piece:
                written = os.pwrite(file.fileno(), piece, offset)
                piece, offset = piece[written:], offset + written
        # More than was told of: it would be cut off, and nobody would hear of it.
        if body.read(1):
            raise PartBroken(number=number)

    def sizes(self, upload: Upload) -> dict[int, int]:
        """Those whose empty file is there. Raises UploadGone."""
        try:
            numbers = [int(path.name) for path in self._folder(upload).iterdir() if path.name.isdigit()]
        except FileNotFoundError:
            raise UploadGone from None
        return {number: upload.bytes_of_part(number) for number in numbers}

    def finish(self, upload: Upload) -> None:
        """The file, on the disk for good, moves to its name."""
        file, target = self._folder(upload) / FILE, Path(self.storage.path(upload.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as whole:
            os.fsync(whole.fileno())
        file.rename(target)
        self.discard(upload)

    def is_whole(self, upload: Upload) -> bool:
        """The file has its name."""
        try:
            return self.storage.size(upload.name) == upload.size_bytes
        except FileNotFoundError:
            return False

    def remove(self, upload: Upload) -> None:
        """The file under its name."""
        self.storage.delete(upload.name)

    def discard(self, upload: Upload) -> None:
        """Its folder, with all that is in it."""
        shutil.rmtree(self._folder(upload), ignore_errors=True)

    def orphans(self, older_than: timedelta) -> Iterator[Upload]:
        """Folders without a row."""
        root = Path(self.storage.path(FOLDER))
        limit = (timezone.now() - older_than).timestamp()
        old = [path.name for path in root.iterdir() if path.stat().st_mtime < limit] if root.is_dir() else []
        known = {str(key) for key in Upload.objects.filter(pk__in=old).values_list("pk", flat=True)}
        yield from (Upload(pk=UUID(name)) for name in old if name not in known)

    def _folder(self, upload: Upload) -> Path:
        return Path(self.storage.path(FOLDER)) / str(upload.pk)
