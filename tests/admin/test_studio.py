"""Clips that editors cut in the admin: for who may change the video, published or not, and for no reader ever."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Collection, GroupCollectionPermission

from delivery.stories import withdraw
from jobs.models import JobState
from tests.admin.conftest import Person
from tests.clips.asking import Asker, anybody, files, patrol
from tests.factories.footage import frame_numbers, make_taken_in
from tests.factories.newsroom import make_editor, make_video, story
from videos.clips.run import cut_next
from videos.clips.sweep import sweep
from videos.ingest.imports import await_ingest
from videos.models import Caption, Clip, Shot, VideoCredit, VideoFile
from videos.models.media import Audience

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
__all__ = ["anybody", "files", "patrol"]

CAPTIONS = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nThe tug comes in\n"


class Cutter(Person):
    """Somebody of the media desk, in the studio of a video."""

    video: VideoFile

    def at(self, name: str, *keys: Any) -> str:
        return reverse(name, args=[self.video.pk, *keys])

    def order(self, start: str = "1", end: str = "2", **more: Any) -> Any:
        content = json.dumps({"start": start, "end": end, **more})
        return self.post(self.at("studio_order"), content, content_type="application/json")

    def cut(self, start: str = "1", end: str = "2") -> Clip:
        """A clip that is ready."""
        answer = self.order(start, end)
        assert answer.status_code == 202, answer.content
        cut_next(Clip.Lane.SHORT)
        clip = Clip.objects.get(pk=answer.json()["id"])
        assert clip.state == JobState.DONE, clip.error
        return clip

    def download(self, clip: Clip) -> bytes:
        """What a clip's button brings."""
        answer = self.get(self.at("studio_download", clip.pk))
        assert answer.status_code == 200
        content: bytes = answer.getvalue()
        return content

    def table(self) -> str:
        return str(self.get(self.at("studio_clips")).content.decode())


@pytest.fixture
def video(patrol: Path) -> VideoFile:
    """In the library, on no page."""
    return make_taken_in(patrol)


@pytest.fixture
def cutter(video: VideoFile) -> Cutter:
    cutter = Cutter("Media desk")
    cutter.video = video
    return cutter


def test_clip_of_an_unpublished_video_has_exactly_the_frames_asked_for(cutter: Cutter, tmp_path: Path) -> None:
    clip = cutter.cut("00:00:01:05", "2.0")
    head = cutter.head(cutter.at("studio_download", clip.pk))
    assert head["Content-Disposition"].startswith('attachment; filename="patrol_00-00-01.200')
    assert "no-store" in head["Cache-Control"]
    path = tmp_path / "clip.mp4"
    path.write_bytes(cutter.download(clip))
    assert frame_numbers(path) == list(range(30, 50))
    table = cutter.table()
    for words in ("Ready", "20 frames", "media-desk"):
        assert words in table


def test_equal_clips_are_cut_once_and_the_next_editor_shares_them(cutter: Cutter, video: VideoFile) -> None:
    clip = cutter.cut()
    again = cutter.order("00:00:01:00", "00:00:02.000")
    assert (again.status_code, again.json()) == (200, {"id": str(clip.pk), "is_new": False})
    other = Cutter("Senior editors")
    other.video = video
    assert other.order().json() == {"id": str(clip.pk), "is_new": False}
    assert Clip.objects.count() == 1


def test_no_reader_learns_of_an_editors_clip(cutter: Cutter, patrol: Path, anybody: Asker) -> None:
    page = make_video("Winter patrol", video=make_taken_in(patrol, master_audience=Audience.PUBLIC))
    assert page.video is not None
    cutter.video = page.video
    clip = cutter.cut()
    assert anybody.request("GET", f"clips/{clip.pk}/").status_code == 404
    assert anybody.request("DELETE", f"clips/{clip.pk}/").status_code == 404
    # A reader's equal order is another clip, which ends with the publication; the editor's goes on.
    ordered = anybody.order(page)
    assert ordered.status_code == 202
    assert ordered.json()["id"] != str(clip.pk)
    withdraw(story(page), reason="")
    sweep()
    assert cutter.download(clip)
    assert anybody.request("GET", f"clips/{ordered.json()['id']}/").json()["status"] == "cancelled"


def test_the_api_knows_nothing_of_what_an_editor_cut_in_the_admin(cutter: Cutter) -> None:
    clip = cutter.cut()
    for asker in (cutter, Client()):
        assert asker.get("/api/v1/clips/").json()["items"] == []
        assert asker.get(f"/api/v1/clips/{clip.pk}/").status_code == 404


