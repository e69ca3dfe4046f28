"""Did you mean …: what is published and looks like what was typed.

A word is suggested only where a document that is public now has it, in the language that was asked for.
"""

import re
from itertools import islice, product

from delivery.rows import read_rows
from search.database import exact_config, folded_config
from search.query import LONGEST, PART
from search.words import ELIDED, folded, words_of

# Words that are looked up, and how many that look alike are compared for each.
MOST_WORDS, COMPARED = 6, 20
# Of those that look alike, and of queries made with them, as many are tried.
ALIKE, TRIED = 3, 6
SHORTEST = 4
# How many letters may be wrong, by how many there are.
WRONG = {range(4): 0, range(4, 6): 1, range(6, 1000): 2}

NEAREST = """
    WITH missing AS (
        SELECT word FROM unnest(%(words)s::text[]) AS word WHERE NOT EXISTS (
            SELECT FROM search_entry AS entry WHERE entry.locale = %(locale)s AND entry.vector @@
                (phraseto_tsquery(%(config)s::regconfig, word) || phraseto_tsquery(%(exact)s::regconfig, word)))
    ), near AS (
        SELECT missing.word AS typed, near.* FROM missing, LATERAL (
            SELECT known.word, known.folded, similarity(known.folded, missing.word) AS alike
            FROM search_word AS known WHERE known.locale = %(locale)s AND known.folded %% missing.word
            ORDER BY alike DESC, known.word LIMIT %(compared)s
        ) AS near
    )
    SELECT typed, word, folded, (
        SELECT count(*) FROM search_entry AS entry
        WHERE entry.locale = %(locale)s AND entry.vector @@ ('''=' || word || '''')::tsquery
    ) FROM near
"""


def corrected(text: str, locale: str) -> list[str]:
    """Queries in which words that no document has are replaced by those that look like them, the likeliest first."""
    typed: dict[str, None] = {}
    for part in PART.finditer(text[:LONGEST]):
        if part["minus"] is None:
            words = words_of(ELIDED.sub("", part["phrase"] or part["word"] or ""))
            typed |= dict.fromkeys(folded(word) for word in words)
    long = [word for word in typed if len(word) >= SHORTEST and word.isalpha()][:MOST_WORDS]
    better = _better(long, locale) if long else {}
    return [
        re.sub(r"[^\W_]+", lambda found: chosen.get(folded(found[0]), found[0]), text[:LONGEST])  # noqa: B023
        for chosen in (dict(zip(better, words, strict=True)) for words in islice(product(*better.values()), TRIED))
        if chosen
    ]


def _better(words: list[str], locale: str) -> dict[str, list[str]]:
    """For each word that is missing those that look like it: with the fewest wrong letters, then the most frequent."""
    rows = read_rows(
        NEAREST,
        {
            "words": words,
            "locale": locale,
            "config": folded_config(locale),
            "exact": exact_config(locale),
            "compared": COMPARED,
        },
        prepared=False,
    )
    found: dict[str, list[tuple[int, int, str]]] = {}
    for typed, word, plain, documents in rows:
        wrong = distance(typed, plain)
        if documents and wrong <= next((most for lengths, most in WRONG.items() if len(typed) in lengths), 0):
            found.setdefault(typed, []).append((wrong, -documents, word))
    return {typed: [word for _wrong, _documents, word in sorted(ones)[:ALIKE]] for typed, ones in found.items()}


def distance(one: str, other: str) -> int:
    """How many letters are missing, too many, wrong, or have changed places with the next (restricted Damerau)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, against in enumerate(other, 1):
            least = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                least = min(least, before[column - 2] + 1)
            now.append(least)
        before, last = last, now
    return last[-1]
