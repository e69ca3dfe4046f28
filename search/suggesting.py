"""What a query may go on to be, while it is typed: titles, topics and tags of what is published, nothing else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery.rows import read_rows
from search.database import folded_config
from search.query import LONGEST
from search.words import folded, words_of

MOST_WORDS = 8
# The newest that fit are looked at.
LOOKED_AT = 60

# "~" stands before the words of titles and names as they are written (`search.indexing`). Of words that say nothing
# only the last one counts: it may be the beginning of another.
FITTING = """
    WITH asked AS (
        SELECT string_agg(quote_literal('~' || word) || ':*', ' & ')::tsquery AS query
        FROM unnest(%(words)s::text[]) WITH ORDINALITY AS given (word, number)
        WHERE number = %(last)s OR numnode(phraseto_tsquery(%(config)s::regconfig, word)) > 0
    ), found AS MATERIALIZED (
        SELECT entry.document_id, entry.published_at, entry.story_id FROM search_entry AS entry, asked
        WHERE entry.locale = %(locale)s AND entry.lead @@ asked.query
        ORDER BY entry.published_at DESC, entry.story_id DESC LIMIT %(looked_at)s
    )
    SELECT document.card, statement_timestamp(), (SELECT min(at) FROM delivery_nextchange)
    FROM found JOIN delivery_publisheddocument AS document ON document.id = found.document_id
    ORDER BY found.published_at DESC, found.story_id DESC
"""


@dataclass(frozen=True)
class Completion:
    """A text to go on with. `kind`: `title`, `topic` or `tag`; `card`: of the document that has this title."""

    kind: str
    text: str
    value: str
    card: dict[str, Any] | None = None


def completions(text: str, locale: str, limit: int) -> tuple[list[Completion], tuple[datetime, datetime | None] | None]:
    """Topics and tags first, then titles, the newest first; and the time, with the next change, if it is known."""
    words = [folded(word) for word in words_of(text[:LONGEST])][:MOST_WORDS]
    if not words:
        return [], None
    values = {
        "words": words,
        "last": len(words),
        "config": folded_config(locale),
        "locale": locale,
        "looked_at": LOOKED_AT,
    }
    rows = read_rows(FITTING, values, prepared=False)
    cards = [json.loads(bytes(row[0])) for row in rows]
    found: dict[tuple[str, str], Completion] = {}
    for one in [*_names(cards, words), *_titles(cards, words)]:
        found.setdefault((one.kind, one.text), one)
    ordered = sorted(found.values(), key=lambda one: KINDS.index(one.kind))
    return ordered[:limit], (rows[0][1], rows[0][2]) if rows else None


KINDS = ("topic", "tag", "title")


def _names(cards: list[dict[str, Any]], words: list[str]) -> Iterator[Completion]:
    for card in cards:
        for topic in card.get("topics", ()):
            if _fits(topic["name"], words):
                yield Completion("topic", topic["name"], topic["slug"])
        for tag in card.get("tags", ()):
            if _fits(tag.replace("-", " "), words):
                yield Completion("tag", tag, tag)


def _titles(cards: list[dict[str, Any]], words: list[str]) -> Iterator[Completion]:
    for card in cards:
        if _fits(card["title"], words):
            yield Completion("title", card["title"], card["slug"], card)


def _fits(text: str, words: list[str]) -> bool:
    """Whether all that was typed begins words of the text."""
    own = [folded(word) for word in words_of(text)]
    return all(any(one.startswith(word) for one in own) for word in words)