def test_only_who_may_change_the_video_comes_in(cutter: Cutter, video: VideoFile) -> None:
    clip = cutter.cut()
    names = ("video_studio", "studio_frames", "studio_picture", "studio_point", "studio_clips")
    for stranger in (Person("Translators"), _of_another_collection(), Client()):
        for name in names:
            assert stranger.get(cutter.at(name)).status_code == 302, name
        assert stranger.get(cutter.at("studio_download", clip.pk)).status_code == 302
        order = json.dumps({"start": "1", "end": "3"})
        assert stranger.post(cutter.at("studio_order"), order, content_type="application/json").status_code == 302
        for name in ("studio_cancel", "studio_reuse"):
            assert stranger.post(cutter.at(name, clip.pk)).status_code == 302
    assert Clip.objects.count() == 1
    assert VideoFile.objects.count() == 1


def _of_another_collection() -> Client:
    """Somebody who may change videos, but not this one."""
    collection = Collection.get_first_root_node().add_child(name="Archive")
    group = Group.objects.create(name="Archivists")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    change = Permission.objects.get(content_type__app_label="wagtailmedia", codename="change_media")
    GroupCollectionPermission.objects.create(group=group, collection=collection, permission=change)
    client = Client()
    client.force_login(make_editor("Archivists"))
    return client


@pytest.mark.parametrize(
    ("start", "end", "field", "words"),
    [
        ("nonsense", "2", "start", "is no moment of a video"),
        ("1", "00:00:01:30", "end", "frames are counted from 0 to 24 here"),
        ("2", "1", "end", "The out point comes after the in point."),
        ("1", "100", "end", "outside the video"),
        ("1", "00:00:02;00", "end", "not counted so"),
        ("1", "1.001", "end", "same frame"),
        ("-1", "1", "start", "before the beginning"),
    ],
)
def test_what_is_wrong_with_a_point_is_told_beside_it(
    cutter: Cutter, start: str, end: str, field: str, words: str
) -> None:
    answer = cutter.order(start, end)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert words in answer.json()["errors"][field]
    assert not Clip.objects.exists()


def test_timecode_and_watermark_can_be_burnt_in(cutter: Cutter) -> None:
    page = cutter.get(cutter.at("video_studio")).content.decode()
    assert all(f'name="burn_in" value="{word}"' in page for word in Clip.BurnIn.values)
    answer = cutter.order(burn_in=["watermark", "timecode"])
    assert answer.status_code == 202
    table = cutter.table()
    assert "Burnt in: Timecode, Watermark" in table
    assert Clip.objects.get(pk=answer.json()["id"]).burn_in == "timecode watermark"
    assert cutter.order().json()["id"] != answer.json()["id"]
    silent = cutter.order(audio_only=True, burn_in=["timecode"])
    assert silent.json()["errors"] == {"burn_in": "Sound alone has no picture to burn anything into."}


def test_what_is_no_order_is_refused(cutter: Cutter) -> None:
    for content in ("", "[]", '{"start": 1}', json.dumps({"start": "1" * 50, "end": "2"})):
        assert cutter.post(cutter.at("studio_order"), content, content_type="application/json").status_code == 400
    assert cutter.get(cutter.at("studio_order")).status_code == 405


def test_text_is_told_as_a_frame(cutter: Cutter) -> None:
    def frame(text: str, name: str = "start") -> Any:
        return cutter.get(cutter.at("studio_point"), {"text": text, "name": name}).json()

    assert frame("00:00:01:05") == {"frame": 30}
    assert frame("1.22") == {"frame": 30}  # a tie goes to the earlier
    assert frame("4", "end") == {"frame": 100}
    assert "outside the video" in frame("9", "end")["errors"]["end"]


def test_frames_are_told_with_their_times_and_names(cutter: Cutter) -> None:
    told = cutter.get(cutter.at("studio_frames")).json()
    assert (told["start"], told["timecode"]) == (0, {"first": 0, "base": 25, "drop": False})
    [[count, length]] = told["runs"]
    assert (count, length / told["timescale"]) == (100, 0.04)


def test_picture_comes_in_ranges_and_is_kept_by_nobody(cutter: Cutter) -> None:
    answer = cutter.get(cutter.at("studio_picture"), headers={"range": "bytes=0-99"})
    assert (answer.status_code, len(answer.getvalue())) == (206, 100)
    assert "no-store" in answer["Cache-Control"]


def test_page_has_the_shots_of_drafts_once_a_story(cutter: Cutter, video: VideoFile) -> None:
    page = make_video("Harbour", video=video, shots=[Shot(start="0.5", end="2", text="The tug comes in")])
    page.shots = [Shot(start="1", end="2", text="The tug leaves")]
    page.save_revision()
    html = cutter.get(cutter.at("video_studio")).content.decode()
    assert "The tug leaves" in html
    assert "The tug comes in" not in html
    assert 'data-shot="order" data-start="1.000" data-end="2.000"' in html
    # A draft that shows this video, though its page does not yet.
    other = make_video("Quay", publish=False)
    other.video, other.shots = video, [Shot(start="2", end="3", text="Crew on deck")]
    other.save_revision()
    assert "Crew on deck" not in cutter.get(cutter.at("video_studio")).content.decode()
    assert "Crew on deck" in cutter.get(cutter.at("video_studio"), {"page": other.pk}).content.decode()
    assert cutter.get(cutter.at("video_studio"), {"page": "²"}).status_code == 200


