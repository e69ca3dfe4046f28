"""A real server of S3's protocol for tests (`cms.local.bucket`).

Fixtures, all started only when a test asks:

- `s3_server` the server of the whole run, with its one bucket
- `bucket` the storage for videos is that bucket, in this process; empty at the beginning
- `faulty_bucket` the same behind a proxy that a test has misbehave (`tests/faulty_proxy.py`)
"""

from collections.abc import Iterator
from typing import Any

import pytest

from cms.local.bucket import BUCKET, S3Server, serving_bucket
from tests.faulty_proxy import FaultyProxy


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server."""
    with serving_bucket() as server:
        yield server


def use(monkeypatch: pytest.MonkeyPatch, storage: Any) -> Any:
    """Have this process keep its videos there."""
    from django.core.files.storage import storages

    from videos.models import VideoFile

    known: Any = storages  # its dictionary has no public name
    monkeypatch.setitem(known._storages, "videos", storage)
    monkeypatch.setattr(VideoFile._meta.get_field("file"), "storage", storage)
    return storage


def bucket_at(address: str, **options: Any) -> Any:
    """The storage that keeps videos in the bucket at an address. Making one takes a good part of a second."""
    from django.test import override_settings

    from videos.storage import VideoBucket

    with override_settings(S3_ENDPOINT_URL=address):
        return VideoBucket(**S3Server(address).options(**options))


@pytest.fixture(scope="session")
def _bucket(s3_server: S3Server) -> Any:
    return bucket_at(s3_server.address)


@pytest.fixture(scope="session")
def _proxied(s3_server: S3Server) -> Iterator[tuple[Any, FaultyProxy]]:
    with FaultyProxy(s3_server.address) as proxy:
        yield bucket_at(proxy.address), proxy


@pytest.fixture
def bucket(_bucket: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The storage for videos, in the bucket, empty."""
    _empty(_bucket)
    return use(monkeypatch, _bucket)


@pytest.fixture
def faulty_bucket(
    bucket: Any, _proxied: tuple[Any, FaultyProxy], monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, FaultyProxy]:
    """The same, behind a proxy that does what a test wants."""
    storage, proxy = _proxied
    proxy.faults = []
    return use(monkeypatch, storage), proxy


def _empty(storage: Any) -> None:
    place = {"Bucket": BUCKET}
    for one in storage.client.list_objects_v2(**place).get("Contents", []):
        storage.client.delete_object(**place, Key=one["Key"])
    for one in storage.client.list_multipart_uploads(**place).get("Uploads", []):
        storage.client.abort_multipart_upload(**place, Key=one["Key"], UploadId=one["UploadId"])
