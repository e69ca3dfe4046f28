"""What a cut is worth: whether its frames are the source's, and how like them those are that were encoded again."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import table

# PSNR of pictures that are equal to the bit.
SAME = float("inf")
# No frame looks like its neighbour to this degree: there is noise in the source.
ANOTHER_FRAME = 30.0


@dataclass(frozen=True)
class Exactness:
    """`frames`: how many there are; `wrong`: how many are not the frame that belongs there; `copied`: how many are the
    source's to the bit; `worst`: PSNR of the one that is least like its own, in dB.
    """

    frames: int
    wrong: int
    copied: int
    worst: float


def exactness(source: Path, clip: Path, start: float, count: int) -> Exactness:
    """Compare a clip with the `count` frames that follow the second `start` of the source."""
    ratios = [_psnr(one, other) for one, other in zip(_lumas(source, start), _lumas(clip, 0), strict=False)][:count]
    frames = sum(1 for _ in _lumas(clip, 0))
    wrong = sum(ratio < ANOTHER_FRAME for ratio in ratios) + abs(frames - count)
    return Exactness(frames, wrong, ratios.count(SAME), min(ratios, default=0.0))


def exactness_table(rows: dict[str, list[Exactness]], count: int) -> str:
    """A row a contestant, the worst of its clips."""
    head = [
        f"of {count} frames",
        "clips",
        "frames",
        "wrong frames at most",
        "copied to the bit",
        "PSNR of the worst, dB",
    ]
    return table(
        head,
        [
            [
                name,
                str(len(clips)),
                _span([clip.frames for clip in clips]),
                str(max(clip.wrong for clip in clips)),
                _span([clip.copied for clip in clips]),
                f"{min(clip.worst for clip in clips):.1f}",
            ]
            for name, clips in rows.items()
            if clips
        ],
    )


def _span(numbers: list[int]) -> str:
    return f"{min(numbers)}" if min(numbers) == max(numbers) else f"{min(numbers)}–{max(numbers)}"


def _lumas(path: Path, start: float) -> Iterator[NDArray[np.float32]]:
    """The brightness, 0 to 1, of each frame presented from a second on (less half a millisecond, for rounding)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 2
        begin = Fraction(stream.start_time or 0) * (stream.time_base or 1) + Fraction(start) - Fraction(1, 2000)
        if start:
            container.seek(max(0, int((start - 0.1) * av.time_base)))
        try:
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts * (frame.time_base or 1) >= begin:
                    plane, bits = frame.planes[0], frame.format.components[0].bits
                    values = np.frombuffer(bytes(plane), np.uint8 if bits == 8 else np.uint16).reshape(plane.height, -1)
                    yield values[:, : plane.width].astype(np.float32) / (2**bits - 1)
        except av.error.FFmpegError:
            return


def _psnr(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """How like another a picture is, in dB; of several sizes: not at all."""
    if one.shape != other.shape:
        return 0.0
    difference = np.mean((one - other) ** 2, dtype=np.float64)
    return SAME if difference == 0 else float(-10 * np.log10(difference))
