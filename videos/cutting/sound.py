"""Sound of a clip: the source's own frames, and an edit list that shows them from the exact moment on."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from videos.cutting.tracks import UNCOMPRESSED, Track

# A frame of a transform codec needs the one before to come out whole; of MP3 and Opus, two.
PRE_ROLL = 1
LONG_PRE_ROLL = 2
WITH_LONG_PRE_ROLL = {b".mp3", b"Opus"}


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
    first = max(0, first - _pre_roll(track))
    return SoundCut(
        track=track,
        first=first,
        end=until,
        delay=(begins - first_tick) / track.timescale,
        media_start=round(begins) - track.samples.starts_at(first),
        length=(ends - begins) / track.timescale,
    )


def _pre_roll(track: Track) -> int:
    if track.codec in UNCOMPRESSED:
        return 0
    return LONG_PRE_ROLL if track.codec in WITH_LONG_PRE_ROLL else PRE_ROLL
