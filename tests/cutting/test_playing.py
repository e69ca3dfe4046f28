"""Clips play in Chromium: every frame is presented, none is dropped, and seeking finds the right one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cutting.clips import make_clip
from tests.cutting.corpus import CORPUS, Made
from tests.cutting.encoding import ffmpeg
from tests.cutting.playing import plays_in_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

Sources = Callable[[str], Made]
pytestmark = pytest.mark.browser


def test_a_source_plays_whole(browser_page: "Page", made: Sources) -> None:
    played = plays_in_chromium(browser_page, made("five_seconds").path, [2.02, 4.98, 0.02])
    assert played.error == ""
    assert (played.presented, played.dropped) == (125, 0)
    assert played.sought == [50, 124, 0]
    assert played.duration == pytest.approx(5, abs=0.001)


def test_an_open_gop_that_was_cut_naively_is_noticed(browser_page: "Page", made: Sources, tmp_path: Path) -> None:
    # Made of packets from the second key frame on, which is no IDR picture, behind pictures that were encoded anew.
    naive = tmp_path / "naive.mp4"
    ffmpeg("-ss", "10", "-i", str(made("open_gop").path), "-map", "0:v", "-c", "copy", str(naive))
    played = plays_in_chromium(browser_page, naive, [0.02])
    assert played.error or played.dropped or played.presented != 375 or played.sought != [250]


def test_damage_is_noticed(browser_page: "Page", made: Sources, tmp_path: Path) -> None:
    content = bytearray(made("five_seconds").path.read_bytes())
    begin = content.index(b"mdat")
    content[begin + 40_000 : begin + 60_000] = bytes(20_000)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    played = plays_in_chromium(browser_page, damaged)
    assert played.error or played.presented != 125


# Playing takes as long as the clip: the others are played with SOAK=1.
FEW = {"closed_gop", "short_open_gop", "mbaff", "variable_rate", "portrait"}
PLAYABLE = [
    name
    for name, facts in CORPUS.items()
    # Chromium has no decoder for 10 bits of 4:2:2.
    if (facts.codec, facts.suffix) == ("h264", "mp4") and facts.seconds < 60 and name != "ten_bit_422"
]


# Across a seam, and not where parameter sets change: that is encoded as a whole.
PARTS = {"open_gop": (230, 300), "sets_change": (5, 62)}


@pytest.mark.parametrize("name", [name for name in PLAYABLE if os.environ.get("SOAK") or name in FEW])
def test_a_clip_plays_without_a_fault(browser_page: "Page", made: Sources, tmp_path: Path, name: str) -> None:
    first, end = PARTS.get(name, (33, 90))
    source = made(name)
    clip = make_clip(source, first, end, tmp_path / "clip.mp4")
    count = end - first
    times = [source.facts.time_of(first + place) - source.facts.time_of(first) for place in range(count)]
    # At each end, in the middle, on both sides of the seam, backwards.
    places = [count - 1, count // 2, 18, 17, 16, 1, 0]
    seek_to = [float(times[place]) + 0.01 for place in places]
    played = plays_in_chromium(browser_page, clip.path, seek_to, turned=source.facts.rotation)
    assert played.error == ""
    assert (played.presented, played.dropped) == (count, 0)
    assert played.sought == [source.facts.number_of(first + place) for place in places]
    width, height = source.facts.size[::-1] if source.facts.rotation else source.facts.size
    # Of pixels that are not square it shows as many as are wide enough.
    assert played.size == (width * 16 // 11 if name == "narrow_pixels" else width, height)
