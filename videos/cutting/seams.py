"""Encodes the frames of a clip that cannot be copied, so that they join those that are.

An encoded seam is a coded video sequence of its own: it begins with an IDR picture, has no B-frames, and refers to
parameter sets of its own, whose id no set of the source has. So nothing of the copied pictures has to be changed.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Protocol

import av
import av.error
from av.codec.context import Flags
from av.video.frame import PictureType

from videos.errors import CannotCopy

# Two at once: memory stays below what a worker has, and two cuts do not wait for one another.
THREADS = 2
MOST_IN_MEMORY = 16 << 20


class Sewing(Protocol):
    """How seams of one codec are made, so that they look like the source."""

    decoder: str
    encoder: str

    def configure(self, encoder: av.VideoCodecContext, frame: av.VideoFrame) -> None:
        """Set the encoder up for frames like this one. Raises CannotCopy."""

    def sets_of(self, extradata: bytes) -> tuple[bytes, ...]:
        """The seam's parameter sets, from what the encoder says when it is open. Raises CannotCopy."""

    def sample_of(self, stream: bytes) -> bytes:
        """An encoded frame as a sample, from the encoder's byte stream. Raises CannotCopy."""


@dataclass(frozen=True)
class EncodedSeam:
    """Encoded frames, in their order, one behind the other in `file`; `sizes`: bytes of each as it stands in a clip."""

    sets: tuple[bytes, ...]
    sizes: list[int]
    file: IO[bytes]

    def samples(self) -> Iterator[bytes]:
        """The frames, once."""
        self.file.seek(0)
        for size in self.sizes:
            yield self.file.read(size)


def decode(
    name: str, extradata: bytes, feed: Iterable[tuple[int, memoryview]], wanted: set[int], timescale: int
) -> Iterator[av.VideoFrame]:
    """The frames with these times, in the order in which they are shown.

    `name`: of the decoder; `extradata`: what it needs first; `feed`: time and bytes of each sample. Raises CannotCopy
    if one of them cannot be decoded.
    """
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = extradata
    decoder.thread_count = 1  # both seams are made at once, each encoded while it is decoded
    # Strict: a stream that does not say how far it reorders is given all the room that its level allows.
    decoder.options = {"strict": "1"}
    clock = Fraction(1, timescale)
    missing = set(wanted)
    latest: int | None = None
    try:
        for frame in _decoded(decoder, feed, clock):
            if frame.pts not in missing or frame.pts is None:
                continue
            if frame.is_corrupt or (latest is not None and frame.pts < latest):
                raise CannotCopy("pictures that cannot be decoded")
            latest = frame.pts
            missing.remove(frame.pts)
            frame.time_base = clock
            yield frame
            if not missing:
                return
    except av.error.FFmpegError as error:
        raise CannotCopy(f"pictures that cannot be decoded: {error.strerror}") from error
    raise CannotCopy(f"{len(missing)} pictures that cannot be decoded")


def _decoded(
    decoder: av.VideoCodecContext, feed: Iterable[tuple[int, memoryview]], clock: Fraction
) -> Iterator[av.VideoFrame]:
    for time, sample in feed:
        packet = av.Packet(bytes(sample))
        packet.pts = time
        packet.time_base = clock
        yield from decoder.decode(packet)
    yield from decoder.decode(None)


def ahead(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """The same frames; while one is used, the next is made in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, frames, None)
        while (frame := coming.result()) is not None:
            coming = thread.submit(next, frames, None)
            yield frame


def encode(
    frames: Iterator[av.VideoFrame], sewing: Sewing, rate: Fraction, timescale: int, on_frame: Callable[[], None]
) -> EncodedSeam:
    """The same frames, encoded to look like the source's. `on_frame` is called after each. Raises CannotCopy.

    `rate`: frames a second; `timescale`: of the frames' times.
    """
    first = next(frames)
    encoder = av.CodecContext.create(sewing.encoder, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = first.width, first.height, first.format.name
    encoder.time_base = Fraction(1, timescale)
    encoder.framerate = rate.limit_denominator(100_000)
    encoder.flags |= Flags.global_header
    sewing.configure(encoder, first)
    # A clip without any start in it is encoded whole, and may be long.
    file: IO[bytes] = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 — it ends with the seam
    sizes: list[int] = []

    def keep(packets: Iterable[av.Packet]) -> None:
        sizes.extend(file.write(sewing.sample_of(bytes(packet))) for packet in packets)

    try:
        encoder.open()
        sets = sewing.sets_of(encoder.extradata or b"")
        for frame in _chain(first, frames):
            if (frame.width, frame.height, frame.format.name) != (encoder.width, encoder.height, encoder.pix_fmt):
                raise CannotCopy("pictures of several sizes")
            frame.pict_type = PictureType.NONE
            keep(encoder.encode(frame))
            on_frame()
        keep(encoder.encode(None))
    except av.error.FFmpegError as error:
        raise CannotCopy(f"pictures that cannot be encoded: {error.strerror}") from error
    return EncodedSeam(sets, sizes, file)


def _chain(first: av.VideoFrame, others: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    yield first
    yield from others
