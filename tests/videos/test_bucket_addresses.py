"""Addresses in a real bucket: what they name, how long they hold, and what they take."""

import urllib.error
import urllib.request
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.faulty_proxy import Fault, status
from tests.videos.uploading import CONTENT, ENTRANCE, PART, Browser, fetch, put
from videos.models import Upload, VideoFile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_parts")]


def altered(url: str, **parameters: str) -> str:
    parsed = urlsplit(url)
    return urlunsplit(parsed._replace(query=urlencode(dict(parse_qsl(parsed.query)) | parameters)))


@pytest.fixture
def signed(bucket: Any, desk: Browser) -> str:
    """A signed address of a master."""
    desk.add_video(file=SimpleUploadedFile("patrol.mp4", b"0123456789"))
    return str(VideoFile.objects.get().file.url)


def test_signed_address_names_what_it_is_saved_as(bucket: Any, signed: str) -> None:
    name = VideoFile.objects.get().file.name
    disposition = "attachment; filename=\"patrol.mp4\"; filename*=UTF-8''patrouille%20d%E2%80%99hiver.mp4"
    url = bucket.url(name, parameters={"ResponseContentDisposition": disposition}, expire=60)
    status, headers, body = fetch(url)
    assert (status, body) == (200, b"0123456789")
    assert headers["Content-Disposition"] == disposition
    assert headers["Content-Type"] == "video/mp4"


def test_address_without_or_with_a_forged_signature_is_refused(signed: str) -> None:
    assert fetch(signed)[0] == 200
    forged = altered(signed, **{"X-Amz-Signature": "0" * 64})
    longer = altered(signed, **{"X-Amz-Expires": "86400"})
    elsewhere = signed.replace(".mp4", ".mov")
    for url in (forged, longer, elsewhere, signed.split("?")[0]):
        assert fetch(url)[0] == 403, url


def test_address_expires(bucket: Any, signed: str) -> None:
    assert 1 <= int(dict(parse_qsl(urlsplit(signed).query))["X-Amz-Expires"]) <= 300
    with time_machine.travel(timezone.now() - timedelta(minutes=10), tick=False):
        old = bucket.url(VideoFile.objects.get().file.name)
    assert fetch(old)[0] == 403


def test_address_of_a_part_takes_that_part_only(bucket: Any, desk: Browser) -> None:
    upload = desk.begin()
    url = desk.post(f"{ENTRANCE}{upload['id']}/parts/1/").json()["url"]
    assert put(desk, altered(url, partNumber="2"), CONTENT[:PART]) == 403
    assert put(desk, url, CONTENT[: PART - 1]) == 403
    assert put(desk, url.replace("/media/", "/media/../"), CONTENT[:PART]) >= 400
    assert put(desk, url, CONTENT[:PART]) == 200


def test_bucket_that_does_not_answer_is_said_so(faulty_bucket: Any, desk: Browser) -> None:
    _storage, proxy = faulty_bucket
    proxy.faults = [Fault(answer=status(503))] * 4
    assert "does not answer" in desk.begin(status=503)["detail"]
    assert not Upload.objects.exists()
    assert desk.begin()["arrived"] == []
    proxy.faults = [Fault(answer=status(503))] * 4
    assert "does not answer" in desk.begin(status=503)["detail"]


def test_bucket_takes_parts_from_pages_of_this_server_only(bucket: Any, settings: Any, desk: Browser) -> None:
    call_command("prepare_bucket", stdout=StringIO())
    url = desk.post(f"{ENTRANCE}{desk.begin()['id']}/parts/1/").json()["url"]
    for origin, allowed in ((settings.BASE_URL, settings.BASE_URL), ("https://elsewhere.example", None)):
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        _status, headers, _body = fetch(urllib.request.Request(url, method="OPTIONS", headers=asked))
        assert headers["Access-Control-Allow-Origin"] == allowed


def test_folder_needs_no_preparation(folder: Path) -> None:
    with pytest.raises(CommandError, match="no bucket"):
        call_command("prepare_bucket")
