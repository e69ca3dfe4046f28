"""Where parts go until their file is whole: a folder beside the videos, or the bucket itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from videos.models import Upload
from videos.storage import VideoBucket, VideoFolder, video_storage
from videos.uploads.bucket import BucketParts
from videos.uploads.folder import FolderParts


class Parts(Protocol):
    """What a storage has to know of uploads. Every method may raise StorageUnreachable."""

    def begin(self, upload: Upload) -> None:
        """Make room for an upload that is not saved yet. Raises NoRoomForUpload."""

    def url(self, upload: Upload, number: int) -> str:
        """Where the browser sends a part by `PUT`; good for some minutes."""

    def sizes(self, upload: Upload) -> dict[int, int]:
        """Bytes of each part that is there whole, by its number. Raises UploadGone."""

    def finish(self, upload: Upload) -> None:
        """Make one file of the parts, under the upload's name; all of them are there."""

    def is_whole(self, upload: Upload) -> bool:
        """Whether that file is there; which the row may not know, where we died after making it."""

    def remove(self, upload: Upload) -> None:
        """Remove that file; nothing, where there is none."""

    def discard(self, upload: Upload) -> None:
        """Remove parts that nobody will make a file of; nothing, where there are none."""

    def orphans(self, older_than: timedelta) -> Iterator[Upload]:
        """Parts as old as this that belong to no upload any more: what a crash left. Not saved, to be discarded."""


def parts() -> Parts:
    """Those of the storage for videos."""
    storage = video_storage()
    if isinstance(storage, VideoBucket):
        return BucketParts(storage)
    assert isinstance(storage, VideoFolder)
    return FolderParts(storage)
