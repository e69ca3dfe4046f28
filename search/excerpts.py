"""What is shown of a hit: its title and a piece of its text with the words marked, safe to be put into HTML."""

import html
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from delivery.rows import read_rows
from search.finding import Hit
from search.meanings import Meaning

# PostgreSQL marks with these, which no text has (`search.words.tidy`), so that the text can be escaped afterwards.
START, STOP = "\x02", "\x03"
# What PostgreSQL's parser would trip over, and what stands for it meanwhile. Between < and > it sees a tag, and leaves
# it out; where LC_CTYPE is C, everything that is not ASCII is a letter to it, so that l’Alliance would be one word.
TRICKY = "<>’‘“”„«»–—…‐‑·•\u00a0\u202f\u2009"
HIDDEN = "".join(chr(code) for code in (*range(4, 9), *range(14, 32)))[: len(TRICKY)]
OPTIONS = f"StartSel={START}, StopSel={STOP}, MaxWords=36, MinWords=18, ShortWord=0, MaxFragments=0"
WHOLE = f"StartSel={START}, StopSel={STOP}, HighlightAll=true"
# How many captions more are shown, where a sentence goes on.
MORE = 2
POSITIONS = re.compile(r"'((?:[^']|'')+)':([0-9,ABCD]+)")
MARK = """
    SELECT entry.document_id,
        ts_headline(config, translate(document.title, %(tricky)s, %(hidden)s), marked, %(whole)s),
        ts_headline(config, translate(text, %(tricky)s, %(hidden)s), marked, %(options)s)
    FROM unnest(%(documents)s::bigint[], %(firsts)s::int[], %(lasts)s::int[], %(configs)s::text[], %(marked)s::text[])
        AS given (id, first, last, config_name, marked_text)
    JOIN search_entry AS entry ON entry.document_id = given.id
    JOIN delivery_publisheddocument AS document ON document.id = given.id,
    LATERAL (SELECT array_to_string(passages[first:last], ' ') AS text, config_name::regconfig AS config,
        marked_text::tsquery AS marked) AS one
"""


@dataclass(frozen=True)
class Excerpt:
    """HTML in which nothing but `<mark>` is markup. `moment`: milliseconds, where a video says or shows it."""

    title: str
    text: str
    moment: int | None


def excerpts_of(hits: Sequence[Hit], meanings: dict[str, Meaning]) -> dict[int, Excerpt]:
    """An excerpt of each hit, by its document's key."""
    places = {hit.document_id: _best_passage(hit, meanings[hit.locale].lexemes()) for hit in hits}
    rows = read_rows(
        MARK,
        {
            "documents": list(places),
            "firsts": [first + 1 for first, _last in places.values()],
            "lasts": [last + 1 for _first, last in places.values()],
            "configs": [f"newsroom_{hit.locale}" for hit in hits],
            "marked": [" | ".join(meanings[hit.locale].marked) for hit in hits],
            "whole": WHOLE,
            "tricky": TRICKY,
            "hidden": HIDDEN,
            "options": OPTIONS,
        },
    )
    moments = {hit.document_id: hit.moments[places[hit.document_id][0]] for hit in hits if hit.moments}
    return {pk: Excerpt(_as_html(title), _as_html(text), moments.get(pk)) for pk, title, text in rows}


def _best_passage(hit: Hit, terms: Sequence[set[str]]) -> tuple[int, int]:
    """Numbers of the first and the last of the passages that have most of the terms; the first of several.

    What a video says or shows wins over its description where it has as many.
    """
    if not hit.places or not terms:
        return 0, 0
    # Places with a letter are those of title, summary and names, which stand after the text.
    found = {
        lexeme.replace("''", "'"): [int(place) for place in places.split(",") if place.isdigit()]
        for lexeme, places in POSITIONS.findall(hit.positions)
    }
    known: dict[int, set[int]] = {}
    for number, lexemes in enumerate(terms):
        for lexeme in lexemes:
            for place in found.get(lexeme, ()):
                known.setdefault(bisect_right(hit.places, place) - 1, set()).add(number)
    if not known:
        return 0, 0
    lasts = {first: _last_with(hit, first) for first in known}
    best = max(
        known,
        key=lambda first: (
            len(set().union(*(known.get(number, set()) for number in range(first, lasts[first] + 1)))),
            hit.moments[first] is not None,
            -first,
        ),
    )
    return best, lasts[best]


def _last_with(hit: Hit, first: int) -> int:
    """The last of the passages that are shown with this one: what is said goes on over several captions."""
    last = first
    if hit.moments[first] is not None:
        while last + 1 < len(hit.places) and hit.goes_on[last + 1] and last - first < MORE:
            last += 1
    return last


def _as_html(marked: str) -> str:
    text = marked.translate(str.maketrans(HIDDEN, TRICKY))
    return html.escape(text, quote=True).replace(START, "<mark>").replace(STOP, "</mark>")
