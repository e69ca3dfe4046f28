"""What is true of a source, and the table of them all. The functions that make them are in `tests/cutting/sources/`."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from tests.cutting.encoding import SMALL, Sound

PAL, NTSC = Fraction(25), Fraction(30000, 1001)


class Maker(Protocol):
    """Writes a source to a path."""

    def __call__(self, path: Path, seconds: float, size: tuple[int, int]) -> None: ...


@dataclass(frozen=True)
class Recipe:
    """What is true of a source, whatever its length.

    `closed_gop`: each key frame is a clean start (an IDR picture, or a codec without others). `gop`: frames from one to
    the next. `start`: seconds from second 0 (where the first presented sample of the file is presented) to frame 0.
    `time_of_frame`: seconds from frame 0 to a frame, where the rate varies. `first_number`: the number in frame 0.
    `first_click`: when click 0 is heard, or would be, in seconds from second 0. `hidden`: pictures behind an edit list.
    `rotation`: degrees clockwise that a player turns the picture by. `has_numbers`: False for sound only. `repeats`:
    after so many frames the numbers in the pictures begin again.
    """

    name: str
    make: Maker
    seconds: float
    size: tuple[int, int] = SMALL
    suffix: str = "mp4"
    codec: str = "h264"
    rate: Fraction = PAL
    gop: int = 25
    closed_gop: bool = True
    start: Fraction = Fraction(0)
    time_of_frame: Callable[[int], Fraction] | None = None
    sounds: tuple[Sound, ...] = (Sound(),)
    captions: tuple[str, ...] = ()
    timecode: str | None = None
    first_number: int = 0
    first_click: Fraction = Fraction(0)
    hidden: int = 0
    rotation: int = 0
    interlaced: bool = False
    repeats: int | None = None
    has_numbers: bool = True

    @property
    def frame_count(self) -> int:
        """How many pictures are presented."""
        return round(self.seconds * self.rate) if self.has_numbers else 0

    def time_of(self, frame: int) -> Fraction:
        """Seconds from second 0 to a frame."""
        return self.start + (self.time_of_frame(frame) if self.time_of_frame else frame / self.rate)

    def number_of(self, frame: int) -> int:
        """The number that is in the picture of a frame."""
        return self.first_number + (frame % self.repeats if self.repeats else frame)

    def sound_at(self, number: int) -> Fraction:
        """The second of the marked sound that is heard when the picture with a number appears."""
        return self.time_of(number - self.first_number) - self.first_click


@dataclass(frozen=True)
class Made:
    """A source on disk, and what is true of it."""

    path: Path
    facts: Recipe


CORPUS: dict[str, Recipe] = {}


def source(*, seconds: float = 6, **facts: object) -> Callable[[Maker], Maker]:
    """Puts a function into CORPUS, under its name, with what is true of the files that it makes."""

    def registered(make: Maker) -> Maker:
        name = make.__name__  # type: ignore[attr-defined]
        CORPUS[name] = Recipe(name, make, seconds, **facts)  # type: ignore[arg-type]
        return make

    return registered
