"""What is shown of a hit: its title and a piece of its text with the words marked, safe to be put into HTML.

Where a word stands is known from the index, whose words are numbered as `search.words` counts them: nothing is parsed
again, and a phrase is marked where it stands and nowhere else.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from delivery.rows import read_rows
from search.finding import Hit
from search.meanings import Meaning, Way
from search.patience import patience
from search.words import tidy, words_with_places

# Words of an excerpt, and how many of them stand before the first that is marked.
LONGEST, BEFORE = 40, 12
# How many captions more are shown, where a sentence goes on.
MORE = 2
POSITIONS = re.compile(r"'((?:[^']|'')+)':([0-9,ABCD]+)")
# The signs that may stand after a word before a space does.
TRAILING = re.compile(r"[^\s\w]*")
PIECES = """
    SELECT given.id, document.title, ts_filter(entry.lead, '{a}')::text, passages[first:last]
    FROM unnest(%(documents)s::bigint[], %(firsts)s::int[], %(lasts)s::int[]) AS given (id, first, last)
    JOIN search_entry AS entry ON entry.document_id = given.id
    JOIN delivery_publisheddocument AS document ON document.id = given.id
"""

Places = dict[str, set[int]]


@dataclass(frozen=True)
class Excerpt:
    """HTML in which nothing but `<mark>` is markup. `moment`: milliseconds, where a video says or shows it."""

    title: str
    text: str
    moment: int | None


@dataclass(frozen=True)
class _Piece:
    """Passages from `first` to `last`, and the places in the document of the words to be marked."""

    first: int
    last: int
    marked: frozenset[int]


def excerpts_of(hits: Sequence[Hit], meanings: dict[str, Meaning]) -> dict[int, Excerpt]:
    """An excerpt of each hit, by its document's key: one query. Raises SearchTookTooLong."""
    if not hits:
        return {}
    pieces = {hit.document_id: _best_piece(hit, meanings[hit.locale].ways) for hit in hits}
    values = {
        "documents": list(pieces),
        "firsts": [piece.first + 1 for piece in pieces.values()],
        "lasts": [piece.last + 1 for piece in pieces.values()],
    }
    with patience():
        rows = read_rows(PIECES, values)
    known = {hit.document_id: hit for hit in hits}
    excerpts = {}
    for pk, title, lead, passages in rows:
        hit, piece = known[pk], pieces[pk]
        in_title = {place for places in _found(_places(lead, "A"), meanings[hit.locale].ways) for place in places}
        begin = hit.places[piece.first] if hit.places else 1
        excerpts[pk] = Excerpt(
            title=_marked(tidy(title), {place - 1 for place in in_title}),
            text=_marked(" ".join(passages), {place - begin for place in piece.marked}, LONGEST),
            moment=hit.moments[piece.first] if hit.moments else None,
        )
    return excerpts


def _best_piece(hit: Hit, terms: Sequence[Sequence[Way]]) -> _Piece:
    """The passage that has most of the terms; the first of several.

    What a video says or shows wins over its description where it has as many.
    """
    # Of the text, whose places have no letter: those of title, summary and names stand after them.
    places = _places(hit.positions)
    for lexeme, more in _places(hit.forms).items():
        places[lexeme] = places.get(lexeme, set()) | more
    found = _found(places, terms)
    terms_of: dict[int, set[int]] = {}
    for number, marks in enumerate(found):
        for place in marks:
            terms_of.setdefault(bisect_right(hit.places, place) - 1, set()).add(number)
    if not terms_of:
        return _Piece(0, 0, frozenset())
    lasts = {first: _last_with(hit, first) for first in terms_of}
    best = max(
        terms_of,
        key=lambda first: (
            len(set().union(*(terms_of.get(number, set()) for number in range(first, lasts[first] + 1)))),
            hit.moments[first] is not None,
            -first,
        ),
    )
    return _Piece(best, lasts[best], frozenset(place for marks in found for place in marks))


def _last_with(hit: Hit, first: int) -> int:
    """The last of the passages that are shown with this one: what is said goes on over several captions."""
    last = first
    if hit.moments[first] is not None:
        while last + 1 < len(hit.places) and hit.goes_on[last + 1] and last - first < MORE:
            last += 1
    return last


def _places(vector: str, weight: str = "") -> Places:
    """Where each lexeme of a `tsvector` stands, of those of one weight."""
    return {
        lexeme.replace("''", "'"): {
            int(place.rstrip("ABCD")) for place in places.split(",") if place.lstrip("0123456789") == weight
        }
        for lexeme, places in POSITIONS.findall(vector)
    }


def _found(places: Places, terms: Iterable[Sequence[Way]]) -> list[set[int]]:
    """Of each term the places of its words; of a phrase only where all of it stands."""
    return [
        {
            start + far
            for way in ways
            for start in places.get(way[0][0], ())
            if way
            if all(start + far in places.get(lexeme, ()) for lexeme, far in way)
            for _lexeme, far in way
        }
        for ways in terms
    ]


def _marked(text: str, marked: set[int], longest: int = 0) -> str:
    """The text as HTML, its words of these numbers marked; `longest`: of so many words, around the first of them."""
    words = words_with_places(text)
    first, last = 0, len(words)
    if longest and len(words) > longest:
        first = max(0, min((number for number in marked if 0 <= number < len(words)), default=0) - BEFORE)
        first = min(first, len(words) - longest)
        last = first + longest
    begin = words[first][1] if first else 0
    end = _with_signs(text, words[last - 1][2]) if last < len(words) else len(text)
    parts, at = ["… " if first else ""], begin
    for number in range(first, last):
        _word, start, stop = words[number]
        if number in marked:
            parts += [html.escape(text[at:start]), f"<mark>{html.escape(text[start:stop])}</mark>"]
            at = stop
    return "".join([*parts, html.escape(text[at:end]), " …" if last < len(words) else ""])


def _with_signs(text: str, end: int) -> int:
    signs = TRAILING.match(text, end)
    return signs.end() if signs else end
