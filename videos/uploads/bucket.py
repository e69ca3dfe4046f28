"""Parts in a bucket: S3's own uploads in parts. The browser sends them there; no byte of them comes through here."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.utils import timezone

from videos.errors import NoSuchPart, StorageUnreachable, UploadGone
from videos.models import Upload
from videos.storage import VideoBucket

logger = logging.getLogger(__name__)

# How long a signed address takes a part (seconds): long enough for the first byte to arrive over a slow line.
SIGNED_SECONDS = 300


def allow_uploads_from(storage: VideoBucket, origin: str) -> None:
    """Have the bucket take parts from browsers that show pages of this server. Raises StorageUnreachable."""
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 3600}
    with _told():
        storage.client.put_bucket_cors(Bucket=storage.bucket_name, CORSConfiguration={"CORSRules": [rule]})


class BucketParts:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"""

    def __init__(self, storage: VideoBucket) -> None:
        self.storage = storage

    def begin(self, upload: Upload) -> None:
        """Notes what the bucket calls it."""
        parameters = self.storage.get_object_parameters(upload.name)
        with _told():
            answer = self.storage.client.create_multipart_upload(**self._place(upload), **parameters)
        upload.bucket_id = answer["UploadId"]

    def url(self, upload: Upload, number: int) -> str:
        """A signed address, for exactly this part and its length. Raises NoSuchPart."""
        if not 1 <= number <= upload.part_count:
            raise NoSuchPart(number=number)
        parameters = self._upload(upload) | {"PartNumber": number, "ContentLength": upload.bytes_of_part(number)}
        return str(
            self.storage.client.generate_presigned_url("upload_part", Params=parameters, ExpiresIn=SIGNED_SECONDS)
        )

    def sizes(self, upload: Upload) -> dict[int, int]:
        """What the bucket has. Raises UploadGone."""
        return {part["PartNumber"]: part["Size"] for part in self._parts(upload)}

    def finish(self, upload: Upload) -> None:
        """Has the bucket join them. Their tags are the bucket's own: what a browser says is not asked."""
        tags = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in self._parts(upload)]
        with _told():
            self.storage.client.complete_multipart_upload(**self._upload(upload), MultipartUpload={"Parts": tags})

    def is_whole(self, upload: Upload) -> bool:
        """The bucket has joined them."""
        try:
            with _told():
                return bool(self.storage.size(upload.name) == upload.size_bytes)
        except FileNotFoundError:
            return False

    def remove(self, upload: Upload) -> None:
        """The object that was made of them."""
        with _told():
            self.storage.delete(upload.name)

    def discard(self, upload: Upload) -> None:
        """Has the bucket forget them."""
        try:
            with _told():
                self.storage.client.abort_multipart_upload(**self._upload(upload))
        except UploadGone:
            return

    def orphans(self, older_than: timedelta) -> Iterator[Upload]:
        """Uploads below our prefix that have no row."""
        limit = timezone.now() - older_than
        pages = self.storage.client.get_paginator("list_multipart_uploads")
        with _told():
            for page in pages.paginate(Bucket=self.storage.bucket_name, Prefix=self.storage.key("media") + "/"):
                old = {one["UploadId"]: one["Key"] for one in page.get("Uploads", []) if one["Initiated"] < limit}
                known = set(Upload.objects.filter(bucket_id__in=old).values_list("bucket_id", flat=True))
                yield from (
                    Upload(bucket_id=bucket_id, name=key.removeprefix(self.storage.key("")))
                    for bucket_id, key in old.items()
                    if bucket_id not in known
                )

    def _parts(self, upload: Upload) -> list[Any]:
        with _told():
            pages = self.storage.client.get_paginator("list_parts").paginate(**self._upload(upload))
            return [part for page in pages for part in page.get("Parts", [])]

    def _place(self, upload: Upload) -> dict[str, Any]:
        return {"Bucket": self.storage.bucket_name, "Key": self.storage.key(upload.name)}

    def _upload(self, upload: Upload) -> dict[str, Any]:
        return self._place(upload) | {"UploadId": upload.bucket_id}


@contextmanager
def _told() -> Iterator[None]:
    """The library's errors as ours. Raises UploadGone, StorageUnreachable."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchUpload", "404"):
            raise UploadGone from error
        logger.exception("the bucket refuses")
        raise StorageUnreachable from error
    except BotoCoreError as error:
        logger.exception("the bucket does not answer")
        raise StorageUnreachable from error
