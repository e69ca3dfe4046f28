"""Clips with something drawn into their pictures: who asks for the same shares them, and what cannot be is said."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from wagtail.models import Locale

from home.models import SiteTexts
from tests.clips.asking import Asker, numbers_in
from tests.clips.ordering import cut_all, faults, order, row, send
from tests.factories.footage import make_indexed_video
from videos.clips import run
from videos.cutting.burn_in import BurnIn
from videos.cutting.encode import encode as whole
from videos.models import Clip

pytestmark = pytest.mark.django_db
BOTH = ["timecode", "watermark"]


@pytest.fixture
def video(patrol: Path, files: Path) -> Any:
    return make_indexed_video(patrol)


def test_equal_wishes_share_a_clip_and_others_do_not(anybody: Asker, journalist: Asker, video: Any) -> None:
    plain = anybody.order(video)
    assert plain.json()["burn_in"] == []
    assert anybody.order(video, burn_in=[]).json()["id"] == plain.json()["id"]
    ids = {plain.json()["id"]}
    for burn_in in (["timecode"], ["watermark"], BOTH):
        first = anybody.order(video, burn_in=burn_in)
        assert (first.status_code, first.json()["burn_in"]) == (202, burn_in)
        again = journalist.order(video, burn_in=[*reversed(burn_in), burn_in[0]])
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
        ids.add(first.json()["id"])
    assert len(ids) == 4
    assert set(Clip.objects.exclude(burn_in="").values_list("lane", flat=True)) == {Clip.Lane.LONG}


def test_rows_of_a_program_that_knows_nothing_of_it_are_plain(anybody: Asker, video: Any) -> None:
    clip = Clip.objects.get(pk=anybody.order(video).json()["id"])
    with connection.cursor() as cursor:
        cursor.execute("select column_default from information_schema.columns where column_name = 'burn_in'")
        assert cursor.fetchone()[0].startswith("''")
    assert (clip.burn_in, clip.lane, Path(clip.download_name).suffix) == ("", Clip.Lane.SHORT, ".mp4")


@pytest.mark.parametrize("texts", [{"organisation": "Sea’s “Watch” 100 %"}, {"organisation": "", "name": "Newsroom"}])
def test_clip_is_encoded_with_timecode_and_the_organisations_name(
    texts: dict[str, str], anybody: Asker, video: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SiteTexts.objects.all().delete()
    SiteTexts.objects.create(locale=Locale.objects.get(language_code="fr"), name="Rédaction", organisation="La Mer")
    SiteTexts.objects.create(locale=Locale.objects.get(language_code="en"), **{"name": "Site", **texts})
    drawn: list[BurnIn] = []

    def encode(*given: Any, burn_in: BurnIn, **more: Any) -> Any:
        drawn.append(burn_in)
        return whole(*given, burn_in=burn_in, **more)

    monkeypatch.setattr(run, "encode", encode)
    clip_id = anybody.order(video, 1, 1.4, burn_in=["watermark"]).json()["id"]
    cut_all()
    clip = anybody.clip(clip_id)
    assert (clip["status"], clip["method"], clip["encoded_frames"]) == ("ready", "encoded", 10)
    assert "_watermark.mp4" in anybody.download(clip["download_url"])["Content-Disposition"]
    assert numbers_in(anybody.download(clip["download_url"]), tmp_path) == list(range(25, 35))
    assert drawn == [BurnIn(timecode=False, watermark=f"© {texts['organisation'] or texts['name']}")]


def test_what_cannot_be_burnt_in_is_named(anybody: Asker, video: Any) -> None:
    unknown = anybody.order(video, burn_in=["timecode", "logo"])
    assert faults(unknown) == [("burn_in", "unknown_burn_in")]
    assert unknown.json()["errors"][0]["detail"] == "“logo” cannot be burnt in. Choose among: timecode, watermark."
    silent = anybody.order(video, burn_in=["timecode"], audio_only=True)
    assert faults(silent) == [("burn_in", "no_picture")]
    assert "has no picture" in silent.json()["errors"][0]["detail"]
    assert anybody.order(video, burn_in="timecode").status_code == 422
    assert anybody.order(video, burn_in=None).status_code == 422
    assert anybody.order(video, burn_in=["timecode"] * 11).status_code == 422
    assert anybody.order(video, burn_in=["\ud800"]).status_code == 422
    assert not Clip.objects.exists()


def test_orders_have_it_row_by_row(anybody: Asker, video: Any) -> None:
    rows = [row(video), row(video, burn_in=["watermark", "timecode"]), row(video, burn_in=BOTH)]
    clips = order(anybody, *rows)["clips"]
    assert [clip["burn_in"] for clip in clips] == [[], BOTH, BOTH]
    assert clips[0]["id"] != clips[1]["id"] == clips[2]["id"]
    table = (
        "video;start;end;burn_in;audio_only\n"
        "winter-patrol;1;2;;\nwinter-patrol;1;2;Watermark + timecode;\nwinter-patrol;1;2;timecode watermark;no\n"
    )
    listed = send(anybody, table, "text/csv")
    assert listed.status_code == 202, listed.content
    assert [clip["id"] for clip in listed.json()["clips"]] == [clip["id"] for clip in clips]


def test_bad_rows_are_named_in_both_forms(anybody: Asker, video: Any) -> None:
    rows = [row(video, burn_in=["logo"]), row(video), row(video, burn_in=BOTH, audio_only=True)]
    expected = [("clips.0.burn_in", "unknown_burn_in"), ("clips.2.burn_in", "no_picture")]
    assert faults(send(anybody, {"clips": rows})) == expected
    table = "video,start,end,burn_in,audio_only\nwinter-patrol,1,2,timecode+logo,\nwinter-patrol,1,2,timecode,yes\n"
    expected = [("lines.2.burn_in", "unknown_burn_in"), ("lines.3.burn_in", "no_picture")]
    assert faults(send(anybody, table, "text/csv")) == expected
