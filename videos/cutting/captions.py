"""Captions in a clip: 3GPP timed text (ETSI TS 126 245), which MP4 and MOV players show."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from langcodes import Language

from videos.cutting.boxes import write_box

TIMESCALE = 1000
LONGEST = 0xFFFF


@dataclass(frozen=True)
class Cue:
    """A text and when it is shown, in seconds of the source: second 0 is that of `SourceIndex`."""

    start: Fraction
    end: Fraction
    text: str


@dataclass(frozen=True)
class CaptionTrack:
    """Captions of the source in one language (`fr`, `fra`)."""

    language: str
    cues: Sequence[Cue]


@dataclass(frozen=True)
class TimedText:
    """Samples of timed text, one behind the other without a gap: bytes, and milliseconds for which each is shown."""

    samples: list[bytes]
    durations: list[int]


def clip_cues(cues: Sequence[Cue], start: Fraction, end: Fraction) -> list[Cue]:
    """The cues that are shown between two moments, counted from the first; one that spans either is clipped."""
    return [
        Cue(max(cue.start, start) - start, min(cue.end, end) - start, cue.text)
        for cue in cues
        if cue.start < end and cue.end > start
    ]


def one_by_one(cues: Sequence[Cue]) -> list[Cue]:
    """The same with no two at one time: where texts overlap, one cue has them all, one below the other."""
    waiting = sorted((cue for cue in cues if cue.start < cue.end), key=lambda cue: cue.start, reverse=True)
    edges = sorted({moment for cue in waiting for moment in (cue.start, cue.end)})
    shown: list[Cue] = []
    alone = []
    for start, end in pairwise(edges):
        shown = [cue for cue in shown if cue.end > start]
        while waiting and waiting[-1].start <= start:
            shown.append(waiting.pop())
        if shown:
            alone.append(Cue(start, end, "\n".join(cue.text for cue in shown)))
    return alone


def timed_text(cues: Sequence[Cue], length: Fraction) -> TimedText:
    """Cues as samples, with empty ones where nothing is shown; texts that overlap are shown one below the other."""
    moments = {0, round(length * TIMESCALE)}
    spans = [(round(cue.start * TIMESCALE), round(cue.end * TIMESCALE), cue.text) for cue in cues]
    for start, end, _ in spans:
        moments |= {start, end}
    edges = sorted(moments)
    text = TimedText([], [])
    for start, end in pairwise(edges):
        shown = "\n".join(words for begins, ends, words in spans if begins <= start < ends).encode()
        if len(shown) > LONGEST:
            shown = shown[:LONGEST].decode(errors="ignore").encode()
        text.samples.append(struct.pack(">H", len(shown)) + shown)
        text.durations.append(end - start)
    return text


def caption_entry(width: int, height: int) -> bytes:
    """How timed text looks: white, centred at the bottom of a picture of so many pixels, on nothing."""
    style = struct.pack(">HHHBB4B", 0, 0, 1, 0, 18, 255, 255, 255, 255)
    font = write_box(b"ftab", struct.pack(">HHB", 1, 1, 5), b"Serif")
    return write_box(b"tx3g", struct.pack(">6xHIbb4B4H", 1, 0, 1, -1, 0, 0, 0, 0, 0, 0, height, width), style, font)


def language_code(language: str) -> str:
    """Three letters (ISO 639-2/T, as MP4 has them) for a language tag or for other three letters;
    `und` for what is no language.
    """
    try:
        code = Language.get(language or "und").to_alpha3()
    except (ValueError, LookupError):
        return "und"
    return code if len(code) == 3 and code.isascii() and code.islower() else "und"
