"""Where masters, renditions and clips are kept: a private storage of their own, `STORAGES["videos"]`.

Nothing in it has a public address. Readers come through `/files/…`, which asks each time; from a bucket they are sent
on to a signed address that expires, from the file system the bytes are streamed.
"""

import mimetypes
import shutil
from pathlib import Path
from typing import Any

from botocore.config import Config
from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.urls import reverse
from storages.backends.s3 import S3Storage


def video_storage() -> Storage:
    """The storage of video files: a `VideoFolder`, or a `VideoBucket`."""
    return storages["videos"]


def duplicate(name: str, wanted: str) -> str:
    """Store a file a second time, under the name wanted or one like it, which is returned.

    A bucket does it by itself. In a folder both are one file on disk, which is there until its last name goes.
    """
    storage = video_storage()
    free = storage.get_available_name(wanted)
    if isinstance(storage, VideoBucket):
        kind = {"ContentType": storage.get_object_parameters(free)["ContentType"]}
        source = {"Bucket": storage.bucket_name, "Key": storage.key(name)}
        arguments = kind | {"MetadataDirective": "REPLACE"}
        storage.client.copy(source, storage.bucket_name, storage.key(free), ExtraArgs=arguments)
        return free
    target = Path(storage.path(free))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(storage.path(name))
    except OSError:  # not every file system knows links
        shutil.copyfile(storage.path(name), target)
    return free


class VideoFolder(FileSystemStorage):
    """Video files below VIDEOS_DIR, which no web server shows."""

    @property
    def base_location(self) -> Path:
        return Path(settings.VIDEOS_DIR)

    @property
    def location(self) -> str:
        return str(self.base_location.absolute())

    def url(self, name: str | None, **_parameters: object) -> str:
        """An address for editors, in the admin."""
        return reverse("video_file", args=[name])


class VideoBucket(S3Storage):
    """Video files in a private bucket, below the prefix `location`.

    Objects are sent without an ACL, so they are as private as the bucket: buckets of today refuse any other word.
    """

    def get_default_settings(self) -> dict[str, Any]:
        """Those of the library; the client's manners; and no file that somebody opens is held in memory whole."""
        # Checksums of newer kinds are not known to every S3-compatible server, nor to browsers that send parts.
        # Path style where the server has an address of its own: nobody gave its buckets host names.
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if settings.S3_ENDPOINT_URL else "virtual"},
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 4},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return super().get_default_settings() | {
            "client_config": config,
            "file_overwrite": False,
            "max_memory_size": settings.FILE_UPLOAD_MAX_MEMORY_SIZE,
            "querystring_expire": 300,
        }

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """A file is served as what its name says, whatever the browser that sent it said."""
        kind = mimetypes.guess_type(name)[0] or self.default_content_type
        return {**super().get_object_parameters(name), "ContentType": kind}

    @property
    def client(self) -> Any:
        """The S3 client of this thread. It keeps its connections."""
        return self.connection.meta.client

    def key(self, name: str) -> str:
        """What a file is called in the bucket."""
        return str(self._normalize_name(name))
