"""What can be asked for, by whom, and what is said where it cannot."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from delivery.stories import withdraw
from jobs.models import JobState
from tests.clips.asking import Asker, path_of
from tests.clips.ordering import cut_all, row, send, told
from tests.factories.accounts import log_in
from tests.factories.footage import make_indexed_video, make_media_account
from tests.factories.newsroom import make_editor, make_video, story
from videos.models import Clip, VideoRendition
from videos.models.media import Audience

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(patrol: Path, files: Path) -> Any:
    return make_indexed_video(patrol)


def codes(answer: Any) -> list[tuple[str, str]]:
    assert answer["Content-Type"] == "application/problem+json"
    return [(one["parameter"], one["code"]) for one in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (0, 4, (0, 100)),
        ("0", "4.000", (0, 100)),
        (1.02, 2.02, (25, 50)),  # exactly between two frames: the earlier one
        (1.021, 2.021, (26, 51)),
        ("00:00:01.500", "00:00:03", (37, 75)),
        ("00:00:01:05", "00:00:02:00", (30, 50)),
        (0, "00:00:04:00", (0, 100)),
    ],
)
def test_points_snap_to_frames(anybody: Asker, video: Any, start: Any, end: Any, frames: tuple[int, int]) -> None:
    answer = anybody.order(video, start, end)
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert (told["start_frame"], told["end_frame"]) == frames
    assert (told["start"], told["end"]) == (frames[0] / 25, frames[1] / 25)


@pytest.mark.parametrize(
    ("wish", "wrong"),
    [
        ({"start": "NaN"}, ("start", "not_a_point")),
        ({"start": -1}, ("start", "outside_the_video")),
        ({"start": 3, "end": 1}, ("end", "not_after_start")),
        ({"start": 1, "end": 1}, ("end", "not_after_start")),
        ({"start": 1.0, "end": 1.015}, ("end", "no_frame")),
        ({"start": 1, "end": 4.1}, ("end", "outside_the_video")),
        ({"start": 90, "end": 100}, ("start", "outside_the_video")),
        ({"start": 4, "end": 4.01}, ("start", "outside_the_video")),
        ({"start": "00:00:01:25"}, ("start", "no_such_timecode")),
        ({"start": "00:00:01;05"}, ("start", "not_drop_frame")),
        ({"start": "soon"}, ("start", "not_a_point")),
        ({"start": ""}, ("start", "not_a_point")),
        ({"start": "\ud800"}, ("start", "not_a_point")),
        ({"start": "1" * 41}, ("start", "not_a_point")),
        ({"start": "1e3"}, ("start", "not_a_point")),
        ({"rendition": "imax"}, ("rendition", "unknown_rendition")),
        ({"colour": "blue"}, ("colour", "extra_forbidden")),
    ],
)
def test_what_is_wrong_is_named(anybody: Asker, video: Any, wish: dict[str, Any], wrong: tuple[str, str]) -> None:
    answer = anybody.order(video, **({"start": 1, "end": 2} | wish))
    assert answer.status_code == 422, answer.content
    assert wrong in codes(answer)
    assert not Clip.objects.exists()


def test_both_points_are_named_where_both_are_wrong(anybody: Asker, video: Any) -> None:
    assert codes(anybody.order(video, "soon", "00:00:01:25")) == [
        ("start", "not_a_point"),
        ("end", "no_such_timecode"),
    ]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "true", "null", "[]"])
def test_what_json_calls_a_number_and_is_none(anybody: Asker, video: Any, number: str) -> None:
    path = f"videos/{video.translation_key}/clips/"
    answer = anybody.request("POST", path, f'{{"start": {number}, "end": 2}}')
    assert answer.status_code in (400, 422), answer.content


def test_what_is_wrong_is_said_in_french(anybody: Asker, video: Any) -> None:
    path = f"videos/{video.translation_key}/clips/"
    answer = anybody.request("POST", path, {"start": 2, "end": 1}, accept_language="fr")
    assert answer.json()["errors"][0]["detail"] == "Le point de sortie vient après le point d’entrée."


def test_video_that_is_not_published_answers_like_what_never_was(anybody: Asker, video: Any, patrol: Path) -> None:
    draft = make_video("Draft", video=video.video, publish=False)
    unknown = anybody.order("11111111-0000-4000-8000-00000000000f")
    assert unknown.status_code == 404
    for hidden in (draft, withdrawn(video)):
        answer = anybody.order(hidden)
        assert (answer.status_code, answer.content) == (404, unknown.content)


def withdrawn(page: Any) -> Any:
    withdraw(story(page), reason="")
    return page


def test_rendition_for_accounts_needs_one(anybody: Asker, journalist: Asker, patrol: Path, files: Path) -> None:
    page = make_indexed_video(patrol, audience=Audience.REGISTERED)
    refused = anybody.order(page)
    assert refused.status_code == 401
    assert "Log in" in refused.json()["detail"]
    assert journalist.order(page).status_code == 202


def test_rendition_for_accredited_accounts_is_refused(
    anybody: Asker, journalist: Asker, patrol: Path, files: Path
) -> None:
    page = make_indexed_video(patrol, audience=Audience.ACCREDITED)
    assert anybody.order(page).status_code == 401
    refused = journalist.order(page)
    assert refused.status_code == 403
    assert "accredited" in refused.json()["detail"]


def test_editor_is_no_media_account(patrol: Path, files: Path) -> None:
    page = make_indexed_video(patrol, audience=Audience.REGISTERED)
    client = Client()
    client.force_login(make_editor())
    assert Asker(client).order(page).status_code == 401


def test_page_of_another_site_orders_nothing_in_an_accounts_name(patrol: Path, files: Path) -> None:
    page = make_indexed_video(patrol)
    client = Client(enforce_csrf_checks=True)
    log_in(client, make_media_account())
    assert Asker(client).order(page).status_code == 403


def test_equal_wishes_share_one_clip(anybody: Asker, journalist: Asker, video: Any) -> None:
    first = anybody.order(video, 1, 2)
    again = anybody.order(video, "1.0", "00:00:02:00")
    other = journalist.order(video, 1, 2)
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 200)
    assert first.json()["id"] == again.json()["id"] == other.json()["id"]
    assert anybody.order(video, 1, 2, audio_only=True).json()["id"] != first.json()["id"]


def test_clip_is_gone_for_whom_its_rendition_is_no_longer(anybody: Asker, journalist: Asker, video: Any) -> None:
    placed = send(anybody, {"clips": [row(video)]}).json()
    clip_id = placed["clips"][0]["id"]
    journalist.order(video)
    cut_all()
    for audience, who, status in (
        (Audience.PUBLIC, anybody, "ready"),
        (Audience.REGISTERED, anybody, "expired"),
        (Audience.REGISTERED, journalist, "ready"),
        (Audience.ACCREDITED, journalist, "expired"),
    ):
        VideoRendition.objects.update(audience=audience)
        clip = who.clip(clip_id)
        assert (clip["status"], clip["download_url"] is None, clip["error"] is None) == (
            *(status, status == "expired", status == "ready"),
        )
        if who is anybody:
            assert (told(anybody, placed["id"])["archive"] is None) == (status == "expired")


def test_clip_of_somebody_else_is_not_there(anybody: Asker, journalist: Asker, video: Any) -> None:
    clip_id = journalist.order(video).json()["id"]
    client = Client()
    log_in(client, make_media_account("ben"))
    for stranger in (anybody, Asker(client)):
        assert stranger.request("GET", f"clips/{clip_id}/").status_code == 404
        assert stranger.request("DELETE", f"clips/{clip_id}/").status_code == 404
        assert stranger.request("GET", "clips/").json() == {"items": [], "next": None}
    assert journalist.clip(clip_id)["status"] == "queued"


def test_clip_that_two_wait_for_stays_when_one_of_them_cancels(anybody: Asker, journalist: Asker, video: Any) -> None:
    clip_id = anybody.order(video).json()["id"]
    journalist.order(video)
    assert anybody.request("DELETE", f"clips/{clip_id}/").json()["status"] == "cancelled"
    assert journalist.clip(clip_id)["status"] == "queued"
    assert journalist.request("DELETE", f"clips/{clip_id}/").json()["status"] == "cancelled"
    assert Clip.objects.get().state == JobState.CANCELLED


def test_cancelled_clip_can_be_ordered_again(anybody: Asker, video: Any) -> None:
    clip_id = anybody.order(video).json()["id"]
    anybody.request("DELETE", f"clips/{clip_id}/")
    again = anybody.order(video)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (202, clip_id, "queued")


def test_who_has_many_unfinished_clips_waits(anybody: Asker, video: Any, settings: Any) -> None:
    settings.CLIPS_UNFINISHED_ANONYMOUS = 2
    first = anybody.order(video, 0, 1).json()["id"]
    anybody.order(video, 0, 2)
    refused = anybody.order(video, 0, 3)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "2 clips" in refused.json()["detail"]
    assert anybody.order(video, 0, 1).status_code == 200
    assert Asker(address="192.0.2.7").order(video, 0, 3).status_code == 202
    anybody.request("DELETE", f"clips/{first}/")
    assert anybody.order(video, 0, 4).status_code == 202


def test_answers_tell_how_many_more_clips_there_may_be(anybody: Asker, video: Any, settings: Any) -> None:
    settings.CLIPS_AN_HOUR_ANONYMOUS = 3
    told = []
    for end, status in ((1, 202), (2, 202), (2, 200), (99, 422), (3, 202), (4, 429)):
        answer = anybody.order(video, 0, end)
        assert answer.status_code == status
        assert answer["RateLimit-Policy"] == '"clips";q=3;w=3600'
        left = re.fullmatch(r'"clips";r=(\d+);t=3(?:600|59\d)', answer["RateLimit"])
        told.append(left and int(left[1]))
    assert told == [2, 1, 1, 1, 0, 0]
    assert send(anybody, {"clips": [row(video)]})["RateLimit"][:11] == '"clips";r=0'


def test_limits_an_hour_and_in_all(anybody: Asker, journalist: Asker, video: Any, settings: Any) -> None:
    settings.CLIPS_AN_HOUR_ANONYMOUS = 1
    anybody.order(video, 0, 1)
    assert anybody.order(video, 0, 2).status_code == 429
    settings.CLIPS_UNFINISHED_IN_ALL = 1
    assert journalist.order(video, 0, 2).status_code == 429


def test_clip_longer_than_the_limit_is_refused(anybody: Asker, video: Any, settings: Any) -> None:
    settings.CLIP_MINUTES = 0
    answer = anybody.order(video)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/clip-too-long"


def test_addresses_behind_the_front_server_are_told_apart(video: Any, settings: Any) -> None:
    settings.CLIPS_AN_HOUR_ANONYMOUS = 1
    path, proxy = f"videos/{video.translation_key}/clips/", Asker(address="127.0.0.1")
    statuses = [
        proxy.request("POST", path, {"start": 0, "end": end}, x_forwarded_for=f"203.0.113.9, {hop}").status_code
        for end, hop in ((1, "192.0.2.1"), (2, "192.0.2.2"), (3, "192.0.2.1"))
    ]
    assert statuses == [202, 202, 429]


def test_own_clips_newest_first_page_by_page(journalist: Asker, video: Any) -> None:
    ordered = [journalist.order(video, 0, end).json()["id"] for end in (1, 2, 3)]
    page = journalist.request("GET", "clips/?limit=2").json()
    rest = journalist.request("GET", f"clips/?limit=2&cursor={page['next']}").json()
    assert [one["id"] for one in page["items"] + rest["items"]] == ordered[::-1]
    assert rest["next"] is None


def test_answers_are_kept_by_nobody(journalist: Asker, video: Any) -> None:
    order = journalist.order(video)
    head = journalist.request("HEAD", order["Location"])
    assert (head.status_code, head.content) == (200, b"")
    for answer in (order, journalist.request("GET", "clips/"), journalist.request("GET", order["Location"])):
        assert answer["Cache-Control"] == "private, no-store"


def test_download_leads_to_an_address_that_names_the_file(anybody: Asker, video: Any) -> None:
    answer = anybody.request("GET", f"videos/{video.translation_key}/download/?rendition=master")
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    whole = anybody.download(answer["Location"])
    content = whole.getvalue()
    assert whole["Content-Disposition"] == 'attachment; filename="winter-patrol_master.mp4"'
    assert len(content) == int(whole["Content-Length"]) == Path(video.video.file.path).stat().st_size
    part = anybody.download(answer["Location"], range="bytes=10-19")
    assert (part.status_code, part.getvalue()) == (206, content[10:20])


def test_address_of_a_download_ends_with_its_time_its_signature_and_its_video(anybody: Asker, video: Any) -> None:
    url = anybody.request("GET", f"videos/{video.translation_key}/download/")["Location"]
    assert anybody.download(url.replace("downloads/r", "downloads/c")).status_code == 404
    assert anybody.request("HEAD", path_of(url)).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301)):
        assert anybody.download(url).status_code == 404
    fresh = anybody.request("GET", f"videos/{video.translation_key}/download/")["Location"]
    withdrawn(video)
    assert anybody.download(fresh).status_code == 404
    assert anybody.request("GET", f"videos/{video.translation_key}/download/").status_code == 404
