"""Codecs other than H.264 for delivery: HEVC and VP9."""

from pathlib import Path

from tests.cutting.encoding import Sound, encode, x265
from tests.cutting.recipe import CORPUS, source


@source(codec="hevc", gop=50)
def hevc(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """HEVC with closed GOPs, sample entry hvc1."""
    encode(path, *x265("keyint=50:min-keyint=50:open-gop=0"), "-tag:v", "hvc1", seconds=seconds, size=size)


@source(codec="hevc", gop=50, closed_gop=False)
def hevc_open_gop(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """HEVC with open GOPs, 10 bits: key frames are CRA pictures with RASL pictures after them, as cameras write it."""
    video = x265("keyint=50:min-keyint=50:open-gop=1:bframes=3:b-adapt=0", pixels="yuv420p10le")
    encode(path, *video, "-tag:v", "hvc1", seconds=seconds, size=size)


@source(suffix="webm", codec="vp9", gop=50, sounds=(Sound("libopus"),))
def vp9_opus(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """WebM with VP9 (hidden reference frames among its packets) and Opus."""
    video = ["-c:v", "libvpx-vp9", "-g", "50", "-deadline", "realtime", "-cpu-used", "8", "-crf", "30", "-b:v", "0"]
    encode(path, *video, "-auto-alt-ref", "1", seconds=seconds, size=size, sounds=CORPUS["vp9_opus"].sounds)