def test_studio_is_reached_from_the_file_and_from_the_page(cutter: Cutter, video: VideoFile) -> None:
    page = make_video("Harbour", video=video)
    studio = cutter.at("video_studio")
    assert studio in cutter.get(reverse("wagtailmedia:edit", args=[video.pk])).content.decode()
    html = cutter.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert f"{studio}?page={page.pk}" in html


def test_before_a_video_is_taken_in_there_is_nothing_to_cut(cutter: Cutter) -> None:
    cutter.video = VideoFile.objects.create(title="New", type="video", file=ContentFile(b"x", name="a.mp4"), duration=1)
    assert "still being taken in" in cutter.get(cutter.at("video_studio")).content.decode()
    for name in ("studio_picture", "studio_frames", "studio_point"):
        assert cutter.get(cutter.at(name)).status_code == 404
    assert cutter.order().status_code == 404


def test_cancelled_clip_is_cut_no_more_but_where_somebody_else_waits_for_it(cutter: Cutter, video: VideoFile) -> None:
    other = Cutter("Senior editors")
    other.video = video
    clip_id = cutter.order().json()["id"]
    other.order()
    assert cutter.post(cutter.at("studio_cancel", clip_id)).status_code == 204
    assert Clip.objects.get().state == JobState.QUEUED
    assert other.post(other.at("studio_cancel", clip_id)).status_code == 204
    assert Clip.objects.get().state == JobState.CANCELLED
    assert "Make it again" in cutter.table()
    # Ordered again, it is cut.
    assert cutter.cut().pk == Clip.objects.get().pk


def test_replaced_master_ends_its_clips(cutter: Cutter, video: VideoFile) -> None:
    clip = cutter.cut()
    video.renditions.filter(name="master").update(file_name="media/another.mp4")
    assert cutter.get(cutter.at("studio_download", clip.pk)).status_code == 404
    assert "is not available any more" in cutter.table()
    sweep()
    assert Clip.objects.get().file_name == ""


def test_clip_tells_title_credit_and_terms_of_a_video_that_is_not_published(cutter: Cutter, video: VideoFile) -> None:
    make_video("Harbour", video=video, publish=False, credits=[VideoCredit(text="COS / Lena Marsh")])
    clip = cutter.cut()
    with av.open(BytesIO(cutter.download(clip))) as container:
        assert container.metadata["title"] == "Patrol"
        assert container.metadata["artist"] == "COS / Lena Marsh"


def test_clip_becomes_a_video_of_its_own(cutter: Cutter, video: VideoFile) -> None:
    Caption.objects.create(video=video, language="en", text=CAPTIONS)
    VideoFile.objects.filter(pk=video.pk).update(master_audience=Audience.PUBLIC)
    video.tags.add("ice")
    clip = cutter.cut("1", "2")
    answer = cutter.post(cutter.at("studio_reuse", clip.pk))
    made = VideoFile.objects.exclude(pk=video.pk).get()
    assert answer["Location"] == reverse("wagtailmedia:edit", args=[made.pk])
    await_ingest(made)
    made.refresh_from_db()
    assert (made.title, made.frame_count) == ("Patrol (00:00:01.000 – 00:00:02.000)", 25)
    assert (made.master_audience, [tag.name for tag in made.tags.all()]) == (Audience.PUBLIC, ["ice"])
    assert made.uploaded_by_user == cutter.user
    assert "00:00:00.000 --> 00:00:00.500\nThe tug comes in" in made.captions.get().text
    # It outlives the clip.
    Clip.objects.update(expires_at=clip.created_at)
    sweep()
    with made.file.open() as file:
        assert file.read(8)[4:] == b"ftyp"


def test_who_may_not_add_videos_makes_none_of_a_clip(
    cutter: Cutter, video: VideoFile, log_in: Callable[[str], Person]
) -> None:
    clip = cutter.cut()
    GroupCollectionPermission.objects.filter(permission__codename="add_media", group__name="Media desk").delete()
    assert "Make a video of it" not in cutter.table()
    assert cutter.post(cutter.at("studio_reuse", clip.pk)).status_code == 302
    assert VideoFile.objects.count() == 1


def test_studio_speaks_french(cutter: Cutter) -> None:
    cutter.cut()
    html = cutter.get(cutter.at("video_studio"), headers={"accept-language": "fr"}).content.decode()
    for words in ("Découper des extraits", "Point d’entrée", "Prêt", "Touches"):
        assert words in html, words


def test_clips_of_a_video_cost_as_many_queries_as_one(cutter: Cutter) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            cutter.table()
        return len(captured)

    cutter.order("0", "1")
    queries()
    few = queries()
    for number in range(1, 20):
        cutter.order("0", str(1 + number / 10))
    assert queries() == few
