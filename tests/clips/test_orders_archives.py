"""All clips of an order as one ZIP: whole, in parts, for who may have it, and without surprises inside."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from delivery.stories import withdraw
from tests.clips.asking import Asker, path_of
from tests.clips.ordering import archive, cut_all, order, row, told
from tests.factories.footage import frame_numbers, make_indexed_video
from tests.factories.newsroom import make_video, story
from videos.clips.sweep import forget, sweep
from videos.models import Caption, Clip, Order
from videos.orders.forget import forget_orders
from videos.orders.stored_zip import StoredFile, StoredZip

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(patrol: Path, files: Path) -> Any:
    page = make_indexed_video(patrol)
    text = "WEBVTT\n\n00:00.500 --> 00:01.500\nThe quay\n"
    Caption.objects.create(video_id=page.video_id, language="en", text=text)
    return page


def ready(asker: Asker, *rows: dict[str, Any]) -> Any:
    """The order of these rows, all cut."""
    placed = order(asker, *rows)
    cut_all()
    return told(asker, placed["id"])


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_archive_has_every_clip_its_captions_and_a_manifest(anybody: Asker, video: Any, tmp_path: Path) -> None:
    done = ready(anybody, row(video, 0, 1, label="Quay, dawn"), row(video, "1.2", 2))
    with archive(anybody, done) as found:
        assert found.testzip() is None
        stem = "winter-patrol_00-00-01.200_00-00-02.000"
        assert found.namelist() == [
            "Quay_dawn.mp4",
            "Quay_dawn_en.vtt",
            f"{stem}.mp4",
            f"{stem}_en.vtt",
            "manifest.json",
            "manifest.csv",
        ]
        assert {entry.compress_type for entry in found.infolist()} == {zipfile.ZIP_STORED}
        assert frame_numbers(Path(found.extract(f"{stem}.mp4", tmp_path))) == list(range(30, 50))
        assert "00:00:00.500 --> 00:00:01.000\nThe quay" in found.read("Quay_dawn_en.vtt").decode()
        manifest = json.loads(found.read("manifest.json"))
        table = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode("utf-8-sig"))))
        crc = found.getinfo(f"{stem}.mp4").CRC
    assert manifest["order"] == done["id"]
    assert manifest["clips"][1] == {
        "label": "",
        "file": f"{stem}.mp4",
        "captions": [f"{stem}_en.vtt"],
        "status": "ready",
        "error": None,
        "video": str(video.translation_key),
        "title": "Winter patrol",
        "credit": manifest["clips"][1]["credit"],
        "usage_terms": manifest["clips"][1]["usage_terms"],
        "rendition": "master",
        "audio_only": False,
        "burn_in": [],
        "start": 1.2,
        "end": 2.0,
        "start_timecode": "00:00:01:05",
        "end_timecode": "00:00:02:00",
        "start_frame": 30,
        "end_frame": 50,
        "frames": 20,
        "method": done["clips"][1]["method"],
        "encoded_frames": done["clips"][1]["encoded_frames"],
        "size": done["clips"][1]["size"],
        "crc32": f"{crc:08x}",
    }
    assert (table[0]["label"], table[0]["captions"], table[1]["frames"]) == ("Quay, dawn", "Quay_dawn_en.vtt", "20")


def test_archive_can_be_had_in_parts_and_gone_on_with(anybody: Asker, video: Any) -> None:
    path = path_of(ready(anybody, row(video, 0, 1), row(video, 1, 2))["archive"]["download_url"])
    answer = anybody.request("GET", path)
    whole, etag = content_of(answer), answer["ETag"]
    assert (answer["Accept-Ranges"], answer["Cache-Control"]) == ("bytes", "private, no-store")
    assert answer["Content-Disposition"].startswith('attachment; filename="order_')
    head = anybody.request("HEAD", path)
    assert (int(head["Content-Length"]), head["Content-Type"]) == (len(whole), "application/zip")
    middle = len(whole) // 2
    for start, end in ((0, 10), (25, 60), (middle, middle + 1), (middle, len(whole)), (len(whole) - 5, len(whole))):
        part = anybody.request("GET", path, range=f"bytes={start}-{end - 1}", if_range=etag)
        assert (part.status_code, content_of(part) == whole[start:end]) == (206, True)
    assert anybody.request("GET", path, range=f"bytes={len(whole)}-").status_code == 416
    assert anybody.request("GET", path, range="bytes=0-9", if_range='"another"').status_code == 200


def test_names_are_safe_and_none_is_there_twice(anybody: Asker, video: Any) -> None:
    labels = ["../../etc/passwd", "a", "A", "CON", "a/b\\c:d*?", "…", "\u202egpj.exe", "été\nau port", "x" * 200]
    done = ready(anybody, *[row(video, 0, f"00:00:01:{n:02}", label=label) for n, label in enumerate(labels)])
    with archive(anybody, done) as found:
        names = [name for name in found.namelist() if name.endswith(".mp4")]
    assert names[:5] == ["etcpasswd.mp4", "a.mp4", "A_2.mp4", "_CON.mp4", "abcd.mp4"]
    assert names[5].startswith("winter-patrol_00-00-00.000")
    assert names[6:8] == ["gpj.exe.mp4", "été_au_port.mp4"]
    assert names[8] == "x" * 180 + ".mp4"


def test_no_cell_of_the_manifest_is_a_formula(anybody: Asker, video: Any) -> None:
    labels = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "two\nlines", "\t=1"]
    done = ready(anybody, *[row(video, 0, f"00:00:01:{n:02}", label=label) for n, label in enumerate(labels)])
    with archive(anybody, done) as found:
        table = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode("utf-8-sig"))))
        kept = json.loads(found.read("manifest.json"))["clips"]
    assert [one["label"] for one in table] == ["'=cmd|' /C calc'!A0", "'+1", "'-1", "'@x", "two lines", "'=1"]
    assert [one["label"] for one in kept] == labels


def test_rows_that_mean_the_same_frames_share_a_file(anybody: Asker, video: Any) -> None:
    with archive(anybody, ready(anybody, row(video, 0, 1, label="one"), row(video, 0, 1, label="two"))) as found:
        assert [name for name in found.namelist() if name.endswith(".mp4")] == ["one.mp4"]
        assert [one["file"] for one in json.loads(found.read("manifest.json"))["clips"]] == ["one.mp4"] * 2


def test_address_ends_with_its_time_its_signature_and_its_order(anybody: Asker, video: Any) -> None:
    done = ready(anybody, row(video, 0, 1))
    url = done["archive"]["download_url"]
    assert anybody.request("HEAD", path_of(url)).status_code == 200
    assert anybody.request("HEAD", path_of(url).replace(done["id"], done["id"][::-1])).status_code == 404
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301)):
        assert anybody.request("HEAD", path_of(url)).status_code == 404
    anybody.request("DELETE", f"orders/{done['id']}/")
    assert anybody.request("HEAD", path_of(url)).status_code == 404


def test_what_is_left_after_a_withdrawal_can_still_be_had(anybody: Asker, video: Any) -> None:
    other = make_video("Summer patrol", video=video.video)
    done = ready(anybody, row(video, 0, 1), row(other, 0, 1))
    withdraw(story(other), reason="")
    assert anybody.request("HEAD", path_of(done["archive"]["download_url"])).status_code == 404
    left = told(anybody, done["id"])
    assert (left["status"], left["archive"]["status"], left["archive"]["missing"]) == ("partly_ready", "partial", [1])
    assert "not available" in left["clips"][1]["error"]
    with archive(anybody, left) as found:
        assert len([name for name in found.namelist() if name.endswith(".mp4")]) == 1
        gone = json.loads(found.read("manifest.json"))["clips"][1]
    assert (gone["file"], gone["status"], gone["title"]) == (None, "expired", "")
    french = anybody.request("HEAD", path_of(left["archive"]["download_url"]), accept_language="fr")
    assert int(french["Content-Length"]) == left["archive"]["size"]
    withdraw(story(video), reason="")
    nothing = told(anybody, done["id"])
    assert (nothing["status"], nothing["archive"]) == ("expired", None)


def test_clip_that_was_ready_before_stays_as_long_as_the_others(anybody: Asker, video: Any) -> None:
    anybody.order(video, 0, 1)
    cut_all()
    Clip.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    done = ready(anybody, row(video, 0, 1), row(video, 1, 2))
    first, second = (datetime.fromisoformat(clip["expires_at"]) for clip in done["clips"])
    assert abs(first - second) < timedelta(minutes=1)


def test_orders_go_when_their_clips_have_been_over_for_long(anybody: Asker, video: Any) -> None:
    done = ready(anybody, row(video, 0, 1))
    Clip.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    sweep()
    forget_orders()
    forget()
    assert told(anybody, done["id"])["status"] == "expired"
    Clip.objects.update(due_at=timezone.now() - timedelta(days=8))
    forget()
    assert told(anybody, done["id"])["status"] == "expired"
    forget_orders()
    forget()
    assert not Order.objects.exists()
    assert not Clip.objects.exists()


class Reading(io.RawIOBase):
    """An archive of files of zeros, of any size, to be read at any place."""

    def __init__(self, layout: StoredZip) -> None:
        self.layout, self.place = layout, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (0, self.place, self.layout.size)[whence]
        return self.place

    def read(self, size: int = -1) -> bytes:
        end = self.layout.size if size < 0 else min(self.place + size, self.layout.size)
        content = b"".join(self.layout.read(self.place, end, lambda _source, first, last: iter([bytes(last - first)])))
        self.place = end
        return content


def test_files_and_archives_beyond_four_gigabytes() -> None:
    large = [StoredFile(f"{n}.mov", "zeros", 5 << 30, 0) for n in range(2)]
    layout = StoredZip([*large, StoredFile("last.txt", "zeros", 3, 0xFF41D912)], datetime(2026, 1, 31, 12, tzinfo=UTC))
    with zipfile.ZipFile(Reading(layout)) as found:
        assert [(entry.filename, entry.file_size) for entry in found.infolist()][:2] == [
            ("0.mov", 5 << 30),
            ("1.mov", 5 << 30),
        ]
        assert found.read("last.txt") == bytes(3)
        with found.open("1.mov") as inside:
            assert inside.read(100) == bytes(100)
