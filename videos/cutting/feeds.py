"""What fills the tracks of a clip: each knows its samples, and writes them when it is their turn."""

import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import BinaryIO, Protocol

import numpy as np

from videos.cutting.captions import TIMESCALE, CaptionTrack, caption_entry, clip_cues, language_code, timed_text
from videos.cutting.entries import timecode_entry
from videos.cutting.movie import OutTrack
from videos.cutting.reading import RangeReader
from videos.cutting.sound import SoundCut
from videos.cutting.source_index import SourceIndex
from videos.cutting.tables import Numbers
from videos.cutting.tracks import Track

NO_TEXT = b"\x00\x00"
# Seconds of each track at a time.
CHUNK = Fraction(1, 2)


class Feed(Protocol):
    """Fills one track."""

    out: OutTrack

    def until(self, time: Fraction) -> int:
        """How many samples belong before this moment of the clip (seconds)."""

    def write(self, first: int, end: int, target: BinaryIO) -> None:
        """Write the samples [first, end). They are asked for in their order."""


class PictureFeed:
    """Pictures, encoded and copied. `samples`: their bytes; `pts`: their times, both in the order of decoding."""

    def __init__(self, out: OutTrack, dts: Numbers, samples: Iterator[bytes | memoryview]) -> None:
        self.out = out
        self._dts = dts
        self._samples = samples

    def until(self, time: Fraction) -> int:
        """Counted by the time of decoding."""
        return int(np.searchsorted(self._dts, float(time * self.out.timescale)))

    def write(self, first: int, end: int, target: BinaryIO) -> None:
        """Their sizes are known only now, where headers are rewritten on the way."""
        for number in range(first, end):
            self.out.sizes[number] = target.write(next(self._samples))


class SoundFeed:
    """Frames of sound as they are in the source."""

    def __init__(self, sound: SoundCut, reader: RangeReader) -> None:
        self._samples, self._first, self._reader = sound.track.samples, sound.first, reader
        track, samples = sound.track, sound.track.samples
        self.out = OutTrack(
            kind="soun",
            entry=track.entries[samples.entry_of(sound.first)],
            timescale=track.timescale,
            count=sound.end - sound.first,
            sizes=samples.sizes if samples.all_one_size else samples.sizes[sound.first : sound.end].copy(),
            durations=samples.durations_between(sound.first, sound.end),
            media_start=sound.media_start,
            length=sound.length,
            delay=sound.delay,
            language=track.language,
        )

    def until(self, time: Fraction) -> int:
        """Counted from the first that is there, the pre-roll too."""
        begins = self._samples.starts_at(self._first)
        return self._samples.sample_at(begins + round((time - self.out.delay) * self.out.timescale)) - self._first

    def write(self, first: int, end: int, target: BinaryIO) -> None:
        """Copied."""
        for offset, length in self._samples.runs(self._first + first, self._first + end):
            target.write(self._reader.read(offset, length))


class TextFeed:
    """A few small samples that are there already."""

    def __init__(self, out: OutTrack, samples: Sequence[bytes], durations: Sequence[int]) -> None:
        self.out = out
        self._samples = samples
        self._begins = np.cumsum([0, *durations[:-1]])

    def until(self, time: Fraction) -> int:
        """Counted by the time at which they are shown."""
        return int(np.searchsorted(self._begins, float(time * self.out.timescale)))

    def write(self, first: int, end: int, target: BinaryIO) -> None:
        """Written."""
        target.write(b"".join(self._samples[first:end]))


def timecode_feed(index: SourceIndex, frame: int, length: Fraction) -> TextFeed | None:
    """The source's timecode, moved on to the clip's first frame; None if it has none."""
    if index.timecode is None:
        return None
    timescale = index.video.timescale
    duration = round(length * timescale)
    count = (index.timecode.first + frame) % index.timecode.frames_a_day
    out = OutTrack(
        kind="tmcd",
        entry=timecode_entry(index.timecode, index.rate, timescale),
        timescale=timescale,
        count=1,
        sizes=np.array([4]),
        durations=np.array([duration]),
        media_start=0,
        length=length,
    )
    return TextFeed(out, [struct.pack(">I", count)], [duration])


