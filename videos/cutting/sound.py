"""Sound of a clip: the source's own frames, and an edit list that shows them from the exact moment on."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from videos.cutting.tracks import UNCOMPRESSED, Track

# A frame of a transform codec needs the one before to come out whole; of Opus, two.
PRE_ROLL = 1
LONG_PRE_ROLL = 2
WITH_LONG_PRE_ROLL = {b"Opus"}
# MP3 in MP4 is called as AAC is, and told by its object type: MPEG-2 and MPEG-1 audio.
MP3_OBJECT_TYPES = {b"\x69", b"\x6b"}
# A frame of MP3 may begin so many bytes of sound earlier, in frames before; of each, at most so many are no sound.
RESERVOIR_BYTES = 511
MP3_HEADER_BYTES = 38
# At the lowest rates of all, nearly nothing of a frame is sound.
MOST_PRE_ROLL = 10


@dataclass(frozen=True)
class SoundCut:
    """What of a track goes into a clip: the samples [first, end). `delay`: seconds of silence before; `media_start`:
    units of the track's timescale from the first sample to the moment at which sound begins; `length`: seconds of it.
    """

    track: Track
    first: int
    end: int
    delay: Fraction
    media_start: int
    length: Fraction


def cut_sound(track: Track, zero: Fraction, start: Fraction, end: Fraction) -> SoundCut | None:
    """The part of a track that sounds from `start` to `end` (seconds; second 0 is at `zero` of the file's clock).

    None where it is silent all the time: it begins later, or has ended.
    """
    shift = zero - track.delay
    first_tick = (start + shift) * track.timescale + track.media_start
    end_tick = (end + shift) * track.timescale + track.media_start
    last = track.samples.starts_at(track.samples.count)
    if track.media_end is not None:
        last = min(last, track.media_end)
    begins = max(first_tick, Fraction(max(0, track.media_start)))
    ends = min(end_tick, Fraction(last))
    if ends - begins < 1:
        return None
    first = track.samples.sample_at(floor(begins))
    until = min(track.samples.count, track.samples.sample_at(ceil(ends) - 1) + 1)
    first = max(0, first - _pre_roll(track, first))
    return SoundCut(
        track=track,
        first=first,
        end=until,
        delay=(begins - first_tick) / track.timescale,
        media_start=round(begins) - track.samples.starts_at(first),
        length=(ends - begins) / track.timescale,
    )


def _pre_roll(track: Track, first: int) -> int:
    """How many frames before `first` it needs to come out whole."""
    if track.codec in UNCOMPRESSED:
        return 0
    if track.codec == b".mp3" or _is_mp3(track.entries[track.samples.entry_of(first)]):
        return _mp3_pre_roll(track, first)
    return LONG_PRE_ROLL if track.codec in WITH_LONG_PRE_ROLL else PRE_ROLL


def _mp3_pre_roll(track: Track, first: int) -> int:
    """The frame before, and those that the beginning of its sound may be in."""
    frames, missing = PRE_ROLL, RESERVOIR_BYTES
    while missing > 0 and frames < min(first, MOST_PRE_ROLL):
        frames += 1
        missing -= max(0, track.samples.size(first - frames) - MP3_HEADER_BYTES)
    return frames


def _is_mp3(entry: bytes) -> bool:
    # ISO/IEC 14496-1, 7.2.6: in the descriptor of the stream, behind its number and flags, that of the decoder.
    decoder = _content(entry.partition(b"esds")[2][4:])[3:]
    return _content(decoder)[:1] in MP3_OBJECT_TYPES


def _content(descriptor: bytes) -> bytes:
    """What follows its tag and its length, of which each byte but the last has the highest bit."""
    at = 1
    while descriptor[at : at + 1] >= b"\x80":
        at += 1
    return descriptor[at + 1 :]
