"""A still that stands for the video."""

from io import BytesIO
from pathlib import Path

import av
import av.error

from videos.cutting.containers import demuxer_of
from videos.errors import NoVideo

# How far into the video the still is taken, as a part of its length: openings are often black.
AT = 0.3


def still(path: Path) -> bytes:
    """A frame of the video as JPEG. Raises NoVideo where there is none: facts may outlive the pictures of a file."""
    try:
        with av.open(str(path), format=demuxer_of(path), options={"protocol_whitelist": "file"}) as container:
            stream = container.streams.video[0]
            if stream.duration:
                container.seek(int(stream.duration * AT) + (stream.start_time or 0), stream=stream)
            frame = next(container.decode(stream))
            out = BytesIO()
            frame.to_image().save(out, "JPEG", quality=88)
            return out.getvalue()
    except (av.error.FFmpegError, StopIteration) as error:
        raise NoVideo(reason="no picture can be decoded") from error
