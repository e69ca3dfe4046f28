"""An upload becomes a video: facts, index, poster, waveform, renditions, storyboard; and each of them again."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files import File
from django.test import Client
from django.urls import reverse
from PIL import Image

from cms.demo.footage import BITS, CELL, HEIGHT, read_frame_number
from jobs.models import JobState
from tests.factories.newsroom import make_editor, make_video
from tests.videos.conftest import SECONDS, film, stored, taken_in
from videos.ingest.imports import await_ingest, take_in
from videos.ingest.indexing import index_of
from videos.ingest.run import ingest
from videos.ingest.upload import begin_again
from videos.models import Storyboard, VideoFile, Waveform
from videos.models.ingest import NEEDED, StepName, StepState
from videos.webvtt import read_webvtt

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A second, 320 by 180 pixels."""
    return film(tmp_path / "short.mp4")


def fetched(address: str) -> Any:
    return Client().get(address.removeprefix("http://127.0.0.1:8000").removeprefix("http://testserver"))


def number_on(still: Image.Image, scale: int) -> int:
    """The frame number that a picture shows, which is so many times smaller than the footage."""
    grey = still.convert("L")
    places = [((bit * CELL + CELL // 2) // scale, (HEIGHT - CELL // 2) // scale) for bit in range(BITS)]
    return int("".join("1" if _level(grey, *place) > 127 else "0" for place in places), 2)


def test_upload_becomes_all_that_editors_and_frontends_need(
    patrol: Path, library: Path, settings: Any, tmp_path: Path
) -> None:
    settings.BASE_URL = "http://testserver"
    video = taken_in(patrol)
    job = video.ingest
    assert (job.state, job.progress, job.error) == (JobState.DONE, 100, "")
    assert {step.state for step in job.all_steps()} == {StepState.DONE}
    assert (video.width, video.height, video.duration, video.frame_count) == (1280, 720, SECONDS, SECONDS * 25)
    assert (video.frame_rate, video.has_variable_rate, video.video_codec) == (Fraction(25), False, "h264")
    assert index_of(video.renditions.get(name="master")).frame_count == SECONDS * 25
    assert len(video.checksum) == 64

    page = make_video("Winter patrol", video=video)
    told = fetched(f"/api/v1/videos/{page.slug}/").json()
    assert told["frame_rate"] == {"numerator": 25, "denominator": 1}
    assert told["audio_tracks"] == [
        {"language": "", "title": "", "codec": "aac", "channels": 2, "layout": "stereo", "sample_rate": 48000}
    ]
    assert -25 < told["loudness"]["integrated"] < -10
    assert told["download_needs_account"] is True

    web, proxy = (next(row for row in told["renditions"] if row["name"] == name) for name in ("web", "proxy"))
    assert (web["width"], web["height"], web["video_codec"], web["audio_codec"]) == (1280, 720, "h264", "aac")
    assert (proxy["width"], proxy["height"], proxy["needs_account"]) == (640, 360, False)
    assert proxy["size_bytes"] < web["size_bytes"]
    copy = tmp_path / "proxy.mp4"
    copy.write_bytes(fetched(proxy["url"]).getvalue())
    assert copy.read_bytes().index(b"moov") < copy.read_bytes().index(b"mdat")
    with av.open(str(copy)) as container:
        assert sum(1 for _ in container.decode(video=0)) == SECONDS * 25

    cues = read_webvtt(fetched(told["storyboard"]).content.decode())
    assert [(cue.start, cue.end) for cue in cues] == [(second * 1000, second * 1000 + 1000) for second in range(3)]
    (sheet,) = stored(library, "storyboards")
    assert fetched(told["storyboard"].replace(".vtt", ".jpg")).getvalue() == sheet.read_bytes()
    for second, cue in enumerate(cues):
        name, place = cue.text.split("#xywh=")
        x, y, width, height = map(int, place.split(","))
        still = Image.open(sheet).crop((x, y, x + width, y + height))
        assert (name, width, height) == (f"{video.pk}.jpg", 160, 90)
        assert number_on(still, 8) == second * 25 + 12

    wave = fetched(told["waveform"]).json()
    assert wave["length"] * 2 == len(wave["data"])
    peaks = wave["data"][1::2]
    a_second = wave["sample_rate"] // wave["samples_per_pixel"]
    # A beep begins each second, one frame long.
    assert all(max(peaks[at * a_second : at * a_second + 4]) > 50 for at in range(SECONDS))
    assert all(max(peaks[at * a_second + 10 : (at + 1) * a_second - 4]) < 5 for at in range(SECONDS))

    page.unpublish()
    for address in (told["storyboard"], told["storyboard"].replace(".vtt", ".jpg"), told["waveform"], proxy["url"]):
        assert fetched(address).status_code == 404


def test_import_waits_for_what_makes_it_a_video_and_leaves_the_rest(short: Path) -> None:
    video = take_in(short, title="Patrol")
    await_ingest(video)
    job = video.ingest
    assert [step.name for step in job.all_steps() if step.state == StepState.DONE] == list(NEEDED)
    assert video.poster is not None
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


def test_step_that_is_begun_again_is_the_only_one(short: Path, library: Path, settings: Any) -> None:
    settings.VIDEO_LADDER = ["proxy:320:300"]
    video = taken_in(short)
    job = video.ingest
    before = {step.name: step.done_at for step in job.all_steps()}
    for path in stored(library, "storyboards"):
        path.unlink()
    begin_again(job, StepName.STORYBOARD)
    ingest(job.pk)
    job.refresh_from_db()
    after = {step.name: step.done_at for step in job.all_steps()}
    assert job.state == JobState.DONE
    assert [name for name in after if after[name] != before[name]] == [StepName.STORYBOARD]
    assert len(stored(library, "storyboards")) == len(stored(library, "renditions")) == 1


def test_editor_chooses_another_frame_for_the_poster(patrol: Path, settings: Any) -> None:
    settings.VIDEO_LADDER = []
    video = taken_in(patrol)
    client = Client()
    client.force_login(make_editor("Media desk"))
    address = reverse("wagtailmedia:edit", args=[video.pk])
    form = {"title": "Patrol", "collection": video.collection_id, "master_audience": "public", "tags": ""}
    form |= {"poster": video.poster_id, "usage_terms": ""}
    for wrong in ("yesterday", "00:00:03:00", "-1", "NaN", "00:00:01;00"):
        html = client.post(address, form | {"poster_at": wrong}).content.decode()
        assert "error-message" in html, wrong
    still = video.poster
    assert still is not None
    still.alt_text_en = "A boat"
    still.save()
    for point, frame in (("00:00:01:07", 32), ("1.5", 37), ("00:00:02.960", 74)):
        assert client.post(address, form | {"poster_at": point}).status_code == 302
        ingest(video.ingest.pk)
        video = VideoFile.objects.get(pk=video.pk)
        assert video.poster is not None
        assert (video.poster.pk, video.poster.alt_text_en) == (still.pk, "A boat")
        with video.poster.file.open() as file:
            assert read_frame_number(Image.open(file)) == frame


def test_replaced_file_leaves_nothing_of_the_one_before(
    short: Path, library: Path, tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.VIDEO_LADDER = ["proxy:320:300"]
    video = taken_in(short)
    before = stored(library, "renditions") + stored(library, "storyboards")
    silent = film(tmp_path / "silent.mp4", "-an", size="240x180")
    with django_capture_on_commit_callbacks(execute=True), silent.open("rb") as file:
        video.file.save("silent.mp4", File(file), save=False)
        video.save()
        await_ingest(video, whole=True)
    assert video.ingest.state == JobState.DONE
    assert (video.width, video.audio_codec, video.loudness) == (240, "", None)
    assert not Waveform.objects.filter(video=video).exists()
    assert Storyboard.objects.get(video=video).file_name.startswith("storyboards/")
    assert not [path for path in before if path.exists()]
    assert len(stored(library, "renditions")) == len(stored(library, "storyboards")) == 1


def test_nothing_is_larger_than_the_source(tmp_path: Path, settings: Any) -> None:
    settings.VIDEO_LADDER = ["web:1280:2500", "proxy:160:300"]
    video = taken_in(film(tmp_path / "small.mp4"))
    sizes = {row.name: (row.width, row.height) for row in video.renditions.all()}
    assert sizes == {"master": (320, 180), "web": (320, 180), "proxy": (160, 90)}


def test_film_of_a_phone_stands_upright(tmp_path: Path, settings: Any) -> None:
    settings.VIDEO_LADDER = ["web:640:500"]
    video = taken_in(film(tmp_path / "phone.mp4", rotation=90, graph="[0]drawbox=w=40:h=ih:color=white:t=fill"))
    assert video.stream_facts["rotation"] in (90, 270)
    assert video.poster is not None
    web = video.renditions.get(name="web")
    assert (web.width, web.height) == (video.poster.width, video.poster.height) == (180, 320)
    with video.poster.file.open() as file, av.open(str(Path(video.file.path).parents[1] / web.file_name)) as container:
        poster = Image.open(file).convert("L")
        played = next(container.decode(video=0)).to_image().convert("L")
    for row in (10, 310):
        assert abs(_level(poster, 90, row) - _level(played, 90, row)) < 30


def _level(picture: Image.Image, column: int, row: int) -> int:
    level = picture.getpixel((column, row))
    return int(level) if isinstance(level, int | float) else 0


def test_facts_of_a_broadcast_master(tmp_path: Path, read_facts: Callable[[Path], Any]) -> None:
    path = film(
        tmp_path / "master.mov",
        *"-r 30000/1001 -timecode 00:59:58;20 -map 0:v -map 1:a -map 1:a -metadata:s:a:0 language=fra".split(),
        *"-metadata:s:a:1 language=eng -c:a pcm_s16le -pix_fmt yuv422p10le -profile:v high422".split(),
        *"-flags +ildct+ilme -x264-params tff=1".split(),
        graph="[0]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=tff",
    )
    told = read_facts(path)
    assert (told["frame_rate"], told["start_timecode"]) == ("30000/1001", "00:59:58;20")
    assert (told["pixel_format"], told["field_order"]) == ("yuv422p10le", "top_first")
    assert [(track["language"], track["codec"]) for track in told["audio_tracks"]] == [
        ("fra", "pcm_s16le"),
        ("eng", "pcm_s16le"),
    ]
    assert told["color"]["primaries"] == "bt709"


def test_variable_rate_is_told_from_a_constant_one(tmp_path: Path) -> None:
    varying = film(tmp_path / "varying.mp4", "-fps_mode", "vfr", graph="[0]select='mod(n,3)'")
    constant = film(tmp_path / "constant.mkv", "-r", "30000/1001")
    found = {}
    for path in (varying, constant):
        video = take_in(path, title=path.stem)
        await_ingest(video)
        found[path.stem] = video.has_variable_rate
    assert found == {"varying": True, "constant": False}


def test_step_that_fails_is_told_and_stops_no_other(
    patrol: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VIDEO_LADDER = ["proxy:320:300"]
    # No encoder gets by with a tenth of a gigabyte.
    monkeypatch.setattr("videos.ingest.renditions.MEMORY_BYTES", 100 * 1024 * 1024)
    video = taken_in_as_far_as_it_goes(patrol)
    states = {step.name: step.state for step in video.ingest.all_steps()}
    assert states[StepName.RENDITIONS] == StepState.FAILED
    assert {state for name, state in states.items() if name != StepName.RENDITIONS} == {StepState.DONE}
    client = Client()
    client.force_login(make_editor("Media desk"))
    for language, label in (("en", "Web renditions"), ("fr", "Versions pour le Web")):
        html = client.get(reverse("uploads_report"), headers={"accept-language": language}).content.decode()
        assert label in html


def taken_in_as_far_as_it_goes(path: Path) -> VideoFile:
    video = take_in(path, title="Patrol")
    ingest(video.ingest.pk)
    video.ingest.refresh_from_db()
    assert video.ingest.state == JobState.FAILED
    return video
