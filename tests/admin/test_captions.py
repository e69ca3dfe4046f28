"""A video's captions, transcripts and audiences, as the media desk manages them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from delivery.models import PublishedDocument
from tests.factories.newsroom import make_video
from videos.errors import BadWebVTT
from videos.models import Caption, VideoFile, VideoRendition
from videos.webvtt import Cue, read_webvtt

VTT = """WEBVTT

1
00:01.000 --> 00:04.500 align:start
Cast off.

NOTE a remark

01:00:05.000 --> 01:00:06.250
Two
lines.
"""


# WebVTT


def test_cues_are_read() -> None:
    cues = [Cue(1000, 4500, "Cast off."), Cue(3_605_000, 3_606_250, "Two\nlines.")]
    assert read_webvtt(VTT) == cues
    assert read_webvtt("\ufeff" + VTT.replace("\n", "\r\n")) == cues
    assert read_webvtt(VTT.rstrip()) == cues


def test_two_may_speak_at_once() -> None:
    assert len(read_webvtt("WEBVTT\n\n00:01.000 --> 00:04.000\nA\n\n00:01.000 --> 00:02.000\nB")) == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "must begin with the word WEBVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello", 1, "must begin with the word WEBVTT"),
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\nA", 1, "must begin with the word WEBVTT"),
        ("WEBVTT\n", 1, "no captions"),
        ("WEBVTT\n00:01.000 --> 00:02.000\nA", 2, "blank line is missing"),
        ("WEBVTT\n\n00:00:01,000 --> 00:00:02.000\nA", 3, "“00:00:01,000” is no time"),
        ("WEBVTT\n\n1\n00:01.000 --> 00:61.000\nA", 4, "“00:61.000” is no time"),
        ("WEBVTT\n\n00:01.000 -->\nA", 3, "two times with an arrow"),
        ("WEBVTT\n\n00:01.000-->00:02.000\nA", 3, "two times with an arrow"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nA", 3, "ends before it begins"),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\nA", 3, "ends before it begins"),
        ("WEBVTT\n\n00:05.000 --> 00:06.000\nA\n\n00:01.000 --> 00:02.000\nB", 6, "begins before the text above"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nA\n2\n00:03.000 --> 00:04.000\nB", 6, "blank line is missing"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nA\n\nA line without a time", 6, "timing is expected"),
        ("WEBVTT\n\nNOTE\n00:01.000 --> 00:02.000\nA", 4, "blank line is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadWebVTT) as caught:
        read_webvtt(text)
    assert caught.value.line == line
    assert f"Line {line}: " in str(caught.value)
    assert words in str(caught.value)


@given(st.text(alphabet="WEBVT \n-->0123456789:.,NOTEa\r\ufeff", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"WEBVTT\n\n{text}"):
        line, cues = 1, []
        try:
            cues = read_webvtt(candidate)
        except BadWebVTT as error:
            line = error.line
        assert 1 <= line <= candidate.count("\n") + candidate.count("\r") + 1
        assert cues == sorted(cues, key=lambda cue: cue.start)


# The views


@pytest.fixture
def media_desk(log_in: Callable[[str], Client], settings: Any, tmp_path: Any) -> Client:
    settings.MEDIA_ROOT = settings.VIDEOS_DIR = str(tmp_path)
    return log_in("Media desk")


@pytest.fixture
def video(db: None) -> VideoFile:
    return VideoFile.objects.create(title="Ice patrol", type="video", duration=0)


def form(**fields: Any) -> dict[str, Any]:
    return {"kind": "caption", "language": "en", "origin": "human", "text": VTT} | fields


def document_of(page: Any) -> dict[str, Any]:
    return json.loads(bytes(PublishedDocument.objects.get(page_id=page.pk).body))


def test_a_text_is_added_edited_and_deleted_and_readers_follow(media_desk: Client, video: VideoFile) -> None:
    page = make_video("Ice", video=video)
    everything, add = (reverse(name, args=[video.pk]) for name in ("video_texts", "add_caption"))
    assert add in media_desk.get(everything).content.decode()
    assert media_desk.get(add).status_code == 200

    response = media_desk.post(add, form(text=VTT.replace("\n", "\r\n"), origin="machine"))
    assert response.status_code == 302
    assert response["Location"] == everything
    caption = video.captions.get()
    assert "\r" not in caption.text
    told = document_of(page)["captions"]
    assert [(row["language"], row["origin"]) for row in told] == [("en", "machine")]

    one = reverse("edit_caption", args=[video.pk, caption.pk])
    assert one in media_desk.get(everything).content.decode()
    assert "Cast off." in media_desk.get(one).content.decode()
    assert media_desk.post(one, form(language="ar", origin="machine_revised")).status_code == 302
    caption.refresh_from_db()
    assert (caption.language, caption.origin) == ("ar", "machine_revised")
    assert "Arabic" in media_desk.get(everything).content.decode()

    delete = reverse("delete_caption", args=[video.pk, caption.pk])
    assert media_desk.get(delete).status_code == 200
    assert video.captions.exists()
    assert media_desk.post(delete).status_code == 302
    assert not video.captions.exists()
    assert document_of(page)["captions"] == []


def test_a_file_takes_the_place_of_the_text(media_desk: Client, video: VideoFile) -> None:
    file = SimpleUploadedFile("patrol.vtt", ("\ufeff" + VTT).encode())
    assert media_desk.post(reverse("add_caption", args=[video.pk]), form(text="", file=file)).status_code == 302
    assert video.captions.get().text == VTT


def test_a_transcript_is_running_text(media_desk: Client, video: VideoFile) -> None:
    add = reverse("add_caption", args=[video.pk])
    assert media_desk.post(add, form(kind="transcript", text="Cast off.")).status_code == 302
    assert video.captions.get().text == "Cast off."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "Hello"}, "Line 1: The file must begin with the word WEBVTT"),
        ({"text": VTT.replace("00:04.500", "00:00.500")}, "Line 4: This ends before it begins"),
        ({"text": ""}, "Choose a file, or write the text here."),
        ({"language": "xx"}, "Select a valid choice"),
        ({"language": "fr"}, "There is one in this language already."),
        ({"file": SimpleUploadedFile("a.vtt", b"\xff\xfe")}, "no UTF-8 text"),
        ({"file": SimpleUploadedFile("a.vtt", b"WEBVTT\0")}, "This file is no text."),
        ({"file": SimpleUploadedFile("a.vtt", b"x" * (2 * 1024 * 1024 + 1))}, "too large"),
        ({"file": SimpleUploadedFile("a.srt", b"1")}, "is not allowed"),
    ],
)
def test_what_is_wrong_is_told(media_desk: Client, video: VideoFile, fields: dict[str, Any], words: str) -> None:
    Caption.objects.create(video=video, kind="caption", language="fr", text=VTT)
    for file in fields.values():
        if isinstance(file, SimpleUploadedFile):
            file.seek(0)
    response = media_desk.post(reverse("add_caption", args=[video.pk]), form(**fields))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert video.captions.count() == 1


def test_a_wrong_file_can_be_mended_in_place(media_desk: Client, video: VideoFile) -> None:
    file = SimpleUploadedFile("patrol.vtt", b"WEBVTT\n\n00:01,000 --> 00:02.000\nA")
    html = media_desk.post(reverse("add_caption", args=[video.pk]), form(text="", file=file)).content.decode()
    assert "Line 3: “00:01,000” is no time." in html
    assert "00:01,000 --&gt; 00:02.000" in html


def rendition(video: VideoFile, name: str, **fields: Any) -> VideoRendition:
    values = {
        "role": name,
        "file_name": f"{name}.mp4",
        "width": 640,
        "height": 360,
        "size_bytes": 9,
        "video_codec": "x",
    }
    return VideoRendition.objects.create(video=video, name=name, **values | fields)


def audiences(*rows: tuple[VideoRendition, str]) -> dict[str, Any]:
    sent: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows)}
    for number, (row, audience) in enumerate(rows):
        sent |= {f"form-{number}-id": row.pk, f"form-{number}-audience": audience}
    return sent


def test_each_encoding_has_its_audience(media_desk: Client, video: VideoFile) -> None:
    master, web = rendition(video, "master", size_bytes=90), rendition(video, "web")
    page = make_video("Ice", video=video)
    everything = reverse("video_texts", args=[video.pk])
    assert "Web preview" in media_desk.get(everything).content.decode()
    response = media_desk.post(everything, audiences((master, "accredited"), (web, "public")))
    assert response.status_code == 302
    told = {row["name"]: row["audience"] for row in document_of(page)["renditions"]}
    assert told == {"master": "accredited", "web": "public"}
    video.refresh_from_db()
    assert video.master_audience == "accredited"

    response = media_desk.post(everything, audiences((master, "everyone"), (web, "public")))
    assert response.status_code == 200
    master.refresh_from_db()
    assert master.audience == "accredited"


def test_another_videos_encoding_is_not_touched(media_desk: Client, video: VideoFile) -> None:
    mine = rendition(video, "web")
    other = rendition(VideoFile.objects.create(title="Other", type="video", duration=0), "web")
    media_desk.post(reverse("video_texts", args=[video.pk]), audiences((other, "public")))
    for row in (mine, other):
        row.refresh_from_db()
        assert row.audience == "registered"


def test_the_librarys_form_decides_the_masters_audience_too(media_desk: Client, video: VideoFile) -> None:
    master = rendition(video, "master")
    video.master_audience = "public"
    video.save()
    master.refresh_from_db()
    assert master.audience == "public"


def test_the_way_leads_from_the_file_and_from_the_page(media_desk: Client, video: VideoFile) -> None:
    video.file.save("ice.mp4", ContentFile(b"no video"))
    page = make_video("Ice", video=video)
    for address in (
        reverse("wagtailmedia:edit", args=[video.pk]),
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
    ):
        assert reverse("video_texts", args=[video.pk]) in media_desk.get(address).content.decode()


@pytest.mark.parametrize("group", ["Translators", "Revisers", "Newsletter"])
def test_others_are_kept_out(log_in: Callable[[str], Client], video: VideoFile, group: str) -> None:
    caption = Caption.objects.create(video=video, kind="caption", language="fr", text=VTT)
    client = log_in(group)
    for name, args in (
        ("video_texts", [video.pk]),
        ("add_caption", [video.pk]),
        ("edit_caption", [video.pk, caption.pk]),
        ("delete_caption", [video.pk, caption.pk]),
    ):
        address = reverse(name, args=args)
        for response in (client.get(address), client.post(address, form())):
            assert response.status_code == 302
            assert response["Location"] == reverse("wagtailadmin_home")
    assert video.captions.get() == caption


def test_a_text_is_reached_through_its_own_video_only(media_desk: Client, video: VideoFile) -> None:
    other = VideoFile.objects.create(title="Other", type="video", duration=0)
    caption = Caption.objects.create(video=other, kind="caption", language="fr", text=VTT)
    assert media_desk.get(reverse("edit_caption", args=[video.pk, caption.pk])).status_code == 404
