"""Sources to cut, made by code: each shows its frame number in every picture and clicks at every second of its sound.

`make("open_gop", folder)` makes a source, or takes the one that the folder already has, and says what is true of it.
`CORPUS` names them all. How each is encoded is in its function, in `tests/cutting/sources/`; what is true of it stands
above, as arguments of `source`. `tests/cutting/marks.py` says how numbers and clicks are read back.
"""

import os
from dataclasses import replace
from pathlib import Path

from tests.cutting.recipe import CORPUS, Made, Recipe
from tests.cutting.sources import codecs, containers, h264, timing

__all__ = ["CORPUS", "Made", "Recipe", "make"]

MODULES = (codecs, containers, h264, timing)


def make(name: str, folder: Path, *, seconds: float | None = None, size: tuple[int, int] | None = None) -> Made:
    """The source `name` in `folder`, made unless it is there. Processes that run side by side may share the folder."""
    facts = CORPUS[name]
    facts = replace(facts, seconds=seconds or facts.seconds, size=size or facts.size)
    path = folder / f"{name}-{float(facts.seconds):g}s-{facts.size[0]}x{facts.size[1]}.{facts.suffix}"
    if not path.exists():
        unfinished = path.with_name(f"{os.getpid()}-{path.name}")
        facts.make(unfinished, facts.seconds, facts.size)
        unfinished.replace(path)
    return Made(path, facts)
