"""Facts of a video file, read from the file itself. Runs in `videos.ingest.reader`, a process within limits."""

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from videos.cutting.containers import demuxer_of
from videos.cutting.references import refuse_references
from videos.cutting.source import FileSource
from videos.errors import EmptyFile, NoPictures, NoVideo, PictureTooLarge, TooManyTracks, VideoTooLong

# 8K as cinemas have it, either way up.
MOST_PIXELS_A_SIDE = 8192
MOST_PIXELS = 8192 * 4320
MOST_HOURS = 24
MOST_TRACKS = 64
# FFmpeg's AVFieldOrder, by which field is shown first.
FIELD_ORDERS = {1: "progressive", 2: "top_first", 3: "bottom_first", 4: "bottom_first", 5: "top_first"}
UNTOLD = {"unspecified", "nb"}


@dataclass(frozen=True)
class AudioTrack:
    """A track of sound. `language`: as the file says, mostly ISO 639-2; empty where it says nothing."""

    codec: str
    language: str
    title: str
    channels: int
    layout: str
    sample_rate: int


@dataclass(frozen=True)
class VideoFacts:
    """What a file says that it holds. Sizes are in pixels; durations in seconds; `bit_rate` in bits a second.

    `width`, `height`: as coded; shown with pixels of `pixel_aspect`, turned by `rotation` degrees clockwise.
    `frame_rate`: on average. `color`: names that FFmpeg gives to primaries, transfer, matrix and range, where told.
    """

    container: str
    duration: Fraction
    bit_rate: int
    width: int
    height: int
    pixel_aspect: Fraction
    rotation: int
    frame_rate: Fraction
    video_codec: str
    profile: str
    pixel_format: str
    field_order: str
    color: dict[str, str]
    start_timecode: str
    audio_tracks: tuple[AudioTrack, ...]


def open_container(path: Path) -> InputContainer:
    """The file, by the demuxer that its own bytes name, which opens no other file. Raises NoVideo."""
    if not path.stat().st_size:
        raise EmptyFile
    demuxer = demuxer_of(path)
    if demuxer == "mov":
        with FileSource(path) as source:
            refuse_references(source)
    try:
        container = av.open(str(path), format=demuxer, options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NoVideo(reason=words_of(error)) from error
    count = len(container.streams)
    if count > MOST_TRACKS:
        raise TooManyTracks(count=count, limit=MOST_TRACKS)
    coded = pictures_of(container).codec_context
    if max(coded.width, coded.height) > MOST_PIXELS_A_SIDE or coded.width * coded.height > MOST_PIXELS:
        raise PictureTooLarge(width=coded.width, height=coded.height, limit=MOST_PIXELS_A_SIDE)
    # What a picture says of itself may be another size than what the container says.
    coded.options = {"max_pixels": str(MOST_PIXELS)}
    coded.thread_count = 2
    return container


def probe(path: Path) -> VideoFacts:
    """Facts of the file at `path`. Raises NoVideo where it holds no video that can be read."""
    with open_container(path) as container:
        stream = pictures_of(container)
        coded = stream.codec_context
        rate = Fraction(stream.average_rate or stream.guessed_rate or stream.base_rate or 0)
        if not rate or not coded.width:
            raise NoVideo(reason="no frame rate or no size")
        duration = _duration(container)
        if duration > MOST_HOURS * 3600:
            raise VideoTooLong(hours=round(duration / 3600), limit=MOST_HOURS)
        try:
            first = next(container.decode(stream))
        except (av.error.FFmpegError, StopIteration) as error:
            raise NoVideo(reason="no picture can be decoded") from error
        timecode = stream.metadata.get("timecode") or container.metadata.get("timecode") or ""
        order = FIELD_ORDERS.get(coded.field_order, "")
        return VideoFacts(
            container=container.format.name,
            duration=duration,
            bit_rate=container.bit_rate or 0,
            width=coded.width,
            height=coded.height,
            pixel_aspect=stream.sample_aspect_ratio or coded.sample_aspect_ratio or Fraction(1),
            rotation=-first.rotation % 360,
            frame_rate=rate,
            video_codec=coded.name,
            profile=coded.profile or "",
            pixel_format=coded.pix_fmt or "",
            field_order=order or ("interlaced" if first.interlaced_frame else ""),
            color=color_of(first),
            start_timecode=timecode[:16],
            audio_tracks=tuple(_audio_track(track) for track in container.streams.audio),
        )


def pictures_of(container: InputContainer) -> av.VideoStream:
    """The track that is the video; the cover of a piece of music is none. Raises NoPictures."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise NoPictures


def words_of(error: Exception) -> str:
    """What FFmpeg said, without the name of our file."""
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _duration(container: InputContainer) -> Fraction:
    stream = pictures_of(container)
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    return Fraction(container.duration or 0, av.time_base)


def _audio_track(track: av.AudioStream) -> AudioTrack:
    language = track.language or ""
    return AudioTrack(
        codec=track.codec_context.name,
        language="" if language == "und" else language[:16],
        title=track.metadata.get("title", "")[:80],
        channels=track.codec_context.channels,
        layout=track.codec_context.layout.name,
        sample_rate=track.codec_context.sample_rate or 0,
    )


def color_of(frame: av.VideoFrame) -> dict[str, str]:
    """As `VideoFacts` has it."""
    told = {
        "primaries": _name(ColorPrimaries, frame.color_primaries),
        "transfer": _name(ColorTrc, frame.color_trc),
        "matrix": _name(Colorspace, frame.colorspace),
        "range": _name(ColorRange, frame.color_range),
    }
    return {name: value for name, value in told.items() if value}


def _name(names: type[IntEnum], value: int) -> str:
    try:
        name = names(value).name.lower()
    except ValueError:
        return ""
    return "" if name in UNTOLD else name
