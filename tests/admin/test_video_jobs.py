"""The report "Video jobs": uploads and clips, what failed and why; they are tried again and cancelled."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.callers import Caller
from jobs import lease
from jobs.models import JobState
from tests.clips.asking import Asker, anybody, files, journalist, patrol
from tests.factories.footage import make_taken_in
from tests.factories.newsroom import make_video
from videos.clips.orders import Wish, order_of
from videos.clips.run import cut_next
from videos.clips.sources import library_master
from videos.errors import IngestFailed
from videos.ingest.imports import await_ingest
from videos.models import Clip, Ingest, VideoFile
from videos.models.media import Audience

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
__all__ = ["anybody", "files", "journalist", "patrol"]

REPORTS = ["uploads_report", "clips_report"]


@pytest.fixture
def media_desk(log_in: Callable[[str], Client]) -> Client:
    return log_in("Media desk")


@pytest.fixture
def page(patrol: Path) -> Any:
    return make_video("Winter patrol", video=make_taken_in(patrol, master_audience=Audience.PUBLIC))


def rows(client: Client, report: str, **query: Any) -> list[Any]:
    """The report's rows."""
    response = client.get(reverse(report), query)
    assert response.status_code == 200
    return list(response.context["object_list"])


def upload(title: str, **fields: Any) -> Ingest:
    """A video whose ingest failed."""
    video = VideoFile(title=title, type="video", duration=0)
    video.file.save("patrol.mp4", ContentFile(b"no video"), save=False)
    video.save()
    values = {"state": JobState.FAILED, "attempts": 1, "error": "No video."}
    Ingest.objects.filter(video=video).update(**values | fields)
    return Ingest.objects.get(video=video)


@pytest.mark.parametrize("report", REPORTS)
def test_who_may_change_videos_sees_their_jobs(log_in: Callable[[str], Client], report: str) -> None:
    for group, status in (("Editors", 200), ("Media desk", 200), ("Translators", 302), ("Newsletter", 302)):
        client = log_in(group)
        assert client.get(reverse(report)).status_code == status, group
        assert client.get(f"{reverse(report)}results/").status_code == status, group
        home = client.get(reverse("wagtailadmin_home")).content.decode()
        assert (reverse("uploads_report") in home) == (status == 200), group


def test_each_table_leads_to_the_other(media_desk: Client) -> None:
    for report in REPORTS:
        html = media_desk.get(reverse(report)).content.decode()
        for other in REPORTS:
            assert f'href="{reverse(other)}"' in html


# Uploads


def test_failed_uploads_are_told_and_begun_again(media_desk: Client) -> None:
    failed = upload("Ice patrol")
    upload("Fine", state=JobState.DONE)
    upload("Under way", state=JobState.RUNNING, attempts=5, leased_until=timezone.now() + timedelta(minutes=1))
    dead = upload(
        "Left behind", state=JobState.RUNNING, attempts=5, error="", leased_until=timezone.now() - timedelta(minutes=1)
    )
    upload("Disk", attempts=5, error="Disk full")
    told = {row.video.title for row in rows(media_desk, "uploads_report")}
    assert told == {"Under way", "Ice patrol", "Left behind", "Disk"}
    assert [row.video.title for row in rows(media_desk, "uploads_report", state="done")] == ["Fine"]
    html = media_desk.get(reverse("uploads_report")).content.decode()
    for words in ("No video.", "It failed 5 times, at last with: Disk full", "The machine stopped at each attempt"):
        assert words in html
    assert reverse("wagtailmedia:edit", args=[failed.video_id]) in html

    for row in (failed, dead):
        again = reverse("try_upload_again", args=[row.pk])
        assert media_desk.get(again).status_code == 405
        assert media_desk.post(again).status_code == 302
        row.refresh_from_db()
        assert (row.state, row.attempts, row.error) == (JobState.QUEUED, 0, "")
    response = media_desk.post(again, follow=True)
    assert "not among the failed any more" in response.content.decode()


