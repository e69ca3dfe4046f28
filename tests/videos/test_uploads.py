"""Uploads in parts, as a browser sends them: to the server where videos are in a folder, else to a real S3 server."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.newsroom import make_editor
from tests.videos.uploading import CONTENT, ENTRANCE, PART, Browser, stored, unfinished
from videos.models import Ingest, Upload, VideoFile
from videos.storage import video_storage
from videos.uploads import receiving
from videos.uploads.folder import FILE, FOLDER
from videos.uploads.parts import parts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_parts")]

# From the first part to the video


def test_master_in_parts_becomes_a_video_that_waits_for_ingest(anywhere: str, desk: Browser) -> None:
    upload = desk.send_all()
    answer = desk.add_video(**{"file-upload": upload["id"]})
    assert answer.status_code == 302, answer.context["form"].errors
    video = VideoFile.objects.get()
    assert stored() == CONTENT
    assert video.file.name.startswith("media/ice-patrol-")
    assert video.file.name.endswith(".mp4")
    assert Ingest.objects.get(video=video).state == "queued"
    assert Upload.objects.get().state == Upload.State.USED
    assert not unfinished()


def test_parts_may_come_in_any_order_and_twice(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    for number in (3, 1, 3, 2, 1):
        assert desk.send(upload, number) < 300
    assert desk.complete(upload).status_code == 200
    assert desk.complete(upload).json()["state"] == "complete"
    with video_storage().open(Upload.objects.get().name) as file:
        assert file.read() == CONTENT


def test_who_picks_the_same_file_again_goes_on_where_he_was(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    desk.send(upload, 2)
    again = desk.begin()
    assert again["id"] == upload["id"]
    assert again["arrived"] == [2]
    assert desk.get(f"{ENTRANCE}{upload['id']}/").json() == again
    assert desk.begin(size=len(CONTENT) + 1)["id"] != upload["id"]


def test_complete_upload_is_found_again_until_it_is_used(anywhere: str, desk: Browser) -> None:
    upload = desk.send_all()
    assert desk.begin() | {"arrived": []} == upload | {"state": "complete", "arrived": []}
    desk.add_video(**{"file-upload": upload["id"]})
    assert desk.begin()["id"] != upload["id"]


def test_upload_whose_parts_are_gone_begins_anew(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    parts().discard(Upload.objects.get())
    again = desk.begin()
    assert again["id"] != upload["id"]
    assert again["arrived"] == []


def test_part_that_never_arrived_is_asked_for(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    desk.send(upload, 1)
    desk.send(upload, 3)
    answer = desk.complete(upload)
    assert (answer.status_code, answer.json()["missing"]) == (409, [2])
    desk.send(upload, 2)
    assert desk.complete(upload).status_code == 200


def test_part_of_another_length_is_refused(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    assert desk.send(upload, 1, CONTENT[: PART - 1]) >= 400
    assert desk.send(upload, 3, CONTENT[2 * PART :] + b"more") >= 400
    assert desk.begin()["arrived"] == []


def test_completing_goes_on_where_a_crash_left_it(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    for number in (1, 2, 3):
        desk.send(upload, number)
    parts().finish(Upload.objects.get())  # and nobody wrote down that it is complete
    assert desk.begin() == desk.complete(upload).json() == desk.begin() | {"state": "complete"}


def test_two_uploads_at_once_do_not_mix(anywhere: str, desk: Browser) -> None:
    other = Browser("other")
    mine, his = desk.begin(), other.begin()
    assert mine["id"] != his["id"]
    for number in (1, 2, 3):
        desk.send(mine, number)
        other.send(his, number, bytes(min(PART, len(CONTENT) - (number - 1) * PART)))
    desk.complete(mine)
    other.complete(his)
    with video_storage().open(Upload.objects.get(owner=desk.user).name) as file:
        assert file.read() == CONTENT
    with video_storage().open(Upload.objects.get(owner=other.user).name) as file:
        assert file.read() == bytes(len(CONTENT))


# Whose it is


def test_upload_of_somebody_else_is_not_there(anywhere: str, desk: Browser) -> None:
    upload = desk.begin()
    other = Browser("other")
    for answer in (
        other.get(f"{ENTRANCE}{upload['id']}/"),
        other.delete(f"{ENTRANCE}{upload['id']}/"),
        other.post(f"{ENTRANCE}{upload['id']}/parts/1/"),
        other.put(f"{ENTRANCE}{upload['id']}/parts/1/", CONTENT[:PART], content_type="application/octet-stream"),
        other.complete(upload),
    ):
        assert answer.status_code == 404
    assert Upload.objects.filter(pk=upload["id"]).exists()


def test_form_takes_no_upload_of_somebody_else(folder: Path, desk: Browser) -> None:
    upload = desk.send_all()
    answer = Browser("other").add_video(**{"file-upload": upload["id"]})
    assert "not there any more" in str(answer.context["form"].errors["file"])
    assert "Ice patrol.MP4" not in answer.content.decode()
    assert not VideoFile.objects.exists()


def test_form_takes_no_upload_twice(folder: Path, desk: Browser) -> None:
    upload = desk.send_all()
    desk.add_video(**{"file-upload": upload["id"]})
    answer = desk.add_video(**{"file-upload": upload["id"]})
    assert "in the media library already" in str(answer.context["form"].errors["file"])
    assert VideoFile.objects.count() == 1


@pytest.mark.parametrize("upload_id", ["", "none", "00000000-0000-0000-0000-000000000000"])
def test_form_takes_nothing_that_is_no_upload(folder: Path, desk: Browser, upload_id: str) -> None:
    assert desk.add_video(**{"file-upload": upload_id}).context["form"].errors["file"]


def test_form_takes_no_upload_that_is_not_complete(folder: Path, desk: Browser) -> None:
    answer = desk.add_video(**{"file-upload": desk.begin()["id"]})
    assert "not complete" in str(answer.context["form"].errors["file"])


def test_form_that_is_shown_again_keeps_the_upload(folder: Path, desk: Browser) -> None:
    upload = desk.send_all()
    answer = desk.add_video(**{"file-upload": upload["id"], "title": ""})
    assert set(answer.context["form"].errors) == {"title"}
    html = answer.content.decode()
    assert upload["id"] in html
    assert "Ice patrol.MP4" in html
    assert Upload.objects.get().state == Upload.State.COMPLETE


def test_without_scripts_the_file_comes_with_the_form(anywhere: str, desk: Browser) -> None:
    answer = desk.add_video(file=SimpleUploadedFile("patrol.mp4", b"0123456789"))
    assert answer.status_code == 302
    assert stored() == b"0123456789"


def test_other_file_of_a_video_comes_in_parts_too(folder: Path, desk: Browser) -> None:
    desk.add_video(file=SimpleUploadedFile("patrol.mp4", b"0123456789"))
    video = VideoFile.objects.get()
    old = Path(video.file.path)
    upload = desk.send_all()
    form = {"title": "Patrol", "collection": video.collection_id, "master_audience": "public"}
    answer = desk.post(reverse("wagtailmedia:edit", args=[video.pk]), form | {"file-upload": upload["id"]})
    assert answer.status_code == 302
    assert stored() == CONTENT
    assert not old.exists()
    assert Ingest.objects.get().file_name == VideoFile.objects.get().file.name
    answer = desk.post(reverse("wagtailmedia:edit", args=[video.pk]), form | {"title": "Another title"})
    assert answer.status_code == 302
    assert stored() == CONTENT


def test_who_may_not_upload_is_refused(folder: Path, db: None) -> None:
    file = {"title": "a.mp4", "size_bytes": 10, "changed_at": 0}
    assert Browser(group="Translators").post(ENTRANCE, file, content_type="application/json").status_code == 302
    assert Client().post(ENTRANCE, file, content_type="application/json").status_code == 302
    assert not Upload.objects.exists()


def test_request_from_another_site_is_refused(folder: Path, desk: Browser) -> None:
    upload = desk.begin()
    foreign = Client(enforce_csrf_checks=True)
    foreign.force_login(desk.user)
    body = CONTENT[:PART]
    address = f"{ENTRANCE}{upload['id']}/parts/1/"
    assert foreign.put(address, body, content_type="application/octet-stream").status_code == 403


# What is no upload


def test_what_cannot_be_a_video_is_refused_in_words(folder: Path, desk: Browser, settings: Any) -> None:
    assert "mp4" in desk.begin(title="report.pdf", status=422)["detail"]
    assert "empty" in desk.begin(size=0, status=422)["detail"]
    settings.UPLOAD_LIMIT_GB = 1
    assert "1 GB" in desk.begin(size=10**9 + 1, status=422)["detail"]
    for wrong in ("{", {"title": "a\0b.mp4", "size_bytes": 5, "changed_at": 1}):
        assert desk.post(ENTRANCE, wrong, content_type="application/json").status_code == 400
    assert not Upload.objects.exists()
    assert not unfinished()


@pytest.mark.parametrize("number", [0, 4, 10_001])
def test_part_that_the_file_does_not_have_is_refused(anywhere: str, desk: Browser, number: int) -> None:
    upload = desk.begin()
    address = f"{ENTRANCE}{upload['id']}/parts/{number}/"
    answers = [desk.put(address, b"x", content_type="application/octet-stream")]
    if anywhere == "bucket":
        answers.append(desk.post(address))
    assert {answer.status_code for answer in answers} == {404}


def test_large_file_has_no_more_parts_than_a_bucket_takes(folder: Path, desk: Browser, settings: Any) -> None:
    settings.UPLOAD_LIMIT_GB = 5000
    upload = Upload(size_bytes=5 * 10**12, part_bytes=1)
    for size in (PART * 10_000, PART * 10_000 + 1, 5 * 10**12):
        upload.size_bytes = size
        upload.part_bytes = receiving.part_bytes_for(size)
        assert upload.part_count <= 10_000
        assert sum(map(upload.bytes_of_part, range(1, upload.part_count + 1))) == size


# What is left


def test_cancelled_upload_leaves_nothing(anywhere: str, desk: Browser) -> None:
    begun = desk.begin()
    desk.send(begun, 1)
    assert desk.delete(f"{ENTRANCE}{begun['id']}/").status_code == 204
    whole = desk.send_all()
    name = Upload.objects.get().name
    assert desk.delete(f"{ENTRANCE}{whole['id']}/").status_code == 204
    assert not video_storage().exists(name)
    assert not Upload.objects.exists()
    assert not unfinished()


def test_video_in_the_library_is_not_cancelled_away(folder: Path, desk: Browser) -> None:
    upload = desk.send_all()
    desk.add_video(**{"file-upload": upload["id"]})
    assert desk.delete(f"{ENTRANCE}{upload['id']}/").status_code == 409
    assert stored() == CONTENT


def test_abandoned_uploads_are_removed_and_no_others(anywhere: str, desk: Browser, settings: Any) -> None:
    used = desk.send_all()
    desk.add_video(**{"file-upload": used["id"]})
    desk.send_all()
    complete = Upload.objects.get(state=Upload.State.COMPLETE).name
    begun = desk.begin(title="other.mov")
    desk.send(begun, 1)
    Upload.objects.update(touched_at=timezone.now() - timedelta(hours=settings.UPLOAD_KEEP_HOURS + 1))
    fresh = desk.begin(title="fresh.mov")
    assert receiving.sweep() == 2
    assert receiving.sweep() == 0
    assert [str(one.pk) for one in Upload.objects.all()] == [fresh["id"]]
    assert not video_storage().exists(complete)
    assert stored() == CONTENT
    assert desk.send(fresh, 1) < 300


def test_parts_that_a_crash_left_without_a_row_are_removed(anywhere: str, desk: Browser, settings: Any) -> None:
    upload = desk.begin()
    desk.send(upload, 1)
    Upload.objects.all().delete()
    assert receiving.sweep() == 0
    settings.UPLOAD_KEEP_HOURS = -1
    assert receiving.sweep() == 1
    assert not unfinished()


def test_upload_goes_with_its_owner(folder: Path, desk: Browser, settings: Any) -> None:
    desk.begin()
    desk.user.delete()
    settings.UPLOAD_KEEP_HOURS = -1
    assert receiving.sweep() == 1
    assert not unfinished()


# A disk that is full


@pytest.fixture
def full(folder: Path, desk: Browser) -> Iterator[Any]:
    """An upload whose file is on a full disk: the kernel's own."""
    upload = desk.begin()
    file = folder / FOLDER / upload["id"] / FILE
    file.unlink()
    file.symlink_to("/dev/full")
    return upload


