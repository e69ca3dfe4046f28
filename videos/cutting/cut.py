"""Makes a clip: decides what is copied, encodes the rest, and writes the file in one pass over the source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import BinaryIO, Literal

from videos.cutting.boxes import write_mdat_header
from videos.cutting.captions import CaptionTrack, language_code
from videos.cutting.feeds import (
    Feed,
    OwnTextFeed,
    SoundFeed,
    caption_feed,
    own_text_feed,
    plan_chunks,
    timecode_feed,
    write_chunks,
)
from videos.cutting.labels import Labels, write_udta, write_xmp
from videos.cutting.movie import write_ftyp, write_moov
from videos.cutting.reading import RangeReader
from videos.cutting.sound import cut_sound
from videos.cutting.source import Source
from videos.cutting.source_index import SourceIndex
from videos.cutting.strip import Strip
from videos.errors import CannotCopy, SourceChanged

Method = Literal["copied", "partly_encoded", "encoded"]
Progress = Callable[[int], None]
# From here on a file needs places of 64 bits; what headers grow by is little.
LARGE = (1 << 32) - (1 << 26)
# Percents of the work that encoding is taken for.
ENCODING = 70


@dataclass(frozen=True)
class CutOrder:
    """The frames [start_frame, end_frame) of a source, and what the clip says of itself.

    `captions`: whole tracks, in the source's time; what falls into the clip is put into it.
    """

    start_frame: int
    end_frame: int
    labels: Labels = field(default_factory=Labels)
    captions: Sequence[CaptionTrack] = ()


@dataclass(frozen=True)
class CutResult:
    """What was made. `start`, `end`: seconds of the source; `duration`: of the clip; `container`: `mp4` or `mov`."""

    method: Method
    encoded_frames: int
    start: Fraction
    end: Fraction
    frame_count: int
    size_bytes: int
    duration: Fraction
    container: str


def cut(source: Source, index: SourceIndex, order: CutOrder, target: BinaryIO, progress: Progress) -> CutResult:
    """Write the clip into `target`, an empty file that can seek.

    `progress` gets percents, often, and may raise to stop the work. Raises CannotCopy where the source has to be
    encoded as a whole, SourceChanged if it is not the one of the index, SourceUnreadable.
    """
    if index.obstacle:
        raise CannotCopy(index.obstacle)
    if not 0 <= order.start_frame < order.end_frame <= index.frame_count:
        raise ValueError(f"no frames from {order.start_frame} to {order.end_frame} of {index.frame_count}")
    if source.size != index.file_size:
        raise SourceChanged
    progress(0)
    try:
        return _cut(source, index, order, target, progress, reopen=True)
    except _CannotReopen:
        target.seek(0)
        target.truncate()
        return _cut(source, index, order, target, progress, reopen=False)


class _CannotReopen(Exception):
    """An open GOP that cannot be made a start."""


def _cut(
    source: Source, index: SourceIndex, order: CutOrder, target: BinaryIO, progress: Progress, *, reopen: bool
) -> CutResult:
    start, end = index.time_of(order.start_frame), index.time_of(order.end_frame)
    strip = Strip(index, order.start_frame, order.end_frame, reopen=reopen)
    sounds = [sound for track in index.sounds if (sound := cut_sound(track, index.zero, start, end))]
    pieces = [piece for sound in sounds for piece in sound.track.samples.runs(sound.first, sound.end)]
    texts = _own_texts(index, order, start, end)
    pieces += [piece for text in texts for piece in text.pieces]
    reader = RangeReader(source, [*strip.pieces, *pieces])
    strip.encode(reader, lambda part: progress(int(ENCODING * part)))
    feeds: list[Feed] = [strip.feed(reader)]
    feeds += [SoundFeed(sound, reader) for sound in sounds]
    size = (index.video.width, index.video.height)
    feeds += [feed for track in order.captions if (feed := caption_feed(track, start, end, size))]
    for text in texts:
        text.read_from(reader)
    feeds += texts
    timecode = timecode_feed(index, order.start_frame, end - start)
    feeds += [timecode] if timecode else []
    try:
        size_bytes = _write_file(index, order.labels, feeds, target, partial(_report, progress))
    except CannotCopy:
        if strip.is_reopened:
            raise _CannotReopen from None
        raise
    frames, encoded = order.end_frame - order.start_frame, strip.plan.encoded_frames
    return CutResult(
        method="copied" if not encoded else "encoded" if encoded == frames else "partly_encoded",
        encoded_frames=encoded,
        start=start,
        end=end,
        frame_count=frames,
        size_bytes=size_bytes,
        duration=end - start,
        container=index.container,
    )


def _report(progress: Progress, written: float) -> None:
    """Tell how far it is when the seams are encoded, and this part of the file written."""
    progress(ENCODING + int((100 - ENCODING) * written))


def _own_texts(index: SourceIndex, order: CutOrder, start: Fraction, end: Fraction) -> list[OwnTextFeed]:
    """The source's own captions, but for languages of which the order has better ones."""
    ordered = {language_code(track.language) for track in order.captions}
    own = [track for track in index.texts if language_code(track.language) not in ordered]
    return [feed for track in own if (feed := own_text_feed(track, index.zero, start, end))]


def _write_file(
    index: SourceIndex, labels: Labels, feeds: Sequence[Feed], target: BinaryIO, progress: Callable[[float], None]
) -> int:
    """Write the file: its table of contents stands first, and is filled in last. Returns its size."""
    tracks = [feed.out for feed in feeds]
    expected = sum(track.size_bytes for track in tracks)
    turns = plan_chunks(feeds)
    large = expected > LARGE
    timescale = index.video.timescale
    ahead = write_ftyp(index.container)
    behind = write_xmp(labels)
    udta = write_udta(labels)
    room = len(write_moov(tracks, timescale, udta, large=large))
    begins = len(ahead) + len(behind) + room + len(write_mdat_header(expected if large else 0))
    ends = write_chunks(turns, target, begins, lambda place: progress(min(1, (place - begins) / max(1, expected))))
    target.seek(0)
    moov = write_moov(tracks, timescale, udta, large=large)
    assert len(moov) == room
    target.write(ahead + moov + behind + write_mdat_header(ends - begins))
    target.seek(ends)
    return ends