def test_the_worker_is_woken_after_the_commit(
    media_desk: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    failed = upload("Ice patrol")
    woken: list[int] = []
    monkeypatch.setattr("videos.wagtail_hooks.uploads.wake_ingest", woken.append)
    with django_capture_on_commit_callbacks(execute=True):
        media_desk.post(reverse("try_upload_again", args=[failed.pk]))
        assert woken == []
    assert woken == [failed.pk]


def test_upload_is_cancelled_while_it_is_worked_on_and_goes_on_when_somebody_wants_it(media_desk: Client) -> None:
    row = upload("Ice patrol", state=JobState.QUEUED, attempts=0, due_at=timezone.now())
    job = lease.take(Ingest, row.pk)
    assert job is not None
    cancel = reverse("cancel_upload", args=[row.pk])
    assert cancel in media_desk.get(reverse("uploads_report")).content.decode()
    assert "The file stays in the media library" in media_desk.post(cancel, follow=True).content.decode()
    assert not lease.holds(job)
    with pytest.raises(IngestFailed, match="cancelled"):
        await_ingest(row.video)
    form = media_desk.get(reverse("wagtailmedia:edit", args=[row.video_id])).content.decode()
    assert "This was cancelled." in form
    html = media_desk.get(reverse("uploads_report")).content.decode()
    assert "Cancelled" in html
    again = reverse("try_upload_again", args=[row.pk])
    assert again in html
    assert "was over already" in media_desk.post(cancel, follow=True).content.decode()
    media_desk.post(again)
    assert lease.take(Ingest, row.pk) is not None


def test_who_may_not_change_a_video_does_nothing_to_its_jobs(log_in: Callable[[str], Client], page: Any) -> None:
    row = upload("Ice patrol")
    clip, _new = order_of(Caller(log_in("Editors").user.pk, ""), library_master(page.video), Wish("1", "2"))  # type: ignore[attr-defined]
    translator = log_in("Translators")
    for name, key in (("try_upload_again", row.pk), ("cancel_upload", row.pk)):
        assert translator.post(reverse(name, args=[key])).status_code == 302
    for name in ("try_clip_again", "cancel_clip_job"):
        assert translator.post(reverse(name, args=[clip.pk])).status_code == 302
    row.refresh_from_db()
    clip.refresh_from_db()
    assert (row.state, clip.state) == (JobState.FAILED, JobState.QUEUED)


# Clips


def test_clips_tell_who_ordered_them_and_how_far_they_are(
    media_desk: Any, page: Any, anybody: Asker, journalist: Asker
) -> None:
    for asker in (anybody, journalist):
        assert asker.order(page).status_code in (200, 202)
    order_of(Caller(media_desk.user.pk, ""), library_master(page.video), Wish("0", "3"))
    html = media_desk.get(reverse("clips_report")).content.decode()
    for words in ("ana@press.example, 1 without an account", "media-desk", "00:00:01.000 – 00:00:02.000", "Waiting"):
        assert words in html, words
    assert len(rows(media_desk, "clips_report")) == 2
    cut_next(Clip.Lane.SHORT)
    assert len(rows(media_desk, "clips_report")) == 1
    assert len(rows(media_desk, "clips_report", state="done")) == 1
    assert rows(media_desk, "clips_report", state=["failed", "running"]) == []


def test_clip_is_cancelled_for_everybody_and_tried_again(media_desk: Client, page: Any, anybody: Asker) -> None:
    clip_id = anybody.order(page).json()["id"]
    cancel, again = (reverse(name, args=[clip_id]) for name in ("cancel_clip_job", "try_clip_again"))
    assert "for everybody who asked" in media_desk.post(cancel, follow=True).content.decode()
    assert anybody.clip(clip_id)["status"] == "cancelled"
    assert "was over already" in media_desk.post(cancel, follow=True).content.decode()
    assert again in media_desk.get(reverse("clips_report"), {"state": "cancelled"}).content.decode()
    assert "tried again now" in media_desk.post(again, follow=True).content.decode()
    cut_next(Clip.Lane.SHORT)
    assert anybody.clip(clip_id)["status"] == "ready"
    assert "not among the failed any more" in media_desk.post(again, follow=True).content.decode()


def test_failed_clip_comes_first_with_its_reason_in_words(media_desk: Client, page: Any, anybody: Asker) -> None:
    failed = anybody.order(page).json()["id"]
    Clip.objects.filter(pk=failed).update(state=JobState.FAILED, attempts=5, error="OSError: disk full")
    anybody.order(page, 0, 3)
    assert str(rows(media_desk, "clips_report")[0].pk) == failed
    html = media_desk.get(reverse("clips_report")).content.decode()
    for words in ("The clip could not be made. Order it again.", "OSError: disk full", "For technicians"):
        assert words in html


# Both


@pytest.mark.parametrize("report", REPORTS)
def test_fifty_rows_cost_as_many_queries_as_five(media_desk: Any, page: Any, report: str) -> None:
    def fill(start: int, end: int) -> None:
        for number in range(start, end):
            if report == "uploads_report":
                upload(f"Video {number}")
            else:
                caller = Caller(media_desk.user.pk, "")
                order_of(caller, library_master(page.video), Wish(f"{number / 25}", "3.9"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert media_desk.get(reverse(report)).status_code == 200
        return len(captured)

    fill(0, 5)
    queries()
    few = queries()
    fill(5, 50)
    assert len(rows(media_desk, report)) == 50
    assert queries() == few


def test_more_than_fifty_clips_come_in_pages(media_desk: Any, page: Any, settings: Any) -> None:
    settings.CLIPS_UNFINISHED = 100
    for number in range(52):
        order_of(Caller(media_desk.user.pk, ""), library_master(page.video), Wish(f"{number / 25}", "3.9"))
    assert len(rows(media_desk, "clips_report")) == 50
    assert len(rows(media_desk, "clips_report", p=2)) == 2


def test_jobs_are_told_in_french(media_desk: Client, page: Any, anybody: Asker) -> None:
    anybody.order(page)
    html = media_desk.get(reverse("clips_report"), headers={"accept-language": "fr"}).content.decode()
    for words in ("Travaux vidéo", "Extraits", "1 sans compte", "Annuler"):
        assert words in html
