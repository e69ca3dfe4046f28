"""A still that stands for the video. Runs in `videos.ingest.reader`, a process within limits."""

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError

import av
import av.error
from av.container import InputContainer
from PIL import Image, ImageStat

from videos.errors import NoVideo
from videos.ingest.probe import color_of, open_container, pictures_of
from videos.ingest.tone import is_hdr, sdr_image

# Where stills are looked for, as parts of the length, until one shows something: openings are often black.
CANDIDATES = (Fraction(3, 10), Fraction(1, 2), Fraction(3, 20), Fraction(7, 10), Fraction(0))
# Grey levels by which the pixels of a picture differ that shows something (standard deviation).
FEATURELESS = 6.0
# Frames that are decoded at most to come to a moment from the key frame before it.
MOST_RUN_UP = 3000


def still(path: Path, at: Fraction | None = None) -> bytes:
    """A frame of the video as JPEG: the one that is shown at `at` (seconds), or one that shows something.

    Raises NoVideo where there is none: facts may outlive the pictures of a file.
    """
    try:
        with open_container(path) as container:
            pictures = _at(container, at) if at is not None else _candidates(container)
            picture = _first_that_shows_something(pictures)
    except (av.error.FFmpegError, StopIteration, CalledProcessError) as error:
        raise NoVideo(reason="no picture can be decoded") from error
    if picture is None:
        raise NoVideo(reason="no picture can be decoded")
    out = BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def upright(frame: av.VideoFrame, pixel_aspect: Fraction) -> Image.Image:
    """A picture as it is to be seen: turned, with square pixels, and not in HDR."""
    color = color_of(frame)
    picture = sdr_image(frame, color) if is_hdr(color) else frame.to_image()
    if pixel_aspect > 1:
        picture = picture.resize((round(picture.width * pixel_aspect), picture.height))
    elif 0 < pixel_aspect < 1:
        picture = picture.resize((picture.width, round(picture.height / pixel_aspect)))
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture


def _first_that_shows_something(pictures: Iterator[Image.Image]) -> Image.Image | None:
    first = None
    for picture in pictures:
        first = first or picture
        if ImageStat.Stat(picture.convert("L")).stddev[0] > FEATURELESS:
            return picture
    return first


def _candidates(container: InputContainer) -> Iterator[Image.Image]:
    stream = pictures_of(container)
    for part in CANDIDATES:
        if stream.duration:
            container.seek(int(stream.duration * part) + (stream.start_time or 0), stream=stream)
        frame = next(container.decode(stream), None)
        if frame is not None:
            yield upright(frame, _pixel_aspect(stream))
        if not stream.duration:
            return


def _at(container: InputContainer, at: Fraction) -> Iterator[Image.Image]:
    """The last frame that begins by then; the last of all where the video ends before."""
    stream = pictures_of(container)
    clock = stream.time_base or Fraction(1, av.time_base)
    # Second 0 is where the first presented sample is presented.
    starts = [
        Fraction(track.start_time * track.time_base)
        for track in (stream, *container.streams.audio)
        if track.start_time is not None and track.time_base is not None
    ]
    start = min(starts, default=Fraction(0))
    wanted = int((at + start) / clock)
    container.seek(wanted, stream=stream)
    shown = None
    for number, frame in enumerate(container.decode(stream)):
        if (shown is not None and (frame.pts or 0) > wanted) or number > MOST_RUN_UP:
            break
        shown = frame
    if shown is not None:
        yield upright(shown, _pixel_aspect(stream))


def _pixel_aspect(stream: av.VideoStream) -> Fraction:
    return Fraction(stream.sample_aspect_ratio or 1)
