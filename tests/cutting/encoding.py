"""Sources by the ffmpeg binary: marked pictures and marked sound in, a file out. One thread: always the same bytes."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from tests.cutting.marks import draw_picture, draw_sound

SMALL = (320, 180)


@dataclass(frozen=True)
class Sound:
    """An audio track. `begins`, `ends`: seconds of the source in which it has sound (`ends` None: to the last)."""

    codec: str = "aac"
    rate: int = 48000
    language: str = "und"
    begins: Fraction = Fraction(0)
    ends: Fraction | None = None
    bit_rate: str = "128k"


def ffmpeg(*arguments: str, content: Iterator[bytes] | None = None) -> None:
    """Run the ffmpeg binary; `content` goes to its standard input. Raises CalledProcessError with what it said."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *(() if content else ("-nostdin",)), *arguments]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE if content else subprocess.DEVNULL, stderr=said)
        if content and process.stdin:
            try:
                for piece in content:
                    process.stdin.write(piece)
                process.stdin.close()
            except BrokenPipeError:
                pass
        if process.wait():
            said.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, stderr=said.read().decode())


def pictures(count: int, size: tuple[int, int], *, interlaced: bool = False, first: int = 0) -> Iterator[bytes]:
    """Raw frames, 4:2:0, 8 bits. Interlaced: the upper field first, the lower one half a frame later."""
    for number in range(first, first + count):
        planes = draw_picture(number, *size)
        if interlaced:
            for plane, later in zip(planes, draw_picture(number, *size, moment=number + 0.5), strict=True):
                plane[1::2] = later[1::2]
        yield b"".join(plane.tobytes() for plane in planes)


def encode(
    path: Path,
    *video: str,
    seconds: float,
    size: tuple[int, int] = SMALL,
    rate: Fraction = Fraction(25),
    sounds: Sequence[Sound] = (Sound(),),
    interlaced: bool = False,
    inputs: Sequence[str] = (),
    first: int = 0,
) -> None:
    """Write a source of `seconds` to `path`, whose name tells the container.

    `video`: arguments of ffmpeg for the encoder and the muxer; `inputs`: of one more input (captions, say), which is
    mapped after picture and sounds; `first`: the number of the first frame.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = [*("-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{size[0]}x{size[1]}")]
        arguments += ["-framerate", str(rate), "-i", "pipe:0"]
        for number, sound in enumerate(sounds):
            samples = Path(folder) / f"{number}.raw"
            ends = Fraction(seconds) if sound.ends is None else sound.ends
            drawn = draw_sound(float(ends), sound.rate, number)[round(sound.begins * sound.rate) :]
            samples.write_bytes((drawn * 32767).astype(np.int16).tobytes())
            arguments += ["-f", "s16le", "-ar", str(sound.rate), "-ch_layout", "mono", "-i", str(samples)]
        arguments += inputs
        for number in range(1 + len(sounds) + bool(inputs)):
            arguments += ["-map", str(number)]
        for number, sound in enumerate(sounds):
            arguments += [f"-c:a:{number}", sound.codec, f"-b:a:{number}", sound.bit_rate]
            arguments += [f"-metadata:s:a:{number}", f"language={sound.language}"]
            arguments += [f"-filter:a:{number}", f"asetpts=PTS+{float(sound.begins)}/TB"] if sound.begins else []
        arguments += ["-threads", "1", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-fflags", "+bitexact"]
        frames = round(seconds * rate)
        ffmpeg(*arguments, *video, str(path), content=pictures(frames, size, interlaced=interlaced, first=first))


def x264(parameters: str = "", *, preset: str = "veryfast", pixels: str = "yuv420p") -> list[str]:
    """Arguments for H.264. `parameters`: of x264, joined with colons; unless they say otherwise a picture is a key
    frame when the GOP is full, never because the scene changes."""
    given = ":".join(filter(None, ["threads=1:lookahead-threads=1:scenecut=0", parameters]))
    colours = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]
    return ["-c:v", "libx264", "-preset", preset, "-pix_fmt", pixels, "-crf", "20", "-x264-params", given, *colours]


def x265(parameters: str = "", *, pixels: str = "yuv420p") -> list[str]:
    """Arguments for HEVC; as `x264`."""
    given = ":".join(filter(None, ["pools=1:frame-threads=1:scenecut=0:log-level=error", parameters]))
    return ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", pixels, "-crf", "20", "-x265-params", given]


@contextmanager
def captions(seconds: float) -> Iterator[str]:
    """Path of an SRT file: in each second a cue from .2 to .8 that says the second."""
    with tempfile.NamedTemporaryFile("w", suffix=".srt") as file:
        for second in range(int(seconds)):
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            file.write(f"{second + 1}\n{clock},200 --> {clock},800\nsecond {second}\n\n")
        file.flush()
        yield file.name
