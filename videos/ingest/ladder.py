"""Which encodings a video gets for the web: `VIDEO_LADDER` (cms/environment.py), never larger than the source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Rung:
    """An encoding. `width`: pixels at most; `kilobits`: of picture a second at most."""

    name: str
    width: int
    kilobits: int


@dataclass(frozen=True)
class Shape:
    """A picture as it is seen: turned, with square pixels. Even numbers, which 4:2:0 needs."""

    width: int
    height: int


def ladder() -> list[Rung]:
    """The rungs, widest first: smaller ones are made of the one before."""
    return sorted(_rungs(settings.VIDEO_LADDER), key=lambda rung: -rung.width)


def _rungs(texts: Iterable[str]) -> Iterator[Rung]:
    for text in texts:
        name, width, kilobits = text.split(":")
        yield Rung(name, int(width), int(kilobits))


def shape_of(video: Any) -> Shape:
    """How the master is seen."""
    facts = video.stream_facts
    width, height = Fraction(video.width), Fraction(video.height)
    # Only wider, never narrower: no line of the picture is lost.
    aspect = Fraction(facts.get("pixel_aspect") or 1) or Fraction(1)
    width, height = (width * aspect, height) if aspect >= 1 else (width, height / aspect)
    if facts.get("rotation", 0) % 180:
        width, height = height, width
    return Shape(_even(width), _even(height))


def fit(shape: Shape, rung: Rung) -> Shape:
    """The shape on a rung: as wide as that at most, and never wider than the source."""
    if shape.width <= rung.width:
        return shape
    return Shape(_even(Fraction(rung.width)), _even(Fraction(shape.height * rung.width, shape.width)))


def _even(length: Fraction) -> int:
    return max(2, int(length) // 2 * 2)
