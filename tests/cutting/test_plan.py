"""A plan makes each frame of a clip once, whatever the order in which the source codes them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from videos.cutting.pictures import CLOSED_START, OPEN_START, UNREFERENCED
from videos.cutting.plan import Pictures, Plan, plan_cut

# How a group of pictures between two references is coded: places in the order of presentation, and what is referred to.
MINI_GOPS = [[0], [1, 0], [2, 0, 1], [3, 1, 0, 2], [7, 3, 1, 0, 2, 5, 4, 6]]


@st.composite
def sources(draw: st.DrawFn) -> Pictures:
    """Rows of GOPs, closed and open, with pyramids of different heights."""
    ranks: list[int] = []
    kinds: list[int] = []
    shown = 0
    for number in range(draw(st.integers(1, 4))):
        is_open = bool(number) and draw(st.booleans())
        leading = draw(st.integers(0, 3)) if is_open else 0
        ranks += [shown + leading, *range(shown, shown + leading)]
        kinds += [OPEN_START if is_open else CLOSED_START, *[UNREFERENCED] * leading]
        shown += leading + 1
        for order in draw(st.lists(st.sampled_from(MINI_GOPS), max_size=4)):
            ranks += [shown + place for place in order]
            kinds += [UNREFERENCED if draw(st.booleans()) and place != max(order) else 0 for place in order]
            shown += len(order)
    return Pictures(np.array(ranks), np.array(kinds, np.uint8))


@st.composite
def cuts(draw: st.DrawFn) -> tuple[Pictures, int, int, bool]:
    pictures = draw(sources())
    first = draw(st.integers(0, len(pictures.ranks) - 1))
    return pictures, first, draw(st.integers(first + 1, len(pictures.ranks))), draw(st.booleans())


def frames_of(pictures: Pictures, plan: Plan) -> list[list[int]]:
    head = list(range(plan.head.first, plan.head.end)) if plan.head else []
    tail = list(range(plan.tail.first, plan.tail.end)) if plan.tail else []
    return [head, sorted(pictures.ranks[plan.copied].tolist()), tail]


@given(cuts())
def test_each_frame_is_made_once_and_in_order(cut: tuple[Pictures, int, int, bool]) -> None:
    pictures, first, end, reopen = cut
    head, copied, tail = frames_of(pictures, plan_cut(pictures, first, end, reopen=reopen))
    assert head + copied + tail == list(range(first, end))


@given(cuts())
def test_what_is_copied_begins_with_a_start_and_stays_in_order(cut: tuple[Pictures, int, int, bool]) -> None:
    pictures, first, end, reopen = cut
    plan = plan_cut(pictures, first, end, reopen=reopen)
    if len(plan.copied):
        kind = pictures.kinds[plan.copied[0]]
        assert kind & (OPEN_START if plan.reopened else CLOSED_START)
        assert (np.diff(plan.copied) > 0).all()
        assert not plan.reopened or reopen


@given(cuts())
def test_seams_are_decoded_from_a_start_that_comes_before_them(cut: tuple[Pictures, int, int, bool]) -> None:
    pictures, first, end, reopen = cut
    plan = plan_cut(pictures, first, end, reopen=reopen)
    for seam in filter(None, (plan.head, plan.tail)):
        assert pictures.kinds[seam.feed[0]] & (CLOSED_START | OPEN_START)
        assert pictures.ranks[seam.feed[0]] <= seam.first
        assert set(range(seam.first, seam.end)) <= set(pictures.ranks[seam.feed].tolist())


@given(cuts())
def test_a_clip_from_a_closed_start_to_another_is_copied_whole(cut: tuple[Pictures, int, int, bool]) -> None:
    pictures, _first, _end, _reopen = cut
    closed = sorted(pictures.ranks[pictures.kinds & CLOSED_START != 0].tolist())
    for first, end in zip(closed, [*closed[1:], len(pictures.ranks)], strict=True):
        assert not plan_cut(pictures, first, end).encoded_frames


@given(cuts())
def test_a_clip_that_may_not_begin_with_an_open_start_does_not(cut: tuple[Pictures, int, int, bool]) -> None:
    pictures, first, end, _reopen = cut
    plan = plan_cut(pictures, first, end, begin_reopened=False)
    assert [frame for part in frames_of(pictures, plan) for frame in part] == list(range(first, end))
    assert plan.head or not plan.reopened
