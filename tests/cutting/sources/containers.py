"""Containers other than plain MP4: fragments, MOV, MKV, TS, MXF, AVI, and sound alone."""

import tempfile
from fractions import Fraction
from pathlib import Path

from tests.cutting.encoding import Sound, captions, encode, ffmpeg, x264
from tests.cutting.recipe import CORPUS, source

PYRAMID = "bframes=3:b-adapt=0:b-pyramid=normal"
CLOSED = f"keyint=25:min-keyint=25:{PYRAMID}"


@source(start=Fraction(2, 25), first_click=Fraction(2, 25))
def fragmented(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """Fragmented MP4, a fragment a GOP: the samples are in moof boxes, and no edit list says that B-frames delay."""
    video = [*x264(CLOSED), "-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
    encode(path, *video, seconds=seconds, size=size)


@source(
    suffix="mov",
    sounds=(Sound("pcm_s16le", language="fra"), Sound("pcm_s24le", language="eng")),
    timecode="09:59:50:00",
)
def quicktime(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """MOV with two tracks of PCM, 16 and 24 bits, and timecode."""
    sounds = CORPUS["quicktime"].sounds
    encode(path, *x264(CLOSED), "-timecode", "09:59:50:00", seconds=seconds, size=size, sounds=sounds)


@source(suffix="mkv", sounds=(Sound("ac3", language="fra", bit_rate="192k"),), captions=("fra",))
def ac3_in_matroska(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """MKV with H.264, AC-3 (1536 samples a frame) and SRT captions."""
    with captions(seconds) as cues:
        video = [*x264(CLOSED), "-c:s", "srt", "-metadata:s:s:0", "language=fra"]
        encode(path, *video, seconds=seconds, size=size, sounds=CORPUS["ac3_in_matroska"].sounds, inputs=["-i", cues])


@source(sounds=(Sound("ac3", bit_rate="192k"),))
def ac3_in_mp4(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """MP4 with AC-3: 1536 samples a frame, 32 ms."""
    encode(path, *x264(CLOSED), seconds=seconds, size=size, sounds=CORPUS["ac3_in_mp4"].sounds)


# The first frame of AAC, which an MP4 would hide, is presented: 1024 samples.
@source(suffix="ts", start=Fraction(1024, 48000), first_click=Fraction(1024, 48000))
def transport_stream(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """MPEG-TS with H.264 and AAC; its clock begins at 1.4 seconds."""
    encode(path, *x264(CLOSED), seconds=seconds, size=size)


@source(
    suffix="ts",
    start=Fraction(902, 90000),
    first_click=Fraction(902, 90000),
    codec="mpeg2video",
    gop=12,
    closed_gop=False,
    interlaced=True,
    sounds=(Sound("mp2"),),
)
def interlaced_mpeg2(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """MPEG-TS with interlaced MPEG-2, open GOP of 12 pictures with two B-frames, MP2: old broadcast contribution."""
    video = [
        "-c:v",
        "mpeg2video",
        "-g",
        "12",
        "-bf",
        "2",
        "-q:v",
        "3",
        "-flags:v",
        "+ildct+ilme",
        "-vf",
        "setfield=tff",
    ]
    sounds = CORPUS["interlaced_mpeg2"].sounds
    encode(path, *video, seconds=seconds, size=size, interlaced=True, sounds=sounds)


@source(
    suffix="mxf", codec="mpeg2video", gop=12, closed_gop=False, sounds=(Sound("pcm_s16le"),), timecode="10:00:00:00"
)
def mxf(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """MXF (OP1a) with MPEG-2 4:2:2, long open GOP, PCM and timecode."""
    video = ["-c:v", "mpeg2video", "-pix_fmt", "yuv422p", "-g", "12", "-bf", "2", "-q:v", "3"]
    sounds = CORPUS["mxf"].sounds
    encode(path, *video, "-timecode", "10:00:00:00", seconds=seconds, size=size, sounds=sounds)


@source(suffix="avi", codec="mjpeg", gop=1, sounds=(Sound("pcm_s16le"),))
def motion_jpeg(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """AVI with Motion JPEG and PCM."""
    video = ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3"]
    encode(path, *video, seconds=seconds, size=size, sounds=CORPUS["motion_jpeg"].sounds)


@source(suffix="m4a", codec="", has_numbers=False)
def sound_only(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """AAC in M4A, no picture."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as whole:
        encode(Path(whole.name), *x264(CLOSED), seconds=seconds, size=size)
        ffmpeg("-i", whole.name, "-map", "0:a", "-c", "copy", "-fflags", "+bitexact", str(path))


@source(suffix="mov", codec="prores", gop=1, sounds=(Sound("pcm_s24le"),), timecode="01:00:00:00")
def prores(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """ProRes 422 in MOV with PCM and timecode."""
    video = ["-c:v", "prores_ks", "-profile:v", "2", "-pix_fmt", "yuv422p10le", "-timecode", "01:00:00:00"]
    encode(path, *video, seconds=seconds, size=size, sounds=CORPUS["prores"].sounds)


@source(suffix="mov", codec="dnxhd", gop=1, sounds=(Sound("pcm_s16le"),))
def dnxhr(path: Path, seconds: float, size: tuple[int, int]) -> None:
    """DNxHR SQ in MOV with PCM."""
    video = ["-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"]
    encode(path, *video, seconds=seconds, size=size, sounds=CORPUS["dnxhr"].sounds)
