"""Facts of a video file, read from the file itself."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error

from videos.errors import NoVideo

# Demuxers for what a newsroom uploads. Playlists, scripts and anything that opens other files are not among them.
DEMUXERS = {"mov", "matroska", "mpegts", "mxf", "avi", "mpeg"}


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


def demuxer_of(path: Path) -> str:
    """Which demuxer a file is for, by its own first bytes; never by its name. Raises NoVideo."""
    with path.open("rb") as file:
        start = file.read(1024)
    if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if start[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return "avi"
    if start[:4] == b"\x06\x0e\x2b\x34":
        return "mxf"
    if start[:1] == b"G" and start[188:189] == b"G":
        return "mpegts"
    if start[:4] == b"\x00\x00\x01\xba":
        return "mpeg"
    raise NoVideo(reason="unknown container")


def checksum(path: Path) -> str:
    """SHA-256 of a file, hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
