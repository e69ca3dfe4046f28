"""In and out points as people write them, and the frames nearest to them."""

from fractions import Fraction
from math import isfinite

from django.utils.translation import gettext as _

from delivery.errors import BadParameter, BadParameters
from videos.cutting.source_index import SourceIndex
from videos.cutting.timecode import parse_point
from videos.errors import (
    DroppedTimecode,
    NoSuchFrameName,
    NotDropFrame,
    PointNotUnderstood,
    PointOutsideVideo,
)

# How programs know what is wrong with a point.
CODES = {
    PointNotUnderstood: "not_a_point",
    NoSuchFrameName: "no_such_timecode",
    DroppedTimecode: "dropped_timecode",
    NotDropFrame: "not_drop_frame",
    PointOutsideVideo: "outside_the_video",
}


def frames_between(index: SourceIndex, start: str | float, end: str | float) -> tuple[int, int]:
    """First frame kept, and the first not kept.

    Raises BadParameter, which names the point and says what is wrong; BadParameters where both are.
    """
    frames, faults = [], []
    for name, point in (("start", start), ("end", end)):
        try:
            frames.append(frame_of(index, name, point))
        except BadParameter as fault:
            faults.append(fault)
    if len(faults) > 1:
        raise BadParameters(faults)
    if faults:
        raise faults[0]
    first, beyond = frames
    if first >= index.frame_count:
        raise BadParameter("start", _("The in point lies beyond the last frame."), "outside_the_video")
    if _seconds(index, end) <= _seconds(index, start):
        raise BadParameter("end", _("The out point comes after the in point."), "not_after_start")
    if beyond <= first:
        raise BadParameter("end", _("In and out point lie on the same frame: nothing is between."), "no_frame")
    return first, beyond


def frame_of(index: SourceIndex, name: str, point: str | float) -> int:
    """The frame nearest to a point, of two equally near the earlier; the number of frames for the end.

    `name`: what the point is called. Raises BadParameter.
    """
    text = _text(point)
    if text.startswith("-"):
        raise BadParameter(name, _("A point cannot lie before the beginning."), "outside_the_video")
    try:
        meant = parse_point(text, index.rate, index.timecode)
        frame = meant if isinstance(meant, int) else index.frame_at(meant)
        if frame > index.frame_count:
            raise PointOutsideVideo(at=text)
    except PointOutsideVideo:
        length = f"{float(index.duration):.3f}"
        reason = _("This lies outside the video, which ends at %(seconds)s seconds.") % {"seconds": length}
        raise BadParameter(name, reason, CODES[PointOutsideVideo]) from None
    except tuple(CODES) as error:
        raise BadParameter(name, str(error), CODES[type(error)]) from None
    return frame


def _seconds(index: SourceIndex, point: str | float) -> Fraction:
    meant = parse_point(_text(point), index.rate, index.timecode)
    return index.time_of(meant) if isinstance(meant, int) else meant


def _text(point: str | float) -> str:
    """What was written. A JSON number has no exponent then; what is no number reads as it is called."""
    if isinstance(point, str):
        return point.strip()
    if isinstance(point, float) and isfinite(point):
        return f"{point:.9f}".rstrip("0").rstrip(".")
    return str(point)
