"""Facts of a video file, read from the file itself."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error

from videos.cutting.containers import demuxer_of
from videos.errors import NoVideo


@dataclass(frozen=True)
class VideoFacts:
    """What a file holds. Durations in seconds, sizes in pixels and bytes."""

    duration: Fraction
    width: int
    height: int
    frame_rate: Fraction
    frame_count: int
    video_codec: str
    audio_codec: str
    size_bytes: int
    checksum: str


def probe(path: Path) -> VideoFacts:
    """Facts of the file at `path`. Raises NoVideo where it holds no video that can be read."""
    demuxer = demuxer_of(path)
    try:
        with av.open(str(path), format=demuxer, options={"protocol_whitelist": "file"}) as container:
            if not container.streams.video:
                raise NoVideo(reason="no video stream")
            stream = container.streams.video[0]
            rate = Fraction(stream.average_rate or stream.base_rate or 0)
            if not rate or not stream.codec_context.width:
                raise NoVideo(reason="no frame rate or no size")
            frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
            if stream.duration and stream.time_base:
                duration = stream.duration * stream.time_base
            else:
                duration = frames / rate
            audio = container.streams.audio[0].codec_context.name if container.streams.audio else ""
            facts = (stream.codec_context.width, stream.codec_context.height, stream.codec_context.name)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NoVideo(reason=str(error)) from error
    width, height, codec = facts
    return VideoFacts(
        duration=Fraction(duration),
        width=width,
        height=height,
        frame_rate=rate,
        frame_count=frames,
        video_codec=codec,
        audio_codec=audio,
        size_bytes=path.stat().st_size,
        checksum=checksum(path),
    )


def checksum(path: Path) -> str:
    """SHA-256 of a file, hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
