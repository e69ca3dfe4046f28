"""Every source of the corpus, cut at random points; SOAK=1 takes far more of them."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cutting.clips import faults, index_of, make_clip
from tests.cutting.corpus import CORPUS, Made
from videos.errors import CannotCopy

Sources = Callable[[str], Made]

CUTS = 40 if os.environ.get("SOAK") else 1
# Sources of which the engine copies what it can. The others it refuses: they are encoded as a whole.
COPIED = [name for name, facts in CORPUS.items() if facts.suffix in ("mp4", "mov")]
REFUSED = [name for name, facts in CORPUS.items() if name not in COPIED and facts.has_numbers]


@pytest.mark.parametrize("name", COPIED)
def test_random_points(name: str, made: Sources, tmp_path: Path) -> None:
    source = made(name)
    chance = random.Random(name)
    for number in range(CUTS):
        first = chance.randrange(source.facts.frame_count)
        # A clip of a source of hours is no longer than one of the others.
        end = chance.randint(first + 1, min(source.facts.frame_count, first + 500))
        path = tmp_path / f"{number}.mp4"
        try:
            clip = make_clip(source, first, end, path)
        except CannotCopy:
            # Only where parameter sets change within the clip.
            assert name == "sets_change"
            assert first < source.facts.frame_count // 2 < end
            continue
        assert faults(clip) == [], (first, end, clip.result)
        path.unlink()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_copied_is_refused_with_a_reason(name: str, made: Sources, tmp_path: Path) -> None:
    with pytest.raises(CannotCopy) as refusal:
        make_clip(made(name), 10, 40, tmp_path / "clip.mp4")
    assert refusal.value.details["reason"]


@pytest.mark.parametrize("name", [name for name in CORPUS if CORPUS[name].has_numbers])
def test_the_index_knows_each_frame_and_its_time(name: str, made: Sources) -> None:
    source = made(name)
    index, facts = index_of(source.path), source.facts
    assert index.frame_count == facts.frame_count
    for frame in range(0, facts.frame_count, max(1, facts.frame_count // 1000)):
        # Matroska counts milliseconds.
        assert index.time_of(frame) == pytest.approx(
            facts.time_of(frame), abs=0.001 if facts.suffix in ("mkv", "webm") else 0
        )
    assert (index.timecode.name_of(0) if index.timecode else None) == facts.timecode
