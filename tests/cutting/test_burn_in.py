"""Burnt-in timecode and watermark: read from the pictures again, glyph by glyph, beside the numbers of their frames."""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.cutting.encoding import encode as write
from tests.cutting.encoding import ffmpeg, x264
from tests.cutting.marks import read_number
from tests.cutting.test_fields import woven
from videos.cutting.burn_in import BurnIn, drawable
from videos.cutting.encode import Part, encode
from videos.cutting.index import build_index
from videos.cutting.labels import Labels
from videos.cutting.timecode import counted_from_zero

Luma = NDArray[np.float64]

SIZE = (640, 180)
# The strip with the frame's number ends in the middle then, and nothing is behind the timecode.
LOWER_HALF = "pad=iw:ih*2"
DIGITS, MARKS = "0123456789", ":;"
NASTY = 'O\'Brien: 100 % %{n} %{pts:hms} \\ [x], y; "z" $HOME'


@cache
def glyphs(text: str, em: int) -> Luma:
    """The text, white on black, from its first advance to its last; the line that letters stand on is `em` down."""
    font = ImageFont.load_default(em)
    picture = Image.new("L", (math.ceil(font.getlength(text)), em * 3 // 2))
    ImageDraw.Draw(picture).text((0, em), text, 255, font, anchor="ls")
    return np.asarray(picture, float)


def likeness(luma: Luma, x: float, y: float, shown: Luma) -> float:
    """How much what is there is like it, 1 at most; a pixel more or less in each direction does not matter."""
    found = []
    for left in (math.floor(x) - 1, math.floor(x), math.floor(x) + 1, math.floor(x) + 2):
        for top in (round(y) - 1, round(y), round(y) + 1):
            there = luma[top : top + shown.shape[0], left : left + shown.shape[1]]
            if there.shape == shown.shape and there.std():
                found.append(float(np.corrcoef(there.ravel(), shown.ravel())[0, 1]))
    return max(found)


def read_timecode(luma: Luma, form: str = "00:00:00:00") -> str:
    """What stands in the middle of the bottom, as long as `form`."""
    height, width = luma.shape
    font = ImageFont.load_default(100)
    em = math.floor(min(height / 15, width * 0.8 / (font.getlength(form) / 100)))
    x, y = (width - em * font.getlength(form) / 100) / 2, height * 0.95 - em * 1.35
    read = ""
    for like in form:
        read += max(DIGITS if like in DIGITS else MARKS, key=lambda one: likeness(luma, x, y, glyphs(one, em)))
        x += em * font.getlength(like) / 100
    return read


def lumas(path: Path) -> Iterator[Luma]:
    """The pictures as they are shown, rotation left aside."""
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            planes = frame.to_ndarray(format="yuv420p")
            yield planes[: frame.height].astype(float)


def burnt(path: Path, target: Path, first: int, end: int, burn_in: BurnIn) -> Path:
    part = Part(path, build_index(path), first, end)
    encode(part, target, audio_only=False, labels=Labels(), progress=lambda _: None, burn_in=burn_in)
    return target


def numbers_and_names(path: Path, form: str = "00:00:00:00") -> list[tuple[int, str]]:
    return [(read_number(luma[: luma.shape[0] // 2], 255), read_timecode(luma, form)) for luma in lumas(path)]


@pytest.mark.parametrize(
    ("rate", "begins", "first", "names"),
    [
        (Fraction(25), "", 23, ["00:00:00:23", "00:00:00:24", "00:00:01:00", "00:00:01:01"]),
        (Fraction(25), "23:59:59:22", 1, ["23:59:59:23", "23:59:59:24", "00:00:00:00", "00:00:00:01"]),
        (Fraction(30000, 1001), "00:00:59;26", 2, ["00:00:59;28", "00:00:59;29", "00:01:00;02", "00:01:00;03"]),
        (Fraction(30000, 1001), "10:09:59;28", 0, ["10:09:59;28", "10:09:59;29", "10:10:00;00", "10:10:00;01"]),
        (Fraction(30000, 1001), "00:00:59:28", 0, ["00:00:59:28", "00:00:59:29", "00:01:00:00", "00:01:00:01"]),
        (Fraction(60000, 1001), "00:08:59;57", 1, ["00:08:59;58", "00:08:59;59", "00:09:00;04", "00:09:00;05"]),
        (Fraction(120), "", 98, ["00:00:00:098", "00:00:00:099", "00:00:00:100", "00:00:00:101"]),
    ],
)
def test_each_frame_bears_its_own_timecode(
    rate: Fraction, begins: str, first: int, names: list[str], tmp_path: Path
) -> None:
    path, end = tmp_path / "source.mov", first + len(names)
    given = ["-timecode", begins] if begins else []
    write(path, "-vf", LOWER_HALF, *x264(), *given, seconds=float((end + 2) / rate), rate=rate, size=SIZE, sounds=())
    clip = burnt(path, tmp_path / "clip.mp4", first, end, BurnIn(timecode=True))
    assert numbers_and_names(clip, names[0]) == list(zip(range(first, end), names, strict=True))


def test_where_the_rate_varies_names_are_counted_by_frames(tmp_path: Path) -> None:
    path = tmp_path / "source.mkv"
    clock = r"setpts=(N+4*floor(N/3))/25/TB"
    write(path, "-vf", f"{LOWER_HALF},{clock}", *x264(), "-fps_mode", "passthrough", seconds=2, size=SIZE, sounds=())
    index = build_index(path)
    assert len({index.time_of(at + 1) - index.time_of(at) for at in range(20)}) > 1
    names = counted_from_zero(index.rate)
    clip = burnt(path, tmp_path / "clip.mp4", 17, 23, BurnIn(timecode=True))
    assert numbers_and_names(clip) == [(frame, names.name_of(frame)) for frame in range(17, 23)]


def test_pictures_made_of_fields_keep_them_below_what_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "source.ts"
    raw = "-f rawvideo -pixel_format yuv422p -video_size 320x180 -framerate 25 -i pipe:0"
    video = f"-vf setfield=tff,scale=interl=1,{LOWER_HALF} -c:v mpeg2video -pix_fmt yuv420p -flags:v +ildct+ilme -q:v 2"
    ffmpeg(*raw.split(), *video.split(), str(path), content=woven(0))
    clip = burnt(path, tmp_path / "clip.mp4", 7, 13, BurnIn(timecode=True, watermark="OTAN"))
    fields = []
    for frame, luma in enumerate(lumas(clip), 7):
        fields += [read_number(luma[line:180:2], 255) for line in (0, 1)]
        assert read_timecode(luma) == f"00:00:00:{frame:02}"
    assert fields == list(range(14, 26))
    with av.open(str(clip)) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))


def test_upright_and_odd_pictures_bear_it_where_people_see_the_bottom(tmp_path: Path) -> None:
    plain, turned, odd = (tmp_path / name for name in ("plain.mp4", "turned.mp4", "odd.mp4"))
    write(plain, *x264(), seconds=0.4, size=(640, 360), sounds=())
    ffmpeg("-display_rotation", "90", "-i", str(plain), "-c", "copy", str(turned))
    write(odd, "-vf", "pad=641:365", *x264(pixels="yuv444p"), seconds=0.4, size=(640, 180), sounds=())
    for path, size in ((turned, (640, 360)), (odd, (364, 640))):
        shown = list(lumas(burnt(path, tmp_path / "clip.mp4", 3, 5, BurnIn(timecode=True))))
        assert [luma.shape for luma in shown] == [size] * 2
        assert [read_timecode(luma) for luma in shown] == ["00:00:00:03", "00:00:00:04"]


@pytest.mark.parametrize("colour", ["black", "white"])
def test_watermark_is_drawn_as_it_stands(colour: str, tmp_path: Path) -> None:
    folder = tmp_path / "it's: [a], b; \\c"
    folder.mkdir()
    path = tmp_path / "source.mp4"
    ffmpeg("-f", "lavfi", "-i", f"color={colour}:size=1280x720:rate=25:duration=0.2", *x264(), str(path))
    luma = next(lumas(burnt(path, folder / "clip.mp4", 1, 3, BurnIn(watermark=f"© {NASTY}"))))
    ground = 16 if colour == "black" else 235
    rows, columns = np.nonzero(abs(luma - ground) > 40)
    assert 720 * 0.05 <= rows.min() <= rows.max() < 720 * 0.15
    assert 1280 / 3 < columns.min() < 1280 * 0.93 < columns.max() <= 1280 * 0.95
    # Seen on either ground, and what is below shows through.
    strongest = abs(luma - ground).max()
    assert 70 < strongest < 180
    if colour == "black":
        em, x = 30, float(columns.min()) - 2
        right, wrong = (f"© {text}" for text in (NASTY, NASTY.replace("%{n}", "1")))
        assert likeness(luma, x, 36, glyphs(right, em)) > 0.8 > 0.6 > likeness(luma, x, 36, glyphs(wrong, em))


def test_letters_that_the_font_lacks_are_written_without_accents() -> None:
    assert drawable("©  Ministère de la Défense\nŒuvre ‘Ångström’ Łódź") == (
        "© Ministere de la Defense OEuvre ‘Angstrom’ Lodz"
    )
    assert drawable("© Открытые 海 моря") == "©"
