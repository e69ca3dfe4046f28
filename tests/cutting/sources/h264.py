"""H.264 in MP4, as its encoders vary: kinds of GOP, fields, profiles, parameter sets."""

import tempfile
from pathlib import Path

from tests.cutting.encoding import encode, ffmpeg, x264
from tests.cutting.recipe import source

# Three B-frames, the middle one a reference.
PYRAMID = "bframes=3:b-adapt=0:b-pyramid=normal"


@source()
def closed_gop(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """GOP of one second, three B-frames in a pyramid, every key frame an IDR: keyint=25:min-keyint=25. moov is last."""
    encode(path, *x264(f"keyint=25:min-keyint=25:{PYRAMID}"), seconds=seconds, size=size)


@source(gop=50)
def long_gop(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """GOP of two seconds, moov first: what a newsroom gets most."""
    video = x264(f"keyint=50:min-keyint=50:{PYRAMID}")
    encode(path, *video, "-movflags", "+faststart", seconds=seconds, size=size)


@source(seconds=25, gop=250, closed_gop=False)
def open_gop(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Open GOP of 10 s: only the first key frame is an IDR, pictures before a key frame lean on the GOP before it."""
    encode(path, *x264(f"keyint=250:min-keyint=250:{PYRAMID}:open-gop=1"), seconds=seconds, size=size)


@source(gop=25, closed_gop=False)
def short_open_gop(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Open GOP of one second, with four references."""
    encode(path, *x264(f"keyint=25:min-keyint=25:{PYRAMID}:open-gop=1:ref=4"), seconds=seconds, size=size)


@source(gop=25, closed_gop=False)
def open_gop_cavlc(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Open GOP without CABAC: cabac=0, so slice headers are followed by data that is aligned to no byte."""
    encode(path, *x264(f"keyint=25:min-keyint=25:{PYRAMID}:open-gop=1:cabac=0"), seconds=seconds, size=size)


@source(gop=50, closed_gop=False)
def intra_refresh(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """A column of intra blocks that wanders, no key frame but the first: intra-refresh=1:keyint=50."""
    encode(path, *x264("keyint=50:bframes=0:intra-refresh=1"), seconds=seconds, size=size)


@source(gop=1)
def intra_only(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Every picture an IDR: keyint=1."""
    encode(path, *x264("keyint=1"), seconds=seconds, size=size)


@source(gop=1000)
def one_key_frame(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """One key frame in the whole file: keyint=1000."""
    encode(path, *x264(f"keyint=1000:{PYRAMID}"), seconds=seconds, size=size)


@source(gop=25)
def adaptive_b_frames(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """As many B-frames as the encoder likes, up to 5, and weighted prediction: b-adapt=2:bframes=5:weightp=2."""
    video = x264("keyint=25:min-keyint=10:bframes=5:b-adapt=2:b-pyramid=normal:weightp=2:ref=5", preset="medium")
    encode(path, *video, seconds=seconds, size=size)


@source(interlaced=True)
def mbaff(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Interlaced, upper field first, each pair of macroblocks frame or field: tff=1, which x264 codes as MBAFF."""
    video = [*x264(f"keyint=25:min-keyint=25:{PYRAMID}:tff=1"), "-vf", "setfield=tff", "-flags:v", "+ildct"]
    encode(path, *video, seconds=seconds, size=size, interlaced=True)


@source()
def interlaced_as_frames(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Fields that are coded as whole frames by an encoder that allows for fields all the same: fake-interlaced=1."""
    video = x264(f"keyint=25:min-keyint=25:{PYRAMID}:fake-interlaced=1")
    encode(path, *video, seconds=seconds, size=size, interlaced=True)


@source(gop=25)
def ten_bit_422(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """High 4:2:2, 10 bits."""
    encode(path, *x264(f"keyint=25:min-keyint=25:{PYRAMID}", pixels="yuv422p10le"), seconds=seconds, size=size)


@source(gop=25)
def baseline(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Constrained Baseline, as telephones and old encoders send it: no B-frames, CAVLC, no composition offsets."""
    encode(path, *x264("keyint=25:min-keyint=25"), "-profile:v", "baseline", seconds=seconds, size=size)


@source(gop=25)
def many_slices(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Four slices a picture, an access unit delimiter before each: slices=4:aud=1, as broadcast encoders do."""
    encode(path, *x264(f"keyint=25:min-keyint=25:{PYRAMID}:slices=4:aud=1"), seconds=seconds, size=size)


@source(gop=25)
def sets_change(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Two encodes joined, whose parameter sets differ and have the same ids: the second half's are only in-band."""
    _joined(path, seconds, size, "cabac=1:ref=4:8x8dct=1", "cabac=0:ref=1:8x8dct=0:qpmin=20:chroma-qp-offset=2")


@source(gop=25)
def sets_of_many_ids(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Two encodes joined, whose parameter sets have the ids 0 and 3."""
    _joined(path, seconds, size, "sps-id=0", "sps-id=3")


def _joined(path: Path, seconds: float, size: tuple[int, int], *halves: str) -> None:
    """Elementary streams, one after the other, in one MP4, with one sound."""
    half = seconds / 2
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.h264"
        with whole.open("wb") as joined:
            for place, parameters in enumerate(halves):
                part = Path(folder) / f"{place}.h264"
                video = x264(f"keyint=25:min-keyint=25:bframes=0:repeat-headers=1:{parameters}")
                first = round(half * 25) * place
                encode(part, *video, "-f", "h264", seconds=half, size=size, sounds=(), first=first)
                joined.write(part.read_bytes())
        sound = Path(folder) / "sound.mp4"
        encode(sound, *x264(), seconds=seconds, size=size)
        inputs = ["-framerate", "25", "-i", str(whole), "-i", str(sound)]
        ffmpeg(*inputs, "-map", "0:v", "-map", "1:a", "-c", "copy", "-fflags", "+bitexact", str(path))


@source(size=(318, 178))
def cropped(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """A size that is no multiple of 16: the picture is coded larger and cropped."""
    encode(path, *x264(f"keyint=25:min-keyint=25:{PYRAMID}"), seconds=seconds, size=size)


@source()
def narrow_pixels(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Pixels of 16:11, BT.601 colours, as standard definition has them: setsar=16/11."""
    colours = ["-color_primaries", "bt470bg", "-color_trc", "gamma28", "-colorspace", "bt470bg"]
    encode(path, *x264(f"keyint=25:{PYRAMID}"), *colours, "-vf", "setsar=16/11", seconds=seconds, size=size)


@source(rotation=90)
def portrait(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """A telephone held upright: the matrix turns the picture by 90 degrees, clockwise."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as lying:
        encode(Path(lying.name), *x264(f"keyint=25:{PYRAMID}"), seconds=seconds, size=size)
        turned = ["-display_rotation:v:0", "-90", "-i", lying.name]
        ffmpeg(*turned, "-map", "0", "-c", "copy", "-fflags", "+bitexact", str(path))