def caption_feed(track: CaptionTrack, start: Fraction, end: Fraction, size: tuple[int, int]) -> TextFeed | None:
    """What of some captions falls into a clip; None if nothing does. `size`: of the picture, in 16.16 fixed point."""
    cues = clip_cues(track.cues, start, end)
    if not cues:
        return None
    text = timed_text(cues, end - start)
    out = OutTrack(
        kind="sbtl",
        entry=caption_entry(size[0] >> 16, size[1] >> 16),
        timescale=TIMESCALE,
        count=len(text.samples),
        sizes=np.array([len(sample) for sample in text.samples]),
        durations=np.array(text.durations),
        media_start=0,
        length=end - start,
        width=size[0],
        height=size[1],
        language=language_code(track.language),
    )
    return TextFeed(out, text.samples, text.durations)


class OwnTextFeed:
    """A source's own captions, from one moment to another; what spans either is shown for the part that is inside."""

    def __init__(self, track: Track, first_tick: Fraction, end_tick: Fraction, length: Fraction) -> None:
        samples = track.samples
        begins = max(first_tick, Fraction(max(0, track.media_start)))
        self._samples = samples
        first = samples.sample_at(floor(begins))
        end = min(max(first, samples.sample_at(ceil(end_tick) - 1) + 1), samples.count)
        edges = samples.dts(np.arange(first, end + 1)) - round(first_tick)
        edges = np.clip(edges, round(begins - first_tick), round(end_tick - first_tick))
        # What is inside for less than half a tick is shown for none at all.
        while end - first > 1 and edges[-1] == edges[-2]:
            end, edges = end - 1, edges[:-1]
        self._first = first
        self.has_text = any(samples.size(number) > len(NO_TEXT) for number in range(self._first, end))
        self.pieces = samples.runs(self._first, end)
        self._reader: RangeReader | None = None
        self.out = OutTrack(
            kind="sbtl",
            entry=track.entries[samples.entry_of(self._first)] if self.has_text else b"",
            timescale=track.timescale,
            count=end - self._first,
            sizes=np.array([samples.size(number) for number in range(self._first, end)]),
            durations=np.diff(edges),
            media_start=0,
            delay=Fraction(int(edges[0]), track.timescale) if len(edges) > 1 else Fraction(0),
            length=min(length, Fraction(int(edges[-1] - edges[0]), track.timescale)),
            width=track.width,
            height=track.height,
            matrix=track.matrix,
            language=track.language,
        )
        self._begins = edges[:-1]

    def read_from(self, reader: RangeReader) -> None:
        """Where the texts come from."""
        self._reader = reader

    def until(self, time: Fraction) -> int:
        """Counted by the time at which they are shown."""
        return int(np.searchsorted(self._begins, float(time * self.out.timescale)))

    def write(self, first: int, end: int, target: BinaryIO) -> None:
        """Copied."""
        assert self._reader is not None
        for offset, length in self._samples.runs(self._first + first, self._first + end):
            target.write(self._reader.read(offset, length))


def own_text_feed(track: Track, zero: Fraction, start: Fraction, end: Fraction) -> OwnTextFeed | None:
    """What of a source's own captions is shown from `start` to `end`; None if nothing is."""
    shift = zero - track.delay
    ticks = [(moment + shift) * track.timescale + track.media_start for moment in (start, end)]
    if ticks[1] <= 0 or ticks[0] >= track.samples.starts_at(track.samples.count):
        return None
    feed = OwnTextFeed(track, ticks[0], ticks[1], end - start)
    return feed if feed.has_text else None


def plan_chunks(feeds: Sequence[Feed]) -> list[tuple[Feed, int, int]]:
    """Whose samples [first, end) come when: half a second of each track in turn, so that players need not jump."""
    turns: list[tuple[Feed, int, int]] = []
    written = [0] * len(feeds)
    time = Fraction(0)
    while any(done < feed.out.count for done, feed in zip(written, feeds, strict=True)):
        time += CHUNK
        for number, feed in enumerate(feeds):
            end = min(feed.until(time), feed.out.count)
            if end > written[number]:
                turns.append((feed, written[number], end))
                feed.out.chunks.append((0, end - written[number]))
                written[number] = end
    return turns


def write_chunks(
    turns: Sequence[tuple[Feed, int, int]], target: BinaryIO, place: int, on_chunk: Callable[[int], None]
) -> int:
    """Write all samples in their turn, noting where each chunk is. Returns where they end.

    `place`: where they begin; `on_chunk` gets the place that is reached.
    """
    target.seek(place)
    chunk: dict[int, int] = {}
    for feed, first, end in turns:
        number = chunk.get(id(feed), 0)
        chunk[id(feed)] = number + 1
        feed.out.chunks[number] = (place, end - first)
        feed.write(first, end, target)
        place = target.tell()
        on_chunk(place)
    return place
