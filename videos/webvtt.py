"""WebVTT, read strictly: what a player would leave out in silence is an error here, with its line.

https://www.w3.org/TR/webvtt1/#syntax
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from videos.errors import BadWebVTT

HEADER = re.compile(r"WEBVTT(?:[ \t].*)?")
NO_CUE = re.compile(r"(?:NOTE(?:[ \t].*)?|STYLE[ \t]*|REGION[ \t]*)")
TIMING = re.compile(r"[ \t]*(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t].*)?")
TIME = re.compile(r"(?:([0-9]{2,}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})")
ARROW = "-->"


@dataclass(frozen=True)
class Cue:
    """A text and when it is shown: milliseconds from the beginning of the video."""

    start: int
    end: int
    text: str


def read_webvtt(text: str) -> list[Cue]:
    """The cues of a file, in its order. Raises BadWebVTT, which names the line.

    Cues may overlap, as the standard allows (two people speak); they stand in the order in which they begin.
    """
    lines = unify_newlines(text).split("\n")
    if not HEADER.fullmatch(lines[0]):
        raise BadWebVTT(1, _("The file must begin with the word WEBVTT, alone on its line."))
    blocks = _blocks(lines)
    first, header = next(blocks)
    _refuse_timings(first, header)
    cues: list[Cue] = []
    for number, block in blocks:
        if NO_CUE.fullmatch(block[0]):
            _refuse_timings(number, block)
            continue
        named = int(ARROW not in block[0])
        if named == len(block) or ARROW not in block[named]:
            raise BadWebVTT(number, _("A timing is expected here, for instance 00:01.000 --> 00:04.500."))
        start, end = _timing(number + named, block[named])
        if cues and start < cues[-1].start:
            raise BadWebVTT(number + named, _("This begins before the text above it: the order must be that of time."))
        _refuse_timings(number + named + 1, block[named + 1 :])
        cues.append(Cue(start, end, "\n".join(block[named + 1 :])))
    if not cues:
        raise BadWebVTT(1, _("There are no captions in it."))
    return cues


def write_webvtt(cues: Iterable[Cue]) -> str:
    """The cues as a file that `read_webvtt` reads."""
    return "\n".join(["WEBVTT\n", *(f"{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}\n" for cue in cues)])


def unify_newlines(text: str) -> str:
    """The same text with LF alone, and without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """What blank lines separate, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line:
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _timing(number: int, line: str) -> tuple[int, int]:
    found = TIMING.fullmatch(line)
    if not found:
        raise BadWebVTT(number, _("A timing is two times with an arrow: 00:01.000 --> 00:04.500."))
    start, end = (_milliseconds(number, time) for time in found.groups())
    if end <= start:
        raise BadWebVTT(number, _("This ends before it begins, or at the same moment."))
    return start, end


def _milliseconds(number: int, time: str) -> int:
    found = TIME.fullmatch(time)
    if not found:
        reason = _("“%(time)s” is no time. Write hours, minutes, seconds, a point and three digits: 00:01:02.500.")
        raise BadWebVTT(number, reason, time=time)
    hours, minutes, seconds, thousandths = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _refuse_timings(number: int, lines: list[str]) -> None:
    for offset, line in enumerate(lines):
        if ARROW in line:
            raise BadWebVTT(number + offset, _("A blank line is missing above this timing."))
