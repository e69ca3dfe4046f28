"""What is in a source that is encoded as a whole, as far as ffmpeg has to be told of it."""

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import numpy as np

from videos.cutting.captions import language_code
from videos.cutting.containers import demuxer_of
from videos.cutting.ffmpeg import Part, Tell, run_ffmpeg, source_of, text_of
from videos.cutting.pictures import CLOSED_START, OPEN_START
from videos.cutting.source_index import SourceIndex

# Decoding begins so long before the key frame that the in point needs, or before the in point where none is known
# (seconds). Sound decoders need a run-up, and some pictures that are called key frames do not come out whole at once.
RUN_UP = 20
# So many pictures tell whether they are made of fields: two seconds.
ENOUGH_PICTURES = 50
# How many channels AAC holds; and how many, where nobody says what they are, so that they stay what they are.
MOST_CHANNELS, MOST_UNNAMED = 8, 2
# What the filter `showinfo` says of a picture: progressive, or which field comes first.
FIELDS = re.compile(r"showinfo.* n: .* i:([PTB]) ")

FieldOrder = Literal["tff", "bff"]


@dataclass(frozen=True)
class Sound:
    """A track of sound that a clip has. `stream`: of which of the source's; `channels`: which of those, or empty: all
    of them, as they are.
    """

    stream: int
    language: str
    channels: tuple[int, ...] = ()

    @property
    def filters(self) -> str:
        """What ffmpeg has to do to get it, in front of other filters."""
        if not self.channels:
            return ""
        layout = "stereo" if len(self.channels) == 2 else "mono"
        return "|".join([f"pan={layout}", *(f"c{at}=c{channel}" for at, channel in enumerate(self.channels))]) + ","


@dataclass(frozen=True)
class Look:
    """What the file says. `texts`: numbers of its tracks of text among those of subtitles, and their languages.
    `begins`: its clock (seconds) when it begins. `lesser_side`: of its picture, pixels.
    """

    sounds: list[Sound]
    texts: list[tuple[int, str]]
    begins: Fraction
    lesser_side: int


def look_at(part: Part) -> Look:
    """Nothing is decoded for it but what FFmpeg needs to know the tracks."""
    with av.open(str(part.path), format=demuxer_of(part.path), options={"protocol_whitelist": "file"}) as container:
        return Look(
            sounds=[
                sound for number, stream in enumerate(container.streams.audio) for sound in _sounds(number, stream)
            ],
            texts=[
                (number, language_code(stream.language or ""))
                for number, stream in enumerate(container.streams.subtitles)
                # Nothing can be made of pictures of text.
                if stream.codec_context and stream.codec_context.codec.text_sub
            ],
            begins=Fraction(container.start_time or 0, av.time_base),
            lesser_side=min((min(stream.width, stream.height) for stream in container.streams.video), default=0),
        )


def _sounds(number: int, stream: av.AudioStream) -> list[Sound]:
    """One track; or one for every two channels where AAC could not hold them, or would not leave them what they are.

    Of channels of which nobody says what they are, AAC takes the fourth of six for a subwoofer's, and it has eight.
    """
    language, count = language_code(stream.language or ""), stream.codec_context.channels
    is_named = stream.codec_context.layout.name != f"{count} channels"
    if count <= MOST_UNNAMED or (is_named and count <= MOST_CHANNELS):
        return [Sound(number, language)]
    return [Sound(number, language, tuple(range(count))[first : first + 2]) for first in range(0, count, 2)]


def seeking(part: Part) -> list[str]:
    """Arguments by which ffmpeg opens the file, and begins to decode early enough for the in point."""
    seek = _seek(part)
    # Sent to the beginning, ffmpeg looks before it for B-frames, and in AVI goes on where it should not.
    return [*(("-ss", text_of(seek)) if seek else ()), *source_of(part)]


def into(part: Part, look: Look) -> Fraction:
    """Seconds from where decoding begins to the in point."""
    # ffmpeg counts from where the file says that it begins; the index, from the first sample.
    return part.start + part.index.zero - look.begins - _seek(part)


def trim(part: Part, look: Look) -> str:
    """The filter that leaves the pictures of the part."""
    moments, start = part.index.boundaries, into(part, look) - part.start
    # Of pictures at one moment only their order tells which are wanted.
    first = int(np.searchsorted(moments, moments[part.start_frame], "left"))
    end = int(np.searchsorted(moments, moments[part.end_frame - 1], "right"))
    before = part.start_frame - first
    return (
        f"trim=start={text_of(max(Fraction(0), start + part.index.time_of(first) - _margin(part.index, first)))}"
        f":end={text_of(start + part.index.time_of(end) - _margin(part.index, end))}"
    ) + (f",trim=start_frame={before}:end_frame={before + part.count}" if before or end != part.end_frame else "")


def _seek(part: Part) -> Fraction:
    """Where to begin, in seconds: of itself ffmpeg looks for no key frame in a transport stream."""
    index, begins = part.index, part.start
    if len(index.kinds):
        keys = np.flatnonzero(index.kinds[index.shown[: part.start_frame + 1]] & (CLOSED_START | OPEN_START))
        begins = index.time_of(int(keys[-1])) if len(keys) else begins
    return max(Fraction(0), begins - RUN_UP)


def _margin(index: SourceIndex, frame: int) -> Fraction:
    """Seconds before a frame at which the one before has begun for sure, although times are rounded on the way.

    Less than half of what is between the two: where a file's clock has no moment in between, it is rounded up.
    """
    after = max(1, frame)
    return min(Fraction(1, 500), (index.time_of(after) - index.time_of(after - 1)) / 3)


def field_order_of(part: Part, look: Look, tell: Tell) -> FieldOrder | None:
    """Which field is shown first where the pictures are made of two, the upper (`tff`) or the lower; None: of one.

    Looks at the part's first pictures: what a container says is often another thing. Raises EncodingFailed,
    PartUnreadable, and whatever `tell` raises.
    """
    words = run_ffmpeg(
        [
            *("-v", "info", "-hide_banner", "-nostats", *seeking(part), "-map", "0:v:0"),
            *("-vf", f"{trim(part, look)},showinfo=checksum=0", "-frames:v", str(ENOUGH_PICTURES), "-f", "null", "-"),
        ],
        part,
        tell,
        lambda _: None,
    )
    found = Counter(FIELDS.findall(words))
    if not found["T"] and not found["B"]:
        return None
    return "tff" if found["T"] >= found["B"] else "bff"
