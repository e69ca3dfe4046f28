"""Files by guessed addresses: nobody outside reads what no published document shows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from delivery.models import NextChange
from delivery.stories import change_embargo, withdraw
from home.models import Attachment
from home.pictures import image_version
from tests.factories.newsroom import edit, make_editor, make_image, make_news, make_video, story
from videos.models import Caption, Storyboard, VideoFile, VideoRendition, Waveform
from videos.storage import video_storage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = settings.VIDEOS_DIR = str(tmp_path)


def status(address: str, client: Client | None = None, **headers: str) -> int:
    answer = (client or Client()).get(address, headers=headers)
    answer.getvalue()
    return answer.status_code


def picture(publish: bool) -> tuple[Any, str]:
    """A story with a picture, and the picture's address."""
    image = make_image()
    page = make_news("Harbour", hero_image=image, publish=publish)
    return page, f"/files/images/{image.pk}/{image_version(image)}/400.webp"


def attachment(publish: bool) -> tuple[Any, str]:
    """A story with an attachment, and its address."""
    paper = Attachment.objects.create(title="Paper", file=ContentFile(b"%PDF-1.7", name="paper.pdf"))
    body = [("download", {"attachment": paper, "label": ""})]
    return make_news("Paper", body=body, publish=publish), f"/files/attachments/{paper.pk}/paper.pdf"


def video_file() -> VideoFile:
    video = VideoFile.objects.create(
        title="Patrol", type="video", duration=4, file=ContentFile(b"0123456789", name="patrol.mp4")
    )
    VideoRendition.objects.filter(video=video).delete()
    for name, audience in (("web", "public"), ("master", "registered")):
        VideoRendition.objects.create(
            video=video,
            name=name,
            role=name,
            audience=audience,
            file_name=video.file.name,
            size_bytes=10,
            width=16,
            height=9,
        )
    Caption.objects.create(video=video, kind=Caption.Kind.CAPTION, language="en", text="WEBVTT\n")
    return video


def encoding(publish: bool) -> tuple[Any, str]:
    """A video page, and the address of its public encoding."""
    video = video_file()
    rendition = video.renditions.get(name="web")
    return make_video("Patrol", video=video, publish=publish), f"/files/videos/{rendition.pk}/web.mp4"


def captions(publish: bool) -> tuple[Any, str]:
    """A video page, and the address of its captions."""
    video = video_file()
    return make_video("Patrol", video=video, publish=publish), f"/files/captions/{video.captions.get().pk}.vtt"


def timeline(video: VideoFile) -> VideoFile:
    """With a storyboard and a waveform."""
    name = video_storage().save("storyboards/sheet.jpg", ContentFile(b"jpeg"))
    Storyboard.objects.create(
        video=video, file_name=name, count=2, columns=2, tile_width=160, tile_height=90, interval=2
    )
    Waveform.objects.create(video=video, content='{"version":2}')
    return video


def storyboard(publish: bool) -> tuple[Any, str]:
    """A video page, and the address of its storyboard's WebVTT."""
    video = timeline(video_file())
    return make_video("Patrol", video=video, publish=publish), f"/files/storyboards/{video.pk}.vtt"


def sheet(publish: bool) -> tuple[Any, str]:
    """A video page, and the address of its storyboard's stills."""
    page, address = storyboard(publish)
    return page, address.replace(".vtt", ".jpg")


def waveform(publish: bool) -> tuple[Any, str]:
    """A video page, and the address of its waveform."""
    video = timeline(video_file())
    return make_video("Patrol", video=video, publish=publish), f"/files/waveforms/{video.pk}.json"


KINDS = [picture, attachment, encoding, captions, storyboard, sheet, waveform]


@pytest.mark.parametrize("make", KINDS)
def test_file_of_a_draft_is_not_there(make: Any) -> None:
    _page, address = make(publish=False)
    assert status(address) == 404


@pytest.mark.parametrize("make", KINDS)
def test_file_comes_and_goes_with_the_document_that_shows_it(make: Any) -> None:
    page, address = make(publish=True)
    assert status(address) == 200
    page.unpublish()
    assert status(address) == 404


@pytest.mark.parametrize("make", KINDS)
def test_file_of_a_withdrawn_story_is_gone(make: Any) -> None:
    page, address = make(publish=True)
    withdraw(story(page), reason="Wrong")
    assert status(address) == 404


@pytest.mark.parametrize("make", KINDS)
def test_file_of_an_embargoed_story_waits(make: Any) -> None:
    page, address = make(publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=1))
    page.get_latest_revision().publish()
    assert status(address) == 404


def test_replaced_picture_is_not_there_any_more() -> None:
    page, address = picture(publish=True)
    edit(page, hero_image=make_image("Another"))
    assert status(address) == 404


@pytest.mark.parametrize("make", KINDS)
def test_editors_look_at_what_is_not_published(make: Any) -> None:
    _page, address = make(publish=False)
    client = Client()
    client.force_login(make_editor())
    answer = client.get(address)
    answer.getvalue()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("make", KINDS)
def test_media_accounts_are_no_editors(make: Any, django_user_model: Any) -> None:
    _page, address = make(publish=False)
    client = Client()
    client.force_login(django_user_model.objects.create_user("nora"))
    assert status(address, client) == 404


def test_encoding_for_accounts_is_not_for_the_public() -> None:
    page, _address = encoding(publish=True)
    master = page.video.renditions.get(name="master")
    assert status(f"/files/videos/{master.pk}/master.mp4") == 404


