"""Captions in a clip: 3GPP timed text (ETSI TS 126 245), which MP4 and MOV players show."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from videos.cutting.boxes import write_box

TIMESCALE = 1000
# ISO 639-1 → 639-2/T, of what newsrooms caption most; others are left undetermined.
LANGUAGES = {"ar": "ara", "de": "deu", "en": "eng", "es": "spa", "fr": "fra", "it": "ita", "nl": "nld", "pt": "por",
             "ru": "rus", "uk": "ukr", "zh": "zho"}  # fmt: skip
LONGEST = 0xFFFF


@dataclass(frozen=True)
class Cue:
    """A text and when it is shown, in seconds of the source: second 0 is that of `SourceIndex`."""

    start: Fraction
    end: Fraction
    text: str


@dataclass(frozen=True)
class CaptionTrack:
    """Captions of the source in one language (`fr`)."""

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
    """Three letters for a language tag."""
    return LANGUAGES.get(language.partition("-")[0].lower(), "und")
