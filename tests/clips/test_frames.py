"""Frames are when and what the index says in the browser too: its script counts as the engine does."""

import base64
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from cms.local.installation import BASE_DIR
from tests.cutting.clips import index_of
from tests.cutting.conftest import corpus_folder, made
from tests.cutting.corpus import Made
from videos.clips.frames import frames_to_json
from videos.cutting.timecode import Timecode, counted_from_zero

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
__all__ = ["corpus_folder", "made"]

SCRIPT = BASE_DIR / "videos" / "static" / "videos" / "studio" / "frames.js"
FRAMES = f"(await import('data:text/javascript;base64,{base64.b64encode(SCRIPT.read_bytes()).decode()}')).Frames"
# Times in a browser are floats: less than a nanosecond in two hours.
NANOSECOND = 1e-9


@pytest.mark.parametrize("source", ["variable_rate", "drop_frame", "picture_later"])
def test_frames_have_the_times_and_names_of_the_index(
    made: Callable[[str], Made], browser_page: "Page", source: str
) -> None:
    index = index_of(made(source).path)
    told = frames_to_json(index)
    frames: Any = browser_page.evaluate(
        f"""async (told) => {{
            const frames = new ({FRAMES})(told);
            return Array.from({{ length: frames.count }}, (_, frame) => [
                frames.timeOf(frame), frames.nameOf(frame), frames.shownAt(frames.middleOf(frame)),
                frames.nearest(frames.timeOf(frame)),
            ]).concat([[frames.duration]]);
        }}""",
        told,
    )
    timecode = index.timecode or counted_from_zero(index.rate)
    assert len(frames) == index.frame_count + 1
    assert frames[-1] == [pytest.approx(float(index.duration), abs=NANOSECOND)]
    for number, (time, name, shown, nearest) in enumerate(frames[:-1]):
        assert time == pytest.approx(float(index.time_of(number)), abs=NANOSECOND)
        assert (name, shown, nearest) == (timecode.name_of(number), number, number)


def test_frames_are_named_as_the_engine_names_them_at_any_hour(browser_page: "Page") -> None:
    seed = random.Random(29)
    for base, drop in ((24, False), (25, False), (30, True), (60, True), (120, False)):
        timecode = Timecode(first=seed.randrange(24 * 3600 * base), base=base, drop=drop)
        numbers = [*(seed.randrange(24 * 3600 * base) for _number in range(500)), *range(1798, 1804)]
        told = {"start": 0, "timescale": 1, "runs": [[1, 1]], "timecode": vars(timecode)}
        names = browser_page.evaluate(
            f"async ([told, numbers]) => {{ const frames = new ({FRAMES})(told); "
            "return numbers.map((number) => frames.nameOf(number)); }",
            [told, numbers],
        )
        assert names == [timecode.name_of(number) for number in numbers]