@pytest.mark.parametrize("folder", ["media", "documents"])
def test_wagtails_own_addresses_lead_nobody_outside_to_a_file(folder: str) -> None:
    paper = Attachment.objects.create(title="Paper", file=ContentFile(b"%PDF-1.7", name="paper.pdf"))
    address = f"/media/{paper.file.name}" if folder == "media" else paper.url
    assert address.startswith(f"/{folder}/")
    assert status(address) == 404
    client = Client()
    client.force_login(make_editor())
    assert status(address, client) == 200


def test_published_attachment_is_not_offered_under_its_stored_name() -> None:
    page, _address = attachment(publish=True)
    paper = Attachment.objects.get()
    assert page.live
    assert status(f"/media/{paper.file.name}") == 404


def test_player_may_seek() -> None:
    _page, address = encoding(publish=True)
    answer = Client().get(address, headers={"range": "bytes=2-4"})
    assert (answer.status_code, b"".join(answer.streaming_content)) == (206, b"234")  # type: ignore[attr-defined]
    assert answer["Content-Range"] == "bytes 2-4/10"
    assert status(address, range="bytes=99-") == 416


def test_addresses_that_climb_or_lie_are_not_there() -> None:
    _page, address = picture(publish=True)
    for wrong in (
        address.replace("400.webp", "401.webp"),
        address.replace("400.webp", "400.svg"),
        address.rsplit("/", 2)[0] + "/000000000000/400.webp",
        "/media/../manage.py",
        "/media/%2e%2e/manage.py",
    ):
        assert status(wrong) == 404, wrong


def kept_for(address: str) -> str:
    answer = Client().get(address)
    answer.getvalue()
    return answer["Cache-Control"]


@pytest.mark.parametrize("make", KINDS)
def test_file_is_kept_for_a_minute_then_asked_for_by_its_tag(make: Any) -> None:
    page, address = make(publish=True)
    answer = Client().get(address)
    answer.getvalue()
    assert answer["Cache-Control"] == "public, max-age=60, s-maxage=60"
    etag = answer["ETag"]
    assert etag.startswith('"')
    again = Client().get(address, headers={"if-none-match": f'"other", W/{etag}'})
    assert (again.status_code, again.getvalue(), again["ETag"]) == (304, b"", etag)
    assert again["Cache-Control"] == answer["Cache-Control"]
    page.unpublish()
    assert status(address, if_none_match=etag) == 404
    assert status(address, if_none_match="*") == 404


@pytest.mark.parametrize("make", KINDS)
def test_file_is_not_kept_past_the_next_change_of_what_shows_it(make: Any) -> None:
    page, address = make(publish=True)
    for seconds, most in ((30, 29), (3600, 60), (-5, 0)):
        at = timezone.now() + timedelta(seconds=seconds)
        NextChange.objects.update_or_create(story=story(page), defaults={"at": at})
        assert kept_for(address) in (f"public, max-age={age}, s-maxage={age}" for age in {most, max(0, most - 1)})
    NextChange.objects.update(story=story(make_news("Another")), at=timezone.now() + timedelta(seconds=30))
    assert kept_for(address) == "public, max-age=60, s-maxage=60"


def test_replaced_file_has_another_tag() -> None:
    page, address = encoding(publish=True)
    before = Client().head(address)["ETag"]
    Path(page.video.file.path).write_bytes(b"another")
    assert Client().head(address)["ETag"] != before


@pytest.mark.parametrize("make", KINDS)
def test_no_language_has_a_say_in_a_file(make: Any) -> None:
    page, address = make(publish=True)
    for _ in range(2):  # there, and not there
        answer = Client().get(address, headers={"accept-language": "fr"})
        answer.getvalue()
        assert "Content-Language" not in answer
        assert "Accept-Language" not in answer.get("Vary", "")
        page.unpublish()
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


@pytest.mark.parametrize("make", KINDS)
def test_files_are_only_read(make: Any) -> None:
    _page, address = make(publish=True)
    client = Client(enforce_csrf_checks=True)
    for method in (client.post, client.put, client.patch, client.delete):
        refused = method(address)
        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
    asked = client.options(address)
    assert (asked.status_code, asked.content, asked["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    told, read = client.head(address), client.get(address)
    assert len(read.getvalue()) == int(read["Content-Length"]) == int(told["Content-Length"])
    assert not told.streaming
    assert told["ETag"] == read["ETag"]


@pytest.mark.parametrize(
    "wanted", ["bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000, "bytes=5-2", "bytes=-", "cats"]
)
def test_range_that_means_nothing_is_passed_over(wanted: str) -> None:
    _page, address = encoding(publish=True)
    answer = Client().get(address, headers={"range": wanted})
    assert (answer.status_code, answer.getvalue()) == (200, b"0123456789")


def test_range_goes_on_with_the_same_file_only() -> None:
    _page, address = encoding(publish=True)
    etag = Client().head(address)["ETag"]
    assert status(address, range="bytes=2-4", if_range=etag) == 206
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert status(address, range="bytes=2-4", if_range=other) == 200
    told = Client().head(address, headers={"range": "bytes=2-4"})
    assert (told.status_code, told["Content-Length"]) == (200, "10")


def test_file_costs_few_queries(django_assert_num_queries: Any) -> None:
    _page, address = encoding(publish=True)
    with django_assert_num_queries(2):  # the right to read it with its next change; the encoding
        status(address)
