"""Cut lists as editing programs export them: CMX 3600, and its wider forms with longer names of reels.

    001  AX       V     C        10:00:01:05 10:00:03:00 01:00:00:00 01:00:01:20
    * FROM CLIP NAME: winter-patrol_proxy.mp4

Source points alone count; the out point is the first frame that is not kept, as everywhere here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from django.utils.translation import gettext as _

from delivery.errors import BadParameter, BadParameters
from videos.clips.orders import Wish
from videos.models import Order
from videos.orders.rows import MOST_LABEL, CutList, Row, numbered, refuse_too_long, text_of

TIMECODE = re.compile(r"([0-9]{2})[:;.,]([0-9]{2})[:;.,]([0-9]{2})([:;.,])([0-9]{2,3})", re.ASCII)
COMMENT = re.compile(r"\*\s*(FROM CLIP NAME|SOURCE FILE)\s*:\s*(.+)", re.IGNORECASE)
# Reels that stand for any file at all, and for none.
NO_NAME = {"AX", "AUX"}
BLACK = {"BL", "BLK", "BLACK"}
PICTURE = re.compile(r"B|(?:A[0-9]*|AA|NONE)?/?V[0-9]*", re.IGNORECASE)
SOUND = re.compile(r"A+[0-9]*(?:/A+[0-9]*)*|NONE", re.IGNORECASE)
# What a file is called where somebody downloaded a rendition: `winter-patrol_proxy.mp4`.
ENDING = re.compile(r"\.[A-Za-z0-9]{2,4}$")
DROPPED = ";,"


@dataclass
class _Event:
    """A line of the list, and what the comments below it say."""

    line: int
    number: str
    reel: str
    start: str
    end: str
    drops: bool | None
    names: dict[str, str] = field(default_factory=dict)


def read_edl(content: bytes, video: str | None = None) -> CutList:
    """The picture's cuts of a list. `video`: id or slug of the video that all of them are of, whatever names say.

    Raises BadParameter, BadParameters, which name lines.
    """
    found, faults = CutList(), list[BadParameter]()
    for event in _events(text_of(content, older=True), found, faults):
        found.rows.append(_row(event, video))
        refuse_too_long("lines", len(found.rows))
    if faults:
        raise BadParameters(faults)
    if not found.rows:
        reason = _("There is no cut of a picture in this list. Is it an EDL in the form CMX 3600?")
        raise BadParameter("lines", reason, "no_cuts")
    return found


def _events(text: str, found: CutList, faults: list[BadParameter]) -> Iterator[_Event]:
    """Each event when its comments are read; beside it what makes no clip, and what cannot be understood."""
    drops: bool | None = None
    event: _Event | None = None
    for number, line in numbered(text):
        line = line.strip()
        try:
            if line[:1].isdigit():
                if event is not None:
                    yield event
                event = None
                event = _event(number, line, drops, found)
            elif line.upper().startswith("FCM"):
                drops = _drops(number, line)
            elif line.upper().startswith("M2"):
                reason = _("This changes the speed, which a clip cannot. Export the list without effects.")
                raise BadParameter(f"lines.{number}", reason, "speed_change")
            elif event is not None and (comment := COMMENT.fullmatch(line)):
                event.names[comment[1].upper()] = comment[2].strip()
        except BadParameter as fault:
            faults.append(fault)
            refuse_too_long("lines", len(faults))
    if event is not None:
        yield event


def _event(number: int, line: str, drops: bool | None, found: CutList) -> _Event | None:
    """An event, or None for one that makes no clip. Raises BadParameter."""
    *words, start, end, _record_start, _record_end = ["", "", "", "", *line.split()]
    words = [word for word in words if word]
    duration = words.pop() if len(words) > 4 and words[-1].isdigit() else ""
    points = [TIMECODE.fullmatch(point) for point in (start, end)]
    if len(words) < 4 or None in points:
        reason = _("This line is no event: number, reel, track, C for a cut, and four timecodes.")
        raise BadParameter(f"lines.{number}", reason, "not_an_event")
    name, *reel, track, transition = words
    if transition.upper() != "C" or duration:
        reason = _("This is no plain cut (%(transition)s). Turn transitions and effects into cuts, and export again.")
        raise BadParameter(f"lines.{number}", reason % {"transition": transition[:8]}, "transition")
    if " ".join(reel).upper() in BLACK:
        found.left_out.append((number, Order.LeftOut.BLACK))
    elif SOUND.fullmatch(track):
        found.left_out.append((number, Order.LeftOut.SOUND_ONLY))
    elif not PICTURE.fullmatch(track):
        reason = _("“%(track)s” is no track: V for the picture, A for sound, AA/V or B for both.")
        raise BadParameter(f"lines.{number}", reason % {"track": track[:16]}, "unknown_track")
    elif start == end:
        found.left_out.append((number, Order.LeftOut.EMPTY))
    else:
        drops = drops if not any(point[4] in DROPPED for point in points if point) else True
        first, beyond = (f"{p[1]}:{p[2]}:{p[3]}{';' if drops else ':'}{p[5]}" for p in points if p)
        return _Event(number, name, " ".join(reel), first, beyond, drops)
    return None


def _drops(number: int, line: str) -> bool:
    """How frames are counted from this line on. Raises BadParameter."""
    words = line.upper().partition(":")[2].replace("-", " ").split()
    if words not in (["DROP", "FRAME"], ["NON", "DROP", "FRAME"], ["NONDROP", "FRAME"]):
        reason = _("Frames are counted as FCM: DROP FRAME or FCM: NON-DROP FRAME.")
        raise BadParameter(f"lines.{number}", reason, "unknown_count")
    return words[0] == "DROP"


def _row(event: _Event, video: str | None) -> Row:
    named = [event.names.get(key, "") for key in ("SOURCE FILE", "FROM CLIP NAME")]
    names = [*named, "" if event.reel.upper() in NO_NAME else event.reel]
    candidates = (video,) if video else tuple(dict.fromkeys(one for name in names for one in _readings(name)))
    stem = ENDING.sub("", _file_name(named[1] or named[0]))
    label = " ".join(f"{event.number} {stem}".split())[:MOST_LABEL]
    return Row(f"lines.{event.line}", candidates, Wish(event.start, event.end), label, event.drops)


def _readings(name: str) -> list[str]:
    """What of the name of a file may be a video's: whole, without its ending, without that of its rendition."""
    stem = ENDING.sub("", _file_name(name))
    return [one for one in (name, stem, stem.rpartition("_")[0]) if one]


def _file_name(path: str) -> str:
    return PurePosixPath(PureWindowsPath(path).name).name
