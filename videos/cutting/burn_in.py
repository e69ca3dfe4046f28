"""What is drawn into the pictures of a clip that is encoded: each frame's own timecode, and whose it is.

Sizes and places are expressions of ffmpeg, which alone knows how large the upright picture is. No text of anybody's
is part of them: it is read from a file, and drawn as it stands.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from videos.cutting.ffmpeg import Part
from videos.cutting.looking import Look
from videos.cutting.timecode import counted_from_zero

# Pixels an em at which texts are measured.
MEASURED = 100
# Of a picture's sides, what televisions may hide or hosts cover: SMPTE ST 2046-1 has 5 % at each.
SAFE = 0.05
# Letters that are more than a letter with something above or below it.
LETTERS = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


@dataclass(frozen=True)
class BurnIn:
    """What is drawn. `timecode`: as the source names each frame, counted from zero where it names none; `watermark`:
    a line of text, empty: none.
    """

    timecode: bool = False
    watermark: str = ""

    def filters(self, part: Part, look: Look, folder: Path) -> str:
        """Filters for the end of a chain that gives the part's pictures, each with a comma before it; none: empty.

        Writes into `folder` what they read.
        """
        if not self.timecode and not self.watermark:
            return ""
        font = folder / "font.ttf"
        font.write_bytes(_font().font_bytes)
        drawn = _timecode(part, font) if self.timecode else []
        if self.watermark:
            text = folder / "watermark.txt"
            text.write_text(line := drawable(self.watermark))
            drawn.append(_watermark(line, text, font, max(1, look.lesser_side // 500)))
        return "".join(f",{one}" for one in drawn)


def drawable(text: str) -> str:
    """The text in one line of letters that the font has: without accents, and without scripts that it lacks."""
    letters = unicodedata.normalize("NFKD", " ".join(text.split()).translate(LETTERS))
    return " ".join("".join(letter for letter in letters if letter == " " or _has(letter)).split())


def _timecode(part: Part, font: Path) -> list[str]:
    names = part.index.timecode or counted_from_zero(part.index.rate)
    first = names.name_of(part.start_frame)
    # Its digits are all equally wide, so the first name is as long as any.
    em, width = _fitted(first, "h/15", 0.8)
    # Measured from the line that digits stand on: their heights differ by a pixel, and nothing is to tremble.
    base = f"h*{1 - SAFE}-{em}*0.35"
    box = {"x": f"(w-{em}*{width + 0.6})/2", "y": f"{base}-{em}", "w": f"{em}*{width + 0.6}", "h": f"{em}*1.35"}
    drawn = {name: re.sub(r"\b([wh])\b", r"i\1", value) for name, value in box.items()}
    return [
        _filter("drawbox", **drawn, color="black@0.5", t="fill"),
        # Counted by the pictures that come here, whenever they are shown.
        _filter(
            "drawtext",
            fontfile=font,
            expansion="none",
            timecode=first,
            timecode_rate=names.base,
            tc24hmax=1,
            fontsize=em,
            fontcolor="white",
            x=f"(w-{em}*{width})/2",
            y=base,
            y_align="baseline",
        ),
    ]


def _watermark(line: str, text: Path, font: Path, border: int) -> str:
    em, _width = _fitted(line, "h/24", 0.6)
    return _filter(
        "drawtext",
        fontfile=font,
        expansion="none",
        textfile=text,
        fontsize=em,
        fontcolor="white@0.6",
        # On white the border is seen, on black the letters.
        borderw=border,
        bordercolor="black@0.4",
        x=f"w*{1 - SAFE}-tw",
        y=f"h*{SAFE}+{em}",
        y_align="baseline",
    )


def _fitted(text: str, em: str, part: float) -> tuple[str, float]:
    """`em`, or less where the text would be wider than that part of the picture; and its width in ems."""
    width = _font().getlength(text) / MEASURED
    return f"floor(min({em},w*{part}/{width:.3f}))", width


def _filter(filter_name: str, **options: object) -> str:
    return f"{filter_name}=" + ":".join(f"{name}={_quoted(str(value))}" for name, value in options.items())


def _quoted(value: str) -> str:
    """For the filter, which takes options apart, and then for the graph, which takes filters apart."""
    return re.sub(r"([\\'\[\],;])", r"\\\1", re.sub(r"([\\':])", r"\\\1", value))


@cache
def _font() -> ImageFont.FreeTypeFont:
    """Pillow's own, so that none has to be installed."""
    font = ImageFont.load_default(MEASURED)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels have FreeType.
    return font


@cache
def _has(letter: str) -> bool:
    # U+10FFFF is no letter, and never will be: a font shows for it what it shows for all that it lacks.
    return bytes(_font().getmask(letter)) != bytes(_font().getmask("\U0010ffff"))
