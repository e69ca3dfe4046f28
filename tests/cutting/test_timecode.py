"""What people type names exactly one frame, or is told why it does not."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cutting.corpus import Made
from videos.cutting.index import build_index
from videos.cutting.timecode import Timecode, clock_of, counted_from_zero, parse_point
from videos.errors import DroppedTimecode, NoSuchFrameName, NotDropFrame, PointNotUnderstood, PointOutsideVideo

NTSC = Fraction(30000, 1001)
HALF_A_DAY_AT_60 = 12 * 3600 * 59
TIMECODES = st.builds(
    lambda base_drop, first: Timecode(first, *base_drop),
    st.sampled_from([(24, False), (25, False), (30, False), (30, True), (50, False), (60, True), (120, False)]),
    st.integers(0, 24 * 3600 * 24 - 1),
)


@given(TIMECODES, st.integers(0, HALF_A_DAY_AT_60 // 3))
def test_each_frame_has_a_name_that_leads_back_to_it(timecode: Timecode, frame: int) -> None:
    assert timecode.frame_of(timecode.name_of(frame)) == frame


@given(TIMECODES, st.integers(0, 100_000))
def test_the_next_frame_has_the_next_name(timecode: Timecode, frame: int) -> None:
    assert timecode.name_of(frame) != timecode.name_of(frame + 1)


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17981, "00:09:59;29"),
        (17982, "00:10:00;00"),
        (107892, "01:00:00;00"),
    ],
)
def test_drop_frame_counting_follows_the_clock(frame: int, name: str) -> None:
    assert counted_from_zero(NTSC, drop=True).name_of(frame) == name


def test_an_hour_of_drop_frame_is_an_hour() -> None:
    frames = counted_from_zero(NTSC, drop=True).frame_of("01:00:00;00")
    assert abs(frames / NTSC - 3600) < Fraction(1, 100)


def test_left_out_names_are_refused_with_the_next_one() -> None:
    with pytest.raises(DroppedTimecode) as caught:
        parse_point("00:01:00;00", NTSC)
    assert "00:01:00;02" in str(caught.value)


def test_timecodes_are_the_video_s_own() -> None:
    timecode = Timecode(first=10 * 3600 * 25, base=25, drop=False)
    assert parse_point("10:00:01:05", Fraction(25), timecode) == 30
    with pytest.raises(PointOutsideVideo):
        parse_point("00:00:01:05", Fraction(25), timecode)


@pytest.mark.parametrize(
    ("track", "rate", "frame", "name"),
    [
        # Of the file's first frame, and what a frame of it is called.
        (Timecode(10 * 3600 * 25, 25, False), Fraction(50), 100, "10:00:02:00"),
        (Timecode(10 * 3600 * 25 + 12, 25, False), Fraction(50), 1, "10:00:00:25"),
        (Timecode(58 * 30, 30, True), Fraction(60000, 1001), 120, "00:01:00;04"),
        (Timecode(10 * 3600 * 50, 50, False), Fraction(25), 50, "10:00:02:00"),
        (Timecode(3600 * 24, 24, False), NTSC, 45, "01:00:01:15"),
        # A video whose frames are not all there.
        (Timecode(3600 * 25, 25, False), Fraction(244, 10), 25, "01:00:01:00"),
        (Timecode(3600 * 25, 25, False), Fraction(490, 10), 50, "01:00:01:00"),
        # More than the field for it in a file can say.
        (Timecode(3600 * 30, 30, False), Fraction(480), 30, "01:00:01:00"),
    ],
)
def test_a_count_of_other_than_the_frames_is_brought_to_them(
    track: Timecode, rate: Fraction, frame: int, name: str
) -> None:
    timecode = track.at_rate(rate)
    assert timecode.name_of(frame) == name
    assert timecode.frame_of(name) == frame


def test_points_of_a_file_that_counts_otherwise_are_its_own_frames(made: Callable[[str], Made], tmp_path: Path) -> None:
    path = tmp_path / "counted_by_50.mov"
    whole = made("quicktime").path.read_bytes()
    # The last fields of the sample entry: length of a frame, how many are counted a second.
    before = whole.index(b"tmcd", whole.index(b"stsd", whole.index(b"gmhd")))
    first = 9 * 3600 + 59 * 60 + 50
    whole = whole[: before + 28] + bytes([50]) + whole[before + 29 :]
    path.write_bytes(whole.replace(struct.pack(">I", first * 25), struct.pack(">I", first * 50)))
    index = build_index(path)
    assert parse_point("09:59:52:05", index.rate, index.timecode) == 55


def test_a_video_may_run_past_midnight() -> None:
    timecode = Timecode(first=24 * 3600 * 25 - 25, base=25, drop=False)
    assert timecode.name_of(25) == "00:00:00:00"
    assert parse_point("00:00:00:10", Fraction(25), timecode) == 35


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.48", Fraction(312, 25)),
        ("0", Fraction(0)),
        ("00:01:02.5", Fraction(125, 2)),
        (" 01:00:00 ", Fraction(3600)),
    ],
)
def test_seconds_are_exact(text: str, seconds: Fraction) -> None:
    assert parse_point(text, NTSC) == seconds


@pytest.mark.parametrize("text", ["", "NaN", "-1", "1e3", "inf", "00:00:61.0", "24:00:00:00", "1:2:3:4", "00:60:00:00"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(PointNotUnderstood):
        parse_point(text, Fraction(25))


def test_a_frame_that_the_rate_does_not_have_is_refused() -> None:
    with pytest.raises(NoSuchFrameName):
        parse_point("00:00:00:25", Fraction(25))


def test_drop_frame_is_refused_where_nothing_is_dropped() -> None:
    with pytest.raises(NotDropFrame):
        parse_point("00:00:00;10", Fraction(25))


def test_a_clock_shows_thousandths() -> None:
    assert clock_of(Fraction(3723) + Fraction(1, 3)) == "01:02:03.333"