def test_full_disk_is_said_so_and_the_upload_goes_on_when_there_is_room(full: Any, desk: Browser, folder: Path) -> None:
    address = f"{ENTRANCE}{full['id']}/parts/1/"
    answer = desk.put(address, CONTENT[:PART], content_type="application/octet-stream")
    assert answer.status_code == 507
    assert "no room" in answer.json()["detail"]
    assert desk.begin()["arrived"] == []
    file = folder / FOLDER / full["id"] / FILE
    file.unlink()
    file.touch()
    for number in (1, 2, 3):
        desk.send(full, number)
    assert desk.complete(full).status_code == 200


def test_file_that_is_larger_than_the_disk_is_refused_at_once(folder: Path, desk: Browser, settings: Any) -> None:
    settings.UPLOAD_LIMIT_GB = 5000
    free = os.statvfs("/").f_blocks * os.statvfs("/").f_frsize + os.statvfs(folder.parent).f_blocks * 4096
    if free >= 5000 * 10**9:
        pytest.skip("This disk is larger than any upload.")
    assert "no room" in desk.begin(size=5000 * 10**9, status=507)["detail"]
    assert not unfinished()


def test_stored_files_are_for_who_looks_after_the_library(folder: Path, desk: Browser) -> None:
    desk.add_video(file=SimpleUploadedFile("patrol.mp4", b"0123456789"))
    name = VideoFile.objects.get().file.name
    address = reverse("video_file", args=[name])
    assert b"".join(desk.get(address)) == b"0123456789"
    assert desk.get(reverse("video_file", args=["media"])).status_code == 404
    translator = Client()
    translator.force_login(make_editor("Translators"))
    assert translator.get(address).status_code in (302, 403)
