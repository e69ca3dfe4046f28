"""When the pictures of any file are shown, as FFmpeg's demuxers tell: for sources that have to be encoded."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from videos.cutting.containers import demuxer_of
from videos.cutting.pictures import OPEN_START
from videos.cutting.source_index import SourceIndex
from videos.cutting.tables import MOST_PICTURES, NONE, Samples
from videos.cutting.timecode import NAME, Timecode, counted_from_zero, may_drop
from videos.cutting.tracks import Track
from videos.errors import NoVideo, SeveralRecordings

# Containers that say when a picture is decoded, and never when it is shown.
TELLS_DECODING = {"avi"}
# Where decoders begin: so many pictures tell it, and after so many packets there is none to be told.
ENOUGH_SHOWN, MOST_DECODED = 30, 1500
# Clocks of joined recordings begin again; within one they go back by no more than pictures are late (seconds).
JOINED = 1


@dataclass
class _Seen:
    """What the packets say."""

    times: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    last_duration: int = 0
    first_sound: Fraction | None = None


def index_by_demuxing(path: Path, obstacle: str) -> SourceIndex:
    """The times of all pictures, and why none can be copied. Raises NoVideo."""
    demuxer = demuxer_of(path)
    by_decoding = demuxer in TELLS_DECODING
    try:
        with av.open(str(path), format=demuxer, options={"protocol_whitelist": "file"}) as container:
            if not container.streams.video:
                raise NoVideo(reason="no video stream")
            stream = container.streams.video[0]
            clock = stream.time_base or Fraction(1, 90_000)
            rate = Fraction(stream.average_rate or stream.base_rate or 25)
            seen = _look_through(container, stream, by_decoding=by_decoding)
            timecode = _timecode(stream.metadata.get("timecode") or container.metadata.get("timecode") or "", rate)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NoVideo(reason=str(error)) from error
    times = np.sort(np.array(seen.times, np.int64))
    shown = _shown_first(path, by_decoding=by_decoding)
    if not len(times) or not shown:
        raise NoVideo(reason="no picture that is shown")
    if not by_decoding:
        # A recording may begin in the middle of a GOP: of pictures before its key frame no decoder shows anything.
        times = times[(times > max(shown)) | np.isin(times, shown)]
    # Where decoding may begin: an encoder has to know, for not every container finds it by itself.
    kinds = np.where(np.isin(times, seen.keys), OPEN_START, 0).astype(np.uint8)
    last = seen.last_duration
    if by_decoding:
        *_, before, end = moments = _when_shown(times, min(shown))
        times, last = moments[:-1], int(end - before)
    times = times * clock.numerator
    last = last * clock.numerator or round(clock.denominator / rate)
    lengths = np.append(np.diff(times), max(1, last))
    changes = np.flatnonzero(np.diff(lengths, prepend=-1))
    samples = Samples(
        sizes=np.zeros(1, np.int64),
        counts=np.diff(changes, append=len(lengths)),
        durations=lengths[changes],
        shifts=NONE,
        chunk_offsets=NONE,
        chunk_counts=NONE,
        chunk_entries=NONE,
    )
    start = Fraction(int(times[0]), clock.denominator)
    zero = start if seen.first_sound is None else min(start, seen.first_sound)
    video = Track(number=1, kind="vide", timescale=clock.denominator, entries=[], samples=samples, delay=start)
    return SourceIndex("other", obstacle, video, (), (), timecode, kinds, (), zero, path.stat().st_size)


def _shown_first(path: Path, *, by_decoding: bool) -> list[int]:
    """The times of the pictures that a decoder shows first."""
    shown: list[int] = []
    with av.open(str(path), format=demuxer_of(path), options={"protocol_whitelist": "file"}) as container:
        stream = container.streams.video[0]
        for count, packet in enumerate(container.demux(stream)):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            times = [frame.dts if by_decoding else frame.pts for frame in frames]
            shown += [time for time in times if time is not None]
            if len(shown) >= ENOUGH_SHOWN or count >= MOST_DECODED:
                break
    return shown


def _when_shown(decoded: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """When pictures are shown of which only that is known when they are decoded; and when the last one ends.

    Where B-frames have to wait for others, each comes out when a later one is decoded, and the last ones at that pace.
    """
    late = int(np.searchsorted(decoded, first))
    pace = int(decoded[-1] - decoded[-2]) if len(decoded) > 1 else 1
    return np.append(decoded[late:], decoded[-1] + pace * np.arange(1, late + 2))


def _look_through(container: av.container.InputContainer, stream: av.VideoStream, *, by_decoding: bool) -> _Seen:
    seen = _Seen()
    last = -(1 << 62)
    latest = Fraction(last)
    for packet in container.demux([stream, *container.streams.audio]):
        time = packet.dts if packet.pts is None or by_decoding else packet.pts
        if time is None or not packet.size or packet.is_discard:
            continue
        if packet.stream.type == "audio":
            if packet.time_base:
                # What lies before 0 is an encoder's lead-in, which players leave out.
                at = max(time * packet.time_base, Fraction(0))
                seen.first_sound = at if seen.first_sound is None else min(at, seen.first_sound)
            continue
        seen.times.append(time)
        if packet.is_keyframe:
            seen.keys.append(time)
        if packet.dts is not None and packet.time_base:
            latest = max(latest, packet.dts * packet.time_base)
            if packet.dts * packet.time_base < latest - JOINED:
                raise SeveralRecordings(at=f"{float(latest):.0f}")
        if time > last:
            last, seen.last_duration = time, packet.duration or 0
        if len(seen.times) > MOST_PICTURES:
            raise NoVideo(reason="more pictures than any video has")
    return seen


def _timecode(text: str, rate: Fraction) -> Timecode | None:
    if not NAME.fullmatch(text):
        return None
    names = counted_from_zero(rate, drop=";" in text and may_drop(rate))
    return Timecode(first=names.frame_of(text), base=names.base, drop=names.drop)
