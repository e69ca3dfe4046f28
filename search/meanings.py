"""What the text of a query means to PostgreSQL, with synonyms."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from delivery.parameters import DEFAULT_LOCALE
from delivery.rows import read_rows
from search.database import exact_config, folded_config
from search.models import Synonyms
from search.query import SearchQuery, Term, parse, with_synonyms
from search.words import folded, words_of

# A lexeme, and how far it is from the one before.
PART = re.compile(r"(?:<(?P<far>-|\d+)> )?'(?P<lexeme>(?:[^']|'')*)'")
# Of more words than this no combinations are made.
MOST_COMBINED = 12

# A way to say a term: lexemes, each with how far it is from the first.
Way = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Meaning:
    """A query in one language, as PostgreSQL has it: for each term that says something its `tsquery`.

    `ways`: of each that is wanted, how it may stand in a text.
    """

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    ways: tuple[tuple[Way, ...], ...]

    def all_words(self) -> str:
        """All that is wanted, without what is not. Empty where nothing is."""
        return self._together(self.wanted) if self.wanted else ""

    @property
    def fewest(self) -> int:
        """How many of the words make up most of them; 0 where it has to be all."""
        return len(self.wanted) - (2 if len(self.wanted) >= 5 else 1) if 3 <= len(self.wanted) <= MOST_COMBINED else 0

    def most_words(self) -> str:
        """All but one of the words that are wanted; of five or more, all but two. Empty for fewer than three."""
        if not self.fewest:
            return ""
        some = [f"({' & '.join(one)})" for one in combinations(self.wanted, self.fewest)]
        return self._together([f"({' | '.join(some)})"])

    def any_word(self) -> str:
        """What ranks: how much of it stands where it counts."""
        return " | ".join(self.wanted)

    def in_a_row(self) -> str:
        """All that is wanted, one word after the other. One word alone is in a row with none."""
        return " <-> ".join(self.wanted) if len(self.wanted) > 1 else f"({self.wanted[0]} <-> {self.wanted[0]})"

    def _together(self, wanted: Iterable[str]) -> str:
        return " & ".join([*wanted, *(f"!{term}" for term in self.unwanted)])


def meanings_of(query: SearchQuery) -> dict[str, Meaning]:
    """What the text of a query means, in the languages that are looked through."""
    groups = _synonyms()
    locales = [query.locale, DEFAULT_LOCALE] if query.falls_back else [query.locale]
    return {locale: _meaning(with_synonyms(parse(query.text, locale), groups), locale) for locale in set(locales)}


def _synonyms() -> list[list[tuple[str, ...]]]:
    rows = read_rows("SELECT terms FROM search_synonyms ORDER BY id", {})
    return [
        [tuple(folded(word) for word in words_of(term)) for term in Synonyms(terms=terms).listed()] for (terms,) in rows
    ]


def _meaning(terms: Sequence[Term], locale: str) -> Meaning:
    """One query: what is left of each way to say a term, when words that say nothing are gone."""
    if not terms:
        return Meaning((), (), ())
    ways = [(number, " ".join(way), len(way)) for number, term in enumerate(terms) for way in term.ways]
    rows = read_rows(
        "SELECT number, phraseto_tsquery(%(folded)s::regconfig, way)::text,"
        " CASE WHEN words = 1 THEN phraseto_tsquery(%(exact)s::regconfig, way)::text ELSE '' END"
        " FROM unnest(%(numbers)s::int[], %(ways)s::text[], %(lengths)s::int[]) AS given (number, way, words)",
        {
            "folded": folded_config(locale),
            "exact": exact_config(locale),
            "numbers": [number for number, _way, _length in ways],
            "ways": [way for _number, way, _length in ways],
            "lengths": [length for _number, _way, length in ways],
        },
    )
    said: dict[int, dict[str, None]] = {}
    for number, *both in rows:
        said.setdefault(number, {}).update(dict.fromkeys(one for one in both if one))
    wanted = [number for number, term in enumerate(terms) if term.is_wanted and said.get(number)]
    if not wanted:
        return Meaning(tuple(_as_written(term) for term in terms if term.is_wanted), (), ())
    told = {number: f"({' | '.join(f'({one})' for one in ways)})" for number, ways in said.items() if ways}
    return Meaning(
        wanted=tuple(told[number] for number in wanted),
        unwanted=tuple(told[number] for number, term in enumerate(terms) if not term.is_wanted and number in told),
        ways=tuple(tuple(_way(one) for one in said[number]) for number in wanted),
    )


def _as_written(term: Term) -> str:
    """A term whose words all say nothing, where nothing else is wanted: "WHO", "été"."""
    return " & ".join(f"('={word.lower()}' | '={folded(word)}')" for word in term.words)


def _way(query: str) -> Way:
    """How the words of a `tsquery` stand to one another."""
    way, place = [], 0
    for part in PART.finditer(query):
        place += int((part["far"] or "0").replace("-", "1"))
        way.append((part["lexeme"].replace("''", "'"), place))
    return tuple(way)
