"""Stored video files, read at any place: from a bucket by ranges, never whole, and always the same file."""

import logging
import re
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from videos.cutting.source import FileSource
from videos.errors import SourceChanged, SourceUnreadable
from videos.storage import VideoBucket, video_storage

logger = logging.getLogger(__name__)

# How often a range is asked for whose bytes did not all come, and the first pause between (seconds, doubled each
# time). Answers of 500 and 503 and connections that fail are tried again below, by the client itself.
ATTEMPTS = 4
PAUSE = 0.2


def open_source(name: str) -> "FileSource | BucketSource":
    """A stored file to be read at any place; to be used in a `with`. Raises SourceUnreadable."""
    storage = video_storage()
    return BucketSource(storage, name) if isinstance(storage, VideoBucket) else FileSource(Path(storage.path(name)))


class BucketSource:
    """An object of a bucket, as it was when this was made: every answer is held against its entity tag.

    `requests` and `bytes_read` count what it has cost so far, what had to be asked again included.
    """

    def __init__(self, bucket: VideoBucket, name: str) -> None:
        """Asks for size and tag. Raises SourceUnreadable."""
        self._client = bucket.client
        self._place = {"Bucket": bucket.bucket_name, "Key": bucket.key(name)}
        self.requests = 0
        self.bytes_read = 0
        about = self._ask(self._client.head_object)
        self.size = int(about["ContentLength"])
        self.etag = str(about["ETag"])

    def read(self, offset: int, length: int) -> bytes:
        """Exactly so many bytes from there. Raises SourceUnreadable, and SourceChanged if the object was replaced."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise SourceUnreadable(reason=f"bytes {offset} to {offset + length} of {self.size}")
        if not length:
            return b""
        for attempt in range(1, ATTEMPTS + 1):
            got = self._range(offset, length)
            if len(got) == length:
                return got
            logger.warning("%s: %s of %s bytes came, attempt %s", self._place["Key"], len(got), length, attempt)
            if attempt < ATTEMPTS:
                time.sleep(PAUSE * 2 ** (attempt - 1))
        raise SourceUnreadable(reason=f"the answers are too short: {len(got)} of {length} bytes")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to let go of: the client keeps its connections."""

    def _range(self, offset: int, length: int) -> bytes:
        """What comes of a range; less than asked for where the answer breaks off."""
        answer = self._ask(self._client.get_object, Range=f"bytes={offset}-{offset + length - 1}", IfMatch=self.etag)
        with closing(answer["Body"]) as body:
            self._hold_against(answer, offset)
            try:
                got = bytes(body.read(length + 1))
            except BotoCoreError:  # it hangs, or the connection broke: what came is lost
                return b""
        self.bytes_read += len(got)
        if len(got) > length:
            raise SourceUnreadable(reason="more came than was asked for")
        return got

    def _hold_against(self, answer: Any, offset: int) -> None:
        """Refuse what is not the range that was asked for, of the object that is meant, before any of it is read."""
        if answer["ETag"] != self.etag:
            raise SourceChanged
        if answer["ResponseMetadata"]["HTTPStatusCode"] != 206:
            raise SourceUnreadable(reason="the storage sends the whole file instead of a range")
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.get("ContentRange", ""))
        if not found or int(found[1]) != offset or int(found[2]) != self.size:
            raise SourceUnreadable(reason="the storage sends another range than was asked for")

    def _ask(self, call: Any, **parameters: str) -> Any:
        """An answer, with its requests counted. Raises SourceUnreadable, SourceChanged."""
        try:
            answer = call(**self._place, **parameters)
        except ClientError as error:
            self._count(error.response)
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status in (412, 416):
                raise SourceChanged from error
            raise SourceUnreadable(reason=f"HTTP {status}") from error
        except BotoCoreError as error:
            self.requests += 1
            raise SourceUnreadable(reason=type(error).__name__) from error
        self._count(answer)
        return answer

    def _count(self, answer: Any) -> None:
        self.requests += 1 + answer["ResponseMetadata"].get("RetryAttempts", 0)
