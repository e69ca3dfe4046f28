"""What is shown of a hit: the place where the words stand, and the moment in a video."""

from typing import Any

import pytest

from tests.factories.newsroom import make_video
from tests.search.conftest import Search, news
from videos.models import Caption, VideoFile

pytestmark = pytest.mark.django_db


def test_excerpts_are_safe_and_show_where_the_words_stand(search: Search) -> None:
    news("A &amp; <b>harbour</b>", "Before. &lt;script&gt; the harbour&#x27;s \x02mark\x03 opens", summary="Not here")
    highlight = search.answer("harbour opens")["items"][0]["highlight"]
    assert highlight["title"] == "A &amp;amp; &lt;b&gt;<mark>harbour</mark>&lt;/b&gt;"
    assert "Before. &lt;script&gt; the <mark>harbour</mark>&#x27;s mark <mark>opens</mark>" in highlight["excerpt"]
    assert highlight["moment_seconds"] is None


def test_words_are_marked_between_typographic_signs(search: Search) -> None:
    news("Titre", "Pour l’Alliance : «\xa0l’été…\xa0» — dit-elle", locale="fr", summary="")
    excerpt = search.answer("alliance", "fr")["items"][0]["highlight"]["excerpt"]
    assert excerpt == "Pour l’<mark>Alliance</mark> : « l’été… » — dit-elle"
    assert "<mark>dit</mark>" in search.answer("dit", "fr")["items"][0]["highlight"]["excerpt"]


VTT = """WEBVTT

00:01.000 --> 00:04.000
Good morning from the bridge.

00:05.500 --> 00:09.000
The pilot boat is

00:09.000 --> 00:12.000
coming <i>alongside</i> now.
"""


def video_that_says(vtt: str, title: str = "Morning") -> Any:
    """A published video with English captions."""
    video = VideoFile.objects.create(title=title, file="a.mp4", duration=20)
    Caption.objects.create(video=video, kind="caption", language="en", text=vtt)
    return make_video(title, video=video)


def test_a_video_is_found_at_the_moment_where_it_is_said(search: Search) -> None:
    video_that_says(VTT)
    (hit,) = search.answer('"boat is coming alongside"')["items"]
    assert hit["highlight"]["moment_seconds"] == 5.5
    (hit,) = search.answer("alongside")["items"]
    assert hit["highlight"] == {
        "title": "Morning",
        "excerpt": "coming <mark>alongside</mark> now.",
        "moment_seconds": 9.0,
    }
    assert search.titles("alongside", "fr") == []


def test_other_captions_are_found_at_once(search: Search) -> None:
    page = video_that_says(VTT)
    caption = page.video.captions.get()
    caption.text = VTT.replace("alongside", "astern")
    caption.save()
    assert (search.titles("alongside"), search.titles("astern")) == ([], ["Morning"])


def test_shots_have_their_moments(search: Search) -> None:
    page = make_video("Quay", publish=False)
    page.shots.create(start=0, end=4, text="Crane, wide")
    page.shots.create(start="4.2", end=8, text="Cormorant, close")
    page.save_revision().publish()
    (hit,) = search.answer("cormorants")["items"]
    assert hit["highlight"]["moment_seconds"] == 4.2


@pytest.mark.parametrize(
    ("asked", "seconds", "excerpt"),
    [
        ('"pilot boat"', 5.5, "The <mark>pilot</mark> <mark>boat</mark> is coming alongside now."),
        ('"boat is coming"', 5.5, "The pilot <mark>boat</mark> is <mark>coming</mark> alongside now."),
        ('"coming alongside"', 9.0, "<mark>coming</mark> <mark>alongside</mark> now. The boat goes."),
        ("boat", 5.5, "The pilot <mark>boat</mark> is coming alongside now. The <mark>boat</mark> goes."),
    ],
)
def test_a_phrase_is_shown_where_it_stands(search: Search, asked: str, seconds: float, excerpt: str) -> None:
    video_that_says(VTT + "\n00:12.000 --> 00:13.000\nThe boat goes.\n")
    highlight = search.answer(asked)["items"][0]["highlight"]
    assert (highlight["moment_seconds"], highlight["excerpt"][: len(excerpt)]) == (seconds, excerpt)


@pytest.mark.parametrize(
    ("said", "asked", "marked"),
    [
        ("The O.S.A. decides on co-operation.", "osa", "<mark>O.S.A.</mark>"),
        ("The pop-corn is ready.", '"pop corn"', "<mark>pop</mark>-<mark>corn</mark>"),
        ("It cost 11,400 crowns.", "11400", "<mark>11,400</mark>"),
        ("It cost 11400 crowns.", "11 400 crowns", "<mark>11400</mark> <mark>crowns</mark>"),
        ("CO₂ falls.", "co2", "<mark>CO₂</mark>"),
        ("half<b>life</b> of it", "halflife", "<mark>halflife</mark>"),
    ],
)
def test_what_is_found_is_marked(search: Search, said: str, asked: str, marked: str) -> None:
    news("This", said)
    assert marked in search.answer(asked)["items"][0]["highlight"]["excerpt"]


def test_a_form_with_another_accent_is_marked(search: Search) -> None:
    news("Ceci", "Les cartes sont publiées en ligne.", locale="fr")
    excerpt = search.answer("publié", "fr")["items"][0]["highlight"]["excerpt"]
    assert "<mark>publiées</mark>" in excerpt


def test_a_long_passage_is_cut_around_the_words(search: Search) -> None:
    news("Long", "one " * 60 + "harbour, " + "two " * 60)
    excerpt = search.answer("harbour")["items"][0]["highlight"]["excerpt"]
    assert excerpt.startswith("… one ")
    assert "<mark>harbour</mark>, two" in excerpt
    assert excerpt.endswith(" …")
    assert len(excerpt.split()) < 50
