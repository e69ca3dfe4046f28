"""The captions that are in a source itself, for a clip that is encoded as a whole."""

import logging
import re
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

from videos.cutting.captions import CaptionTrack, Cue
from videos.cutting.ffmpeg import Part, Tell, run_ffmpeg, source_of, text_of
from videos.cutting.looking import Look
from videos.errors import PartUnreadable

logger = logging.getLogger(__name__)

# How SubRip begins a cue: a number, and from when to when it is shown. What comes before the next is its text.
BEGINNING = re.compile(r"^\d+\n(\d+):(\d\d):(\d\d),(\d{3}) --> (\d+):(\d\d):(\d\d),(\d{3})\n", re.MULTILINE)


def own_captions(
    part: Part, look: Look, folder: Path, tell: Tell, *, without: Collection[str] = ()
) -> list[CaptionTrack]:
    """The source's tracks of text up to the out point, but for those in the languages `without` (three letters).

    ffmpeg reads them from the beginning of the file, since a cue that is shown at the in point may have begun long
    before, and writes them to `folder`. Those that cannot be read are left out, and it is logged. Raises
    EncodingFailed, and whatever `tell` raises.
    """
    wanted = [
        (stream, language, folder / f"own-{stream}.srt") for stream, language in look.texts if language not in without
    ]
    if not wanted:
        return []
    arguments = ["-v", "error", "-t", text_of(part.end + part.index.zero - look.begins), *source_of(part)]
    for stream, _, path in wanted:
        arguments += ["-map", f"0:s:{stream}", "-c:s", "srt", "-f", "srt", f"file:{path}"]
    try:
        run_ffmpeg(arguments, part, tell, lambda _: None)
    except PartUnreadable as error:
        logger.warning("a clip goes without the captions in %s: %s", part.path.name, error)
        return []
    return [
        CaptionTrack(language, _cues(path.read_text("utf-8", "replace"), look.begins - part.index.zero))
        for _, language, path in wanted
    ]


def _cues(text: str, shift: Fraction) -> list[Cue]:
    found = list(BEGINNING.finditer(text))
    ends = [*(later.start() for later in found[1:]), len(text)]
    return [
        Cue(
            _seconds(*begins.group(1, 2, 3, 4)) + shift,
            _seconds(*begins.group(5, 6, 7, 8)) + shift,
            text[begins.end() : end].strip(),
        )
        for begins, end in zip(found, ends, strict=True)
    ]


def _seconds(hours: str, minutes: str, seconds: str, thousandths: str) -> Fraction:
    return (int(hours) * 60 + int(minutes)) * 60 + int(seconds) + Fraction(int(thousandths), 1000)
