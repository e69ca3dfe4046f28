"""Whole encodes of pictures that are made of two fields: each field is in the clip as it was, and in its turn."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.cutting import judge
from tests.cutting.corpus import Made
from tests.cutting.encoding import ffmpeg
from tests.cutting.marks import draw_picture, read_number
from videos.cutting.encode import Part, encode
from videos.cutting.index import build_index
from videos.cutting.labels import Labels

WIDTH, HEIGHT = 320, 180
FRAMES = 30
# Blue and red of fields in turn: mixed, they would be grey.
COLOURS = ((60, 190), (190, 60))
# What players and archives read: ITU-R BT.601 and its like begin with the upper field, DV with the lower.
ORDERS = {"tff": (0, 2), "bff": (1, 3)}


def woven(first: int) -> Iterator[bytes]:
    """Raw frames, 4:2:2, whose fields are numbered: the first of all is 0. `first`: 0 where it is the upper field."""
    for frame in range(FRAMES):
        planes = [np.zeros(size, np.uint8) for size in ((HEIGHT, WIDTH), (HEIGHT, WIDTH // 2), (HEIGHT, WIDTH // 2))]
        for turn in range(2):
            line = first ^ turn
            # Numbers of one field fill its own lines.
            planes[0][line::2] = draw_picture(2 * frame + turn, WIDTH, HEIGHT // 2)[0]
            for plane, value in zip(planes[1:], COLOURS[turn], strict=True):
                plane[line::2] = value
        yield b"".join(plane.tobytes() for plane in planes)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("suffix", "pixels"), [("mxf", "yuv422p"), ("ts", "yuv420p")])
def test_fields_are_those_of_the_source_in_their_turn(order: str, suffix: str, pixels: str, tmp_path: Path) -> None:
    line, field_order = ORDERS[order]
    path, target = tmp_path / f"source.{suffix}", tmp_path / "clip.mp4"
    raw = f"-f rawvideo -pixel_format yuv422p -video_size {WIDTH}x{HEIGHT} -framerate 25 -i pipe:0"
    video = f"-vf setfield={order},scale=interl=1 -c:v mpeg2video -pix_fmt {pixels} -flags:v +ildct+ilme -q:v 2 -bf 2"
    ffmpeg(*raw.split(), *video.split(), str(path), content=woven(line))
    part = Part(path, build_index(path), 7, 25)
    encode(part, target, audio_only=False, labels=Labels(), progress=lambda _: None)
    assert judge.strict_decode_errors(target) == ""
    numbers = []
    with av.open(str(target)) as clip:
        assert clip.streams.video[0].codec_context.field_order == field_order
        for frame in clip.decode(video=0):
            assert frame.interlaced_frame
            luma, blue, red = (plane.astype(int) for plane in planes_of(frame))
            for turn in range(2):
                numbers.append(read_number(luma[line ^ turn :: 2], 255))
                for plane, value in zip((blue, red), COLOURS[turn], strict=True):
                    assert abs(plane[line ^ turn :: 2] - value).mean() < 3
    assert numbers == list(range(14, 50))


def planes_of(frame: av.VideoFrame) -> list[NDArray[np.uint8]]:
    """Y, Cb, Cr of 4:2:0."""
    whole = frame.to_ndarray(format="yuv420p").astype(np.uint8)
    half = (HEIGHT // 2, WIDTH // 2)
    quarter = half[0] * half[1]
    rest = whole.reshape(-1)[HEIGHT * WIDTH :]
    return [whole[:HEIGHT], rest[:quarter].reshape(half), rest[quarter:].reshape(half)]


def test_digital_video_keeps_its_lower_field_first(tmp_path: Path) -> None:
    path, target = tmp_path / "source.avi", tmp_path / "clip.mp4"
    video = "-f lavfi -i testsrc2=size=720x576:rate=50:duration=0.4 -vf tinterlace=interleave_bottom,setfield=bff"
    ffmpeg(*video.split(), "-c:v", "dvvideo", "-pix_fmt", "yuv420p", str(path))
    encode(Part(path, build_index(path), 2, 8), target, audio_only=False, labels=Labels(), progress=lambda _: None)
    assert min(judge.psnr(target, path, 2)) > 35
    with av.open(str(target)) as clip:
        assert clip.streams.video[0].codec_context.field_order in (3, 4)


@pytest.mark.parametrize("name", ["mxf", "motion_jpeg"])
def test_pictures_that_are_whole_stay_whole(name: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    source, target = made(name), tmp_path / "clip.mp4"
    part = Part(source.path, build_index(source.path), 10, 20)
    encode(part, target, audio_only=False, labels=Labels(), progress=lambda _: None)
    assert judge.frame_numbers(target) == list(range(10, 20))
    with av.open(str(target)) as clip:
        assert clip.streams.video[0].codec_context.field_order in (0, 1)
        assert not any(frame.interlaced_frame for frame in clip.decode(video=0))
