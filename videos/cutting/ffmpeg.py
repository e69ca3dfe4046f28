"""The ffmpeg binary, reading a part of a source that a stranger made, within limits."""

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from subprocess import CalledProcessError

import imageio_ffmpeg

from videos.cutting.confinement import Hear, Limits, run
from videos.cutting.containers import demuxer_of
from videos.cutting.source_index import SourceIndex
from videos.errors import EncodingFailed, NoVideo, PartUnreadable, ReaderDied

# Only what opens no other file (`demuxer_of` names the demuxer), and only the file itself.
PROTOCOLS = "file,pipe"
MEMORY_BYTES = 4 * 1024**3
FILE_BYTES = 64 * 1024**3
# An hour of processor time, and a minute for each second of the clip: nobody's clip needs more.
CPU_SECONDS = 3600
CPU_PER_SECOND = 60
# What ffmpeg says where not the source is to blame, but the disk, the memory or whoever holds the file: by the system's
# errors, and by x264's own words. It may be otherwise the next time.
MACHINE_ERRORS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE),
    *(errno.EIO, errno.ENOENT, errno.ESTALE, errno.EACCES, errno.EPERM, errno.ETIMEDOUT, errno.EINTR, errno.ENODEV),
    *(errno.ENXIO, errno.EBUSY),
)
MACHINE = (*map(os.strerror, MACHINE_ERRORS), "malloc", "external library")
# It catches the signals that tell it to end; the second, where it was told so again and again.
STOPPED_CODES = {255, 123}

Tell = Callable[[], None]


@dataclass(frozen=True)
class Part:
    """Which frames of a file: from `start_frame` on, `end_frame` is the first that is left out."""

    path: Path
    index: SourceIndex
    start_frame: int
    end_frame: int

    @property
    def count(self) -> int:
        """How many frames."""
        return self.end_frame - self.start_frame

    @property
    def start(self) -> Fraction:
        """In point, in seconds."""
        return self.index.time_of(self.start_frame)

    @property
    def end(self) -> Fraction:
        """Out point, in seconds."""
        return self.index.time_of(self.end_frame)


def source_of(part: Part) -> list[str]:
    """Arguments by which ffmpeg opens the file as what its own bytes say that it is, and no other. Raises NoVideo."""
    return ["-protocol_whitelist", PROTOCOLS, "-f", demuxer_of(part.path), "-i", f"file:{part.path}"]


def run_ffmpeg(arguments: Sequence[str], part: Part, tell: Tell, hear: Hear) -> str:
    """What ffmpeg said; `hear` gets its standard output. `tell` is called several times a second, and may raise.

    Raises EncodingFailed, PartUnreadable where the source is to blame for that, and whatever `tell` raises.
    """
    limits = Limits(CPU_SECONDS + int(part.end - part.start) * CPU_PER_SECOND, MEMORY_BYTES, FILE_BYTES)
    try:
        return run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", *arguments], limits, tell, hear)
    except (NoVideo, ReaderDied) as error:
        failure = PartUnreadable if _is_for_the_source(error.__cause__) else EncodingFailed
        raise failure(reason=str(error)) from error


def blames_machine(words: str) -> bool:
    """Whether what ffmpeg said has nothing to do with the source."""
    return any(blame in words for blame in MACHINE)


def text_of(at: Fraction) -> str:
    """Seconds as ffmpeg reads them."""
    return f"{at.numerator / at.denominator:.6f}"


def _is_for_the_source(ended: BaseException | None) -> bool:
    """Whether ffmpeg ended by itself, for no reason of the machine's."""
    if not isinstance(ended, CalledProcessError) or ended.returncode < 0 or ended.returncode in STOPPED_CODES:
        return False
    return not blames_machine(ended.stderr)
