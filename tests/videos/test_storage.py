"""Stored video files, in a folder and in a bucket."""

import pytest
from django.core.files.base import ContentFile

from videos.storage import VideoBucket, duplicate, video_storage

pytestmark = pytest.mark.usefixtures("anywhere")


def test_duplicate_outlives_what_it_was_made_of() -> None:
    storage = video_storage()
    for name, content in (("clips/7-1.mp4", b"ice"), ("media/ice.mp4", b"another")):
        storage.save(name, ContentFile(content))
    copy = duplicate("clips/7-1.mp4", "media/ice.mp4")
    assert copy != "media/ice.mp4"
    storage.delete("clips/7-1.mp4")
    for name, content in ((copy, b"ice"), ("media/ice.mp4", b"another")):
        with storage.open(name) as file:
            assert file.read() == content
    if isinstance(storage, VideoBucket):
        head = storage.client.head_object(Bucket=storage.bucket_name, Key=storage.key(copy))
        assert head["ContentType"] == "video/mp4"
