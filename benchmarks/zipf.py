"""Texts with the statistics of language and no meaning: few words often, most words hardly ever. Pure."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random

# Words that a language has here. The nth most frequent one comes in proportion to 1 / (n + SHIFT): the law of Zipf and
# Mandelbrot (B. Mandelbrot, An informational theory of the statistical structure of language, 1953).
TYPES = 100_000
SHIFT = 2.7
ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pl pr r s st t tr v w z".split()
NUCLEI = "a e i o u a e i o u ai ea io ou".split()
CODAS = ["", "", "", *"k l m n nd r rt s t x".split()]
SENTENCE = range(9, 24)


class Language:
    """A vocabulary, most frequent word first. `known`: its first words; those after them can be pronounced."""

    def __init__(self, known: Sequence[str], types: int = TYPES) -> None:
        made_up = invented(set(known))
        self.words = [*known[:types], *(next(made_up) for _ in range(types - len(known)))]
        self._weights = list(accumulate(1 / (rank + SHIFT) for rank in range(1, types + 1)))

    def draw(self, count: int, chance: Random) -> list[str]:
        """So many words, each by itself: unlike in language, no two of them attract each other."""
        return chance.choices(self.words, cum_weights=self._weights, k=count)


def invented(taken: set[str]) -> Iterator[str]:
    """Words of two or three syllables, none twice and none that is taken: the same ones each time."""
    chance, seen = Random(1), set(taken)
    while True:
        count = chance.randint(2, 3)
        word = "".join(chance.choice(ONSETS) + chance.choice(NUCLEI) for _ in range(count)) + chance.choice(CODAS)
        if word not in seen:
            seen.add(word)
            yield word


def sentences(words: Sequence[str], chance: Random) -> list[str]:
    """The words in their order, nine to 23 a sentence; what is left over is one, too."""
    made, start = [], 0
    while start < len(words):
        end = start + chance.choice(SENTENCE)
        made.append(f"{' '.join(words[start:end]).capitalize()}.")
        start = end
    return made


def some_of(names: Sequence[str], least: int, most: int, chance: Random) -> list[str]:
    """A few of the names, each once, sorted; the first ones most often, in proportion to 1 / rank."""
    weights = [1 / rank for rank in range(1, len(names) + 1)]
    count = min(chance.randint(least, most), len(names))
    chosen: set[str] = set()
    while len(chosen) < count:
        chosen.update(chance.choices(names, weights))
    return sorted(chosen)
