"""What a decoder presents of a file: its pictures with their numbers, its sound with its clicks.

PyAV decodes; edit lists, priming and padding are applied, as in a player. Times are seconds of the container's clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import av.audio.frame
import av.video.frame
import numpy as np
from numpy.typing import NDArray

from tests.cutting.marks import UNREADABLE, Click, find_clicks, read_number

Luma = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Picture:
    """A presented picture. `at`: seconds of the container's clock; `planes`: as decoded, 8 or 16 bits."""

    at: Fraction
    number: int
    planes: tuple[Luma, ...]
    bits: int


def pictures(path: Path, start: Fraction | None = None) -> Iterator[Picture]:
    """Every presented picture in order. `start`: from this second of the container's clock on, by seeking."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if start is not None and stream.time_base:
            container.seek(int(start / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if frame.pts is None or frame.time_base is None:
                raise ValueError(f"{path.name}: a picture without a time")
            at = frame.pts * frame.time_base
            if start is not None and at < start:
                continue
            bits = frame.format.components[0].bits
            planes = tuple(_plane(frame, place, bits) for place in range(len(frame.planes)))
            yield Picture(at, _number_of(planes[0], (1 << bits) - 1), planes, bits)


def _plane(frame: av.video.frame.VideoFrame, place: int, bits: int) -> Luma:
    plane = frame.planes[place]
    content = memoryview(plane)
    rows: Luma = np.frombuffer(content, np.uint8) if bits == 8 else np.frombuffer(content, np.uint16)
    rows = rows.reshape(plane.height, -1)
    return rows[:, : plane.width].copy()


def _state_of(path: Path) -> tuple[Path, int, int]:
    state = path.stat()
    return path, state.st_mtime_ns, state.st_size


def _number_of(luma: Luma, white: int) -> int:
    """Also of a picture that was put upright, which lay on its side when the number was written."""
    turned = (read_number(np.rot90(luma, turns), white) for turns in range(4))
    return next((number for number in turned if number != UNREADABLE), UNREADABLE)


def numbered(path: Path) -> list[tuple[Fraction, int]]:
    """When each picture is presented, on the container's clock, and its number."""
    return _numbered_once(*_state_of(path))


@lru_cache(maxsize=64)
def _numbered_once(path: Path, _changed: int, _size: int) -> list[tuple[Fraction, int]]:
    with av.open(str(path)) as container:
        if not container.streams.video:
            return []
    return [(picture.at, picture.number) for picture in pictures(path)]


def heard(path: Path, track: int) -> list[Click]:
    """The clicks of an audio track, on the container's clock; no track, no clicks."""
    begin, rate, sound = sound_of(path, track)
    return [replace(click, at=float(begin) + click.at) for click in find_clicks(sound, rate)]


def first_presented(path: Path) -> Fraction:
    """Second 0 on the container's clock: where its first sample, picture or sound, is presented."""
    firsts = [at for at, _number in numbered(path)[:1]]
    with av.open(str(path)) as container:
        tracks = len(container.streams.audio)
    for track in range(tracks):
        begin, _rate, sound = sound_of(path, track)
        if len(sound):
            firsts.append(begin)
    return min(firsts, default=Fraction(0))


def sound_of(path: Path, track: int) -> tuple[Fraction, int, NDArray[np.float32]]:
    """Where the sound of a track begins on the container's clock, its rate, and its first channel."""
    return _sound_once(*_state_of(path), track)


@lru_cache(maxsize=16)
def _sound_once(path: Path, _changed: int, _size: int, track: int) -> tuple[Fraction, int, NDArray[np.float32]]:
    pieces: list[NDArray[np.float32]] = []
    begin: Fraction | None = None
    rate = position = 0
    with av.open(str(path)) as container:
        if track >= len(container.streams.audio):
            return Fraction(0), 1, np.zeros(0, np.float32)
        for frame in container.decode(audio=track):
            if frame.pts is None or not frame.samples or frame.time_base is None:
                continue
            at = frame.pts * frame.time_base
            if begin is None:
                begin, rate = at, frame.sample_rate
            piece = _first_channel(frame)
            # Containers that count milliseconds say times that are off by less than one.
            gap = round((at - begin) * rate) - position
            if abs(gap) > 0.002 * rate:
                if gap > 0:
                    pieces.append(np.zeros(gap, np.float32))
                else:
                    piece = piece[-gap:]
                position += max(0, gap)
            pieces.append(piece)
            position += len(piece)
    return begin or Fraction(0), rate or 1, np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def _first_channel(frame: av.audio.frame.AudioFrame) -> NDArray[np.float32]:
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(frame.samples, -1).T
    whole = 1.0 if samples.dtype.kind == "f" else float(1 << 8 * samples.dtype.itemsize - 1)
    return samples[0].astype(np.float32) / whole
