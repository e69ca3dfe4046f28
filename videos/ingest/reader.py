"""A program that reads a file that a stranger made. It has no database, no secrets and no Django, and limits.

`python -m videos.ingest.reader ACTION FILE RESULT [SECONDS]` writes what is large to the file RESULT, and says the rest
as JSON on its standard output: {"told": {…}}, or {"refused": name, "details": {…}} of an error of `videos.errors`.
"""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from videos.cutting.index import SourceIndex, build_index
from videos.errors import CannotCopy, NoPictures, NoVideo, SourceUnreadable, TooDemanding
from videos.ingest.poster import still
from videos.ingest.probe import probe
from videos.ingest.sheet import write_storyboard

# Times in files are rounded to a thousandth of a second, or to the file's own ticks (seconds).
ROUNDED = Fraction(3, 2000)

Told = dict[str, Any]


def facts(path: Path, _result: Path, _at: Fraction | None) -> Told:
    """Tells `VideoFacts`, fractions as text."""
    return asdict(probe(path))


def index(path: Path, result: Path, _at: Fraction | None) -> Told:
    """Writes the index that cutting needs; tells what only who has looked through the whole file knows."""
    found = build_index(path)
    if not found.frame_count:
        raise NoPictures
    result.write_bytes(found.to_bytes())
    return {
        "frame_count": found.frame_count,
        "duration": found.duration,
        "has_variable_rate": not _is_constant(found),
        "rate": found.rate,
        "start_timecode": found.timecode.name_of(0) if found.timecode else "",
    }


def poster(path: Path, result: Path, at: Fraction | None) -> Told:
    """Writes a JPEG."""
    result.write_bytes(still(path, at))
    return {}


def storyboard(path: Path, result: Path, _at: Fraction | None) -> Told:
    """Writes a sheet of stills as JPEG. Of our own renditions only."""
    return write_storyboard(path, result)


def check(path: Path, _result: Path, _at: Fraction | None) -> Told:
    """Tells nothing: whether there is a video, and a picture in it."""
    probe(path)
    still(path)
    return {}


ACTIONS: dict[str, Callable[[Path, Path, Fraction | None], Told]] = {
    "facts": facts,
    "index": index,
    "poster": poster,
    "storyboard": storyboard,
    "check": check,
}


def _is_constant(found: SourceIndex) -> bool:
    """Whether frames follow one another at one rate, but for rounding."""
    ticks = found.boundaries[:-1]
    even = ticks[0] + np.arange(len(ticks)) * (float(ticks[-1] - ticks[0]) / max(1, len(ticks) - 1))
    most = max(1.5, float(ROUNDED * found.video.timescale))
    return bool(np.abs(ticks - even).max() <= most)


def _plain(value: object) -> str:
    return str(value)


def main() -> None:
    """Do what the arguments say."""
    logging.getLogger("libav").setLevel(logging.CRITICAL)
    action, path, result, *at = sys.argv[1:]
    try:
        told = ACTIONS[action](Path(path), Path(result), Fraction(at[0]) if at else None)
        answer: Told = {"told": told}
    except NoVideo as error:
        answer = {"refused": type(error).__name__, "details": error.details}
    except MemoryError:
        answer = {"refused": TooDemanding.__name__, "details": {}}
    except (CannotCopy, SourceUnreadable) as error:
        answer = {"refused": NoVideo.__name__, "details": {"reason": error.details["reason"]}}
    print(json.dumps(answer, default=_plain))


if __name__ == "__main__":
    main()
