"""Reading a master by ranges, from a real S3 server and from one that misbehaves."""

import hashlib
import random
from typing import Any

import pytest
from botocore.config import Config
from django.core.files.base import ContentFile

from tests.faulty_proxy import Fault, FaultyProxy, status
from tests.s3 import bucket_at, use
from videos import ranges
from videos.errors import SourceChanged, SourceUnreadable
from videos.ranges import BucketSource, open_source
from videos.storage import video_storage

MASTER = random.Random(5).randbytes(3_000_000)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "PAUSE", 0.01)


def store(content: bytes = MASTER) -> str:
    return video_storage().save("media/master.mp4", ContentFile(content))


def source_of(name: str) -> BucketSource:
    source = open_source(name)
    assert isinstance(source, BucketSource)
    return source


def test_bytes_are_those_of_the_file_wherever_they_are_read(bucket: Any) -> None:
    source = source_of(store())
    assert source.size == len(MASTER)
    for offset, length in [(0, 1), (0, len(MASTER)), (len(MASTER) - 1, 1), (1_234_567, 500_000), (17, 0)]:
        assert source.read(offset, length) == MASTER[offset : offset + length]
    assert source.requests == 5
    assert source.bytes_read == 1 + len(MASTER) + 1 + 500_000


def test_file_on_disk_is_read_in_the_same_way(settings: Any, tmp_path: Any) -> None:
    settings.VIDEOS_DIR = tmp_path
    source = open_source(store())
    assert (source.size, source.read(1_000, 50)) == (len(MASTER), MASTER[1_000:1_050])
    with pytest.raises(SourceUnreadable):
        source.read(len(MASTER) - 1, 2)
    with pytest.raises(SourceUnreadable):
        open_source("media/never.mp4")


def test_reads_share_a_connection(faulty_bucket: tuple[Any, FaultyProxy]) -> None:
    _storage, proxy = faulty_bucket
    source = source_of(store())
    before = proxy.connections
    for number in range(10):
        source.read(number * 1000, 1000)
    assert proxy.connections - before <= 1


def test_beyond_the_end_is_refused_without_a_request(bucket: Any) -> None:
    source = source_of(store())
    for offset, length in [(len(MASTER), 1), (0, len(MASTER) + 1), (-1, 1)]:
        with pytest.raises(SourceUnreadable):
            source.read(offset, length)
    assert source.requests == 1


def test_master_that_was_replaced_is_noticed(bucket: Any) -> None:
    name = store()
    source = source_of(name)
    source.read(0, 10)
    bucket.client.put_object(Bucket=bucket.bucket_name, Key=bucket.key(name), Body=MASTER[::-1])
    with pytest.raises(SourceChanged):
        source.read(0, 10)


def test_master_that_was_replaced_is_noticed_where_the_server_does_not_compare(
    faulty_bucket: tuple[Any, FaultyProxy],
) -> None:
    _storage, proxy = faulty_bucket
    source = source_of(store())
    other = status(206, 'ETag: "another"', f"Content-Range: bytes 0-9/{len(MASTER)}", "Content-Length: 10")
    proxy.faults = [Fault(answer=other + b"0123456789")]
    with pytest.raises(SourceChanged):
        source.read(0, 10)


def test_master_that_is_gone_is_said_to_be_unreadable(bucket: Any) -> None:
    name = store()
    source = source_of(name)
    bucket.delete(name)
    with pytest.raises(SourceUnreadable):
        source.read(0, 10)
    with pytest.raises(SourceUnreadable):
        open_source(name)


@pytest.mark.parametrize(
    "fault",
    [Fault(answer=status(500)), Fault(answer=status(503)), Fault(drop_after=0), Fault(drop_after=70_000)],
    ids=["500", "503", "dropped at once", "dropped in the middle"],
)
def test_fault_that_passes_costs_only_time(faulty_bucket: tuple[Any, FaultyProxy], fault: Fault) -> None:
    _storage, proxy = faulty_bucket
    source = source_of(store())
    proxy.faults = [fault]
    assert hashlib.sha256(source.read(100, 500_000)).digest() == hashlib.sha256(MASTER[100:500_100]).digest()
    assert source.requests == 3  # size, the one that failed, the one that did not


@pytest.mark.parametrize("fault", [Fault(answer=status(503)), Fault(drop_after=1000)], ids=["busy", "always dropped"])
def test_fault_that_stays_ends_the_reading(faulty_bucket: tuple[Any, FaultyProxy], fault: Fault) -> None:
    _storage, proxy = faulty_bucket
    source = source_of(store())
    proxy.faults = [fault] * 4
    with pytest.raises(SourceUnreadable):
        source.read(100, 500_000)


def test_server_that_hangs_is_asked_again(
    faulty_bucket: tuple[Any, FaultyProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, proxy = faulty_bucket
    impatient = storage.client_config.merge(Config(read_timeout=0.5))
    use(monkeypatch, bucket_at(proxy.address, client_config=impatient))
    source = source_of(store())
    proxy.faults = [Fault(hang_after=1000)]
    assert source.read(0, 200_000) == MASTER[:200_000]


def test_server_without_ranges_is_noticed_before_it_sends_everything(faulty_bucket: tuple[Any, FaultyProxy]) -> None:
    _storage, proxy = faulty_bucket
    source = source_of(store())
    proxy.faults = [Fault(answer=status(200, f"ETag: {source.etag}", f"Content-Length: {len(MASTER)}") + MASTER[:1000])]
    with pytest.raises(SourceUnreadable, match="instead of a range"):
        source.read(100, 10)
    assert source.bytes_read == 0
    assert source.read(100, 10) == MASTER[100:110]
