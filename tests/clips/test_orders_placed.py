"""Several clips in one request: all or none, whose they are, how many there may be, and giving them back."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from delivery.stories import withdraw
from tests.clips.asking import Asker
from tests.clips.ordering import cut_all, faults, order, row, send, told
from tests.factories.accounts import log_in
from tests.factories.footage import make_indexed_video, make_media_account
from tests.factories.newsroom import make_video, story
from videos.models import Clip, Order
from videos.models.media import Audience

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(patrol: Path, files: Path) -> Any:
    return make_indexed_video(patrol)


def test_order_of_clips_of_two_videos(anybody: Asker, video: Any) -> None:
    other = make_video("Summer patrol", video=video.video)
    answer = send(anybody, {"clips": [row(video, 0, 1, label="Quay"), row("summer-patrol", "1.5", "00:00:03:00")]})
    assert answer.status_code == 202, answer.content
    assert answer["Cache-Control"] == "private, no-store"
    content = answer.json()
    assert answer["Location"] == f"/api/v1/orders/{content['id']}/"
    assert (content["status"], content["progress"], content["clip_count"]) == ("queued", 0, 2)
    assert (content["archive"], content["left_out"]) == (None, [])
    assert [clip["video"] for clip in content["clips"]] == [str(video.translation_key), str(other.translation_key)]
    assert [clip["label"] for clip in content["clips"]] == ["Quay", ""]
    assert [(clip["start_timecode"], clip["end_frame"]) for clip in content["clips"]] == [
        ("00:00:00:00", 25),
        ("00:00:01:12", 75),
    ]
    assert all(clip["status"] == "queued" for clip in content["clips"])
    assert anybody.clip(content["clips"][0]["id"])["start_frame"] == 0


def test_order_is_ready_when_all_its_clips_are(anybody: Asker, video: Any) -> None:
    content = order(anybody, row(video, 0, 1), row(video, 1, 2))
    Clip.objects.filter(pk=content["clips"][1]["id"]).update(due_at="2100-01-01T00:00:00Z")
    cut_all()
    half = told(anybody, content["id"])
    assert (half["status"], half["progress"], half["archive"]) == ("cutting", 50, None)
    Clip.objects.update(due_at="2020-01-01T00:00:00Z")
    cut_all()
    done = told(anybody, content["id"])
    assert (done["status"], done["progress"], done["archive"]["status"]) == ("ready", 100, "ready")
    assert all(clip["download_url"] for clip in done["clips"])


def test_every_bad_row_is_named_and_nothing_is_ordered(anybody: Asker, video: Any) -> None:
    answer = send(
        anybody,
        {
            "clips": [
                row(video),
                row(video, 3, 1),
                row("no-such-video"),
                row(video, rendition="imax"),
                row(video, "00:00:01:25"),
                row(video, 90, 100),
            ]
        },
    )
    assert faults(answer) == [
        ("clips.1.end", "not_after_start"),
        ("clips.2.video", "unknown_video"),
        ("clips.3.rendition", "unknown_rendition"),
        ("clips.4.start", "no_such_timecode"),
        ("clips.5.start", "outside_the_video"),
        ("clips.5.end", "outside_the_video"),
    ]
    assert not Clip.objects.exists()
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ("clips", "missing")),
        ({"clips": []}, ("clips", "too_short")),
        ({"clips": [{"start": 1, "end": 2}]}, ("clips.0.video", "missing")),
        ({"clips": [{"video": "a", "start": 1, "end": 2, "colour": "blue"}]}, ("clips.0.colour", "extra_forbidden")),
        ({"clips": [{"video": "a", "start": [], "end": 2}]}, ("clips.0.start", "not_a_point")),
        ({"clips": [{"video": "a\0", "start": 1, "end": 2}]}, ("clips.0.video", "not_text")),
        ({"clips": [{"video": "a", "start": 1, "end": 2, "label": "\0"}]}, ("clips.0.label", "not_text")),
        ({"clips": [{"video": "a", "start": 1, "end": 2, "label": "x" * 201}]}, ("clips.0.label", "string_too_long")),
        ({"clips": [{"video": "\ud800", "start": 1, "end": 2}]}, ("clips.0.video", "string_unicode")),
        ({"clips": [], "more": 1}, ("more", "extra_forbidden")),
    ],
)
def test_what_is_wrong_with_the_form_is_named(anybody: Asker, body: Any, wrong: tuple[str, str]) -> None:
    assert wrong in faults(send(anybody, body))


@pytest.mark.parametrize("body", ["{", "[" * 100_000, b"\xff"])
def test_what_is_no_json_is_a_bad_request(anybody: Asker, body: Any) -> None:
    answer = send(anybody, body if isinstance(body, bytes) else body.encode())
    assert answer.status_code in (400, 422)


def test_another_kind_of_body_is_refused(anybody: Asker) -> None:
    assert send(anybody, "<clips/>", "application/xml").status_code == 415


def test_ten_thousand_rows_are_refused_before_they_are_looked_at(anybody: Asker, video: Any) -> None:
    answer = send(anybody, {"clips": [row("nowhere")] * 10_000})
    assert faults(answer) == [("clips", "too_long")]
    assert "100" in answer.json()["errors"][0]["detail"]


def test_video_that_is_not_published_answers_like_what_never_was(anybody: Asker, video: Any) -> None:
    withdraw(story(video), reason="")
    hidden, unknown = send(anybody, {"clips": [row(video)]}), send(anybody, {"clips": [row(video.slug)]})
    assert faults(hidden) == faults(unknown) == [("clips.0.video", "unknown_video")]


def test_rendition_for_accounts_needs_one(anybody: Asker, journalist: Asker, patrol: Path, files: Path) -> None:
    page = make_indexed_video(patrol, audience=Audience.REGISTERED)
    assert send(anybody, {"clips": [row(page)]}).status_code == 401
    both = send(anybody, {"clips": [row(page), row("nowhere")]})
    assert faults(both) == [("clips.0.rendition", "needs_account"), ("clips.1.video", "unknown_video")]
    assert send(journalist, {"clips": [row(page)]}).status_code == 202


def test_equal_rows_share_a_clip(anybody: Asker, journalist: Asker, video: Any) -> None:
    single = journalist.order(video, 1, 2).json()["id"]
    content = order(anybody, row(video, 1, 2, label="a"), row(video.slug, "1.0", "00:00:02:00", label="b"))
    assert [clip["id"] for clip in content["clips"]] == [single, single]
    assert [clip["label"] for clip in content["clips"]] == ["a", "b"]
    assert Clip.objects.count() == 1


def test_order_of_somebody_else_is_not_there(anybody: Asker, journalist: Asker, video: Any) -> None:
    client = Client()
    log_in(client, make_media_account("ben"))
    for owner in (journalist, anybody):
        path = f"orders/{order(owner, row(video))['id']}/"
        for stranger in (Asker(client), Asker(address="192.0.2.77")):
            assert stranger.request("GET", path).status_code == 404
            assert stranger.request("DELETE", path).status_code == 404
            assert stranger.request("GET", "orders/").json() == {"items": [], "next": None}
        assert owner.request("GET", path).json()["status"] == "queued"


def test_own_orders_newest_first_page_by_page(journalist: Asker, video: Any) -> None:
    placed = [order(journalist, row(video, 0, end))["id"] for end in (1, 2, 3)]
    page = journalist.request("GET", "orders/?limit=2").json()
    rest = journalist.request("GET", f"orders/?limit=2&cursor={page['next']}").json()
    assert [one["id"] for one in page["items"] + rest["items"]] == placed[::-1]
    assert (rest["next"], page["items"][0]["status"], page["items"][0]["clip_count"]) == (None, "queued", 1)


def test_order_that_is_given_back_gives_back_its_clips(anybody: Asker, video: Any) -> None:
    content = order(anybody, row(video, 0, 1), row(video, 1, 2))
    back = anybody.request("DELETE", f"orders/{content['id']}/")
    assert (back.status_code, back["Cache-Control"]) == (200, "private, no-store")
    assert (back.json()["status"], {clip["status"] for clip in back.json()["clips"]}) == ("cancelled", {"cancelled"})
    assert set(Clip.objects.values_list("state", flat=True)) == {"cancelled"}
    assert anybody.request("DELETE", f"orders/{content['id']}/").json()["status"] == "cancelled"


def test_clip_of_another_order_of_the_same_caller_stays(anybody: Asker, video: Any) -> None:
    first = order(anybody, row(video, 0, 1), row(video, 1, 2))
    second = order(anybody, row(video, 1, 2))
    back = anybody.request("DELETE", f"orders/{first['id']}/").json()
    assert [clip["status"] for clip in back["clips"]] == ["cancelled", "queued"]
    assert told(anybody, second["id"])["status"] == "queued"


def test_clip_that_somebody_else_waits_for_stays(anybody: Asker, journalist: Asker, video: Any) -> None:
    content = order(anybody, row(video, 0, 1))
    journalist.order(video, 0, 1)
    anybody.request("DELETE", f"orders/{content['id']}/")
    assert Clip.objects.get().state == "queued"


def test_cancelled_clip_is_cut_again_when_it_is_ordered_again(anybody: Asker, video: Any) -> None:
    content = order(anybody, row(video, 0, 1))
    anybody.request("DELETE", f"orders/{content['id']}/")
    assert order(anybody, row(video, 0, 1))["status"] == "queued"


def test_thirty_clips_can_be_ordered_without_an_account(anybody: Asker, video: Any) -> None:
    content = order(anybody, *[row(video, 0, f"00:00:02:{frame:02}") for frame in range(25)], *[row(video, 1, 3)] * 5)
    assert content["clip_count"] == 30


def test_clips_of_orders_count_as_single_ones_do(anybody: Asker, video: Any, settings: Any) -> None:
    settings.CLIPS_UNFINISHED_ANONYMOUS = 3
    first = order(anybody, row(video, 0, 1), row(video, 0, 2))
    refused = send(anybody, {"clips": [row(video, 0, 3), row(video, 0, 4)]})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "3 clips" in refused.json()["detail"]
    assert send(anybody, {"clips": [row(video, 0, 1), row(video, 0, 3)]}).status_code == 202
    assert anybody.order(video, 1, 2).status_code == 429
    anybody.request("DELETE", f"orders/{first['id']}/")
    assert anybody.order(video, 1, 2).status_code == 202


def test_order_that_never_fits_is_told_so(anybody: Asker, video: Any, settings: Any) -> None:
    settings.CLIPS_AN_HOUR_ANONYMOUS = 1
    answer = send(anybody, {"clips": [row(video, 0, 1), row(video, 0, 2)]})
    assert faults(answer) == [("clips", "too_many_clips")]
    assert "Send several orders" in answer.json()["errors"][0]["detail"]
    assert not Clip.objects.exists()


def test_limits_an_hour(anybody: Asker, video: Any, settings: Any) -> None:
    settings.CLIPS_AN_HOUR_ANONYMOUS = 3
    order(anybody, row(video, 0, 1), row(video, 0, 2))
    refused = send(anybody, {"clips": [row(video, 0, 3), row(video, 0, 4)]})
    assert (refused.status_code, 3590 < int(refused["Retry-After"]) <= 3601) == (429, True)
    settings.ORDERS_AN_HOUR = 1
    refused = send(anybody, {"clips": [row(video, 0, 1)]})
    assert (refused.status_code, "1 order" in refused.json()["detail"]) == (429, True)


def test_what_is_wrong_is_said_in_french(anybody: Asker, video: Any) -> None:
    answer = send(anybody, {"clips": [row("nulle-part")]}, accept_language="fr")
    assert answer.json()["errors"][0]["detail"].startswith("Aucune vidéo publiée ne s’appelle «\xa0nulle-part\xa0»")


def test_order_costs_as_many_queries_whatever_its_length(
    anybody: Asker, video: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(35):
        content = order(anybody, *[row(video, 0, f"00:00:01:{frame:02}") for frame in range(12)])
    cut_all()
    # The first time that it is ready it is noted what is handed out.
    with django_assert_max_num_queries(20):
        told(anybody, content["id"])
    with django_assert_max_num_queries(12):
        told(anybody, content["id"])
    with django_assert_max_num_queries(8):
        anybody.request("GET", "orders/")
