"""What the server is told of a document: the lexemes of its entry, so that it finds what PostgreSQL finds.

No analyzer of the server's reads a text. Stems, accents, elision and what says nothing were decided when the entry was
written (`search.indexing`), and a query means the same lexemes (`search.meanings`).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from delivery.clock import UNIX_EPOCH
from delivery.rows import read_rows
from search.finding import HALF_LIFE

# The document of an index that says how far it has followed the log: a token, as all who follow the feed keep.
POSITION = "position"
# Stands where a word stood that says nothing, so that a phrase keeps its distances.
SILENT = "_"
LEXEME = re.compile(r"'((?:[^']|'')+)'(?::([0-9,ABCD]+))?")
PLACE = re.compile(r"(\d+)([ABCD]?)")
# Recency is relative to this day; any will do, but a score is a 32-bit float.
MIDDLE = datetime(2020, 1, 1, tzinfo=UNIX_EPOCH.tzinfo)

LEXEMES = {"type": "keyword", "doc_values": False}
IN_ORDER = {"type": "text", "analyzer": "whitespace", "norms": False}
SETTINGS = {
    # One shard holds a newsroom, and counts its facets exactly.
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # How long a deletion is remembered, so that an older write that comes late brings nothing back.
    "gc_deletes": "10m",
    "refresh_interval": "-1",
}
MAPPINGS = {
    "dynamic": "strict",
    "properties": {
        "story": {"type": "keyword"},
        "locale": {"type": "keyword"},
        "languages": {"type": "keyword"},
        "collection": {"type": "keyword"},
        "document": {"type": "long"},
        "published": {"type": "long"},
        "year": {"type": "integer"},
        "recency": {"type": "double"},
        "terms": {"type": "keyword"},
        "topic": {"type": "keyword"},
        "tag": {"type": "keyword"},
        "words": LEXEMES,
        "title": LEXEMES,
        "summary": LEXEMES,
        "names": LEXEMES,
        "frequent": LEXEMES,
        "lead": IN_ORDER,
        "text": IN_ORDER,
        "position": {"type": "keyword", "index": False, "doc_values": False},
    },
}
READ = """
    SELECT document.id, document.story_id, document.locale, document.sequence, document.collection,
        document.published_at, document.terms, entry.lead::text, entry.vector::text, ARRAY(
            SELECT other.locale FROM delivery_publisheddocument AS other WHERE other.story_id = document.story_id
            ORDER BY other.locale)
    FROM unnest(%(stories)s::uuid[], %(locales)s::text[]) AS given (story, locale)
    JOIN delivery_publisheddocument AS document ON document.story_id = given.story AND document.locale = given.locale
    JOIN search_entry AS entry ON entry.document_id = document.id
"""


class Document(NamedTuple):
    """What is stored on the server. `version`: number of the change that made it so."""

    id: str
    version: int
    source: dict[str, Any]


def key_of(story_id: UUID, locale: str) -> str:
    """A document's name on the server."""
    return f"{story_id}:{locale}"


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - UNIX_EPOCH) // timedelta(microseconds=1)


def documents_of(keys: Sequence[tuple[UUID, str]]) -> Iterator[Document]:
    """What is published of these stories in these languages, as it is now."""
    values = {"stories": [story for story, _locale in keys], "locales": [locale for _story, locale in keys]}
    for pk, story, locale, sequence, collection, at, terms, lead, vector, languages in read_rows(READ, values):
        source = {
            "story": str(story),
            "locale": locale,
            "languages": languages,
            "collection": collection,
            "document": pk,
            "published": micros(at),
            "year": at.astimezone(UNIX_EPOCH.tzinfo).year,
            "recency": 2 ** ((at - MIDDLE) / HALF_LIFE),
            "terms": terms,
            **{name: [term.partition(":")[2] for term in terms if term.startswith(f"{name}:")] for name in FACETS},
            **contents_of(lead, vector),
        }
        yield Document(key_of(story, locale), sequence, source)


FACETS = ("topic", "tag")


def contents_of(lead: str, vector: str) -> dict[str, Any]:
    """The lexemes of an entry (`Entry.lead`, `Entry.vector` as PostgreSQL writes them), by where they count."""
    first, every = list(_places(lead)), list(_places(vector))
    by_weight: dict[str, dict[str, None]] = {}
    for lexeme, places in first:
        for _place, weight in places:
            by_weight.setdefault(weight, {})[lexeme] = None
    said = [(place, lexeme) for lexeme, places in every for place, weight in places if weight == "D"]
    named = [(place, lexeme) for lexeme, places in first for place, weight in places if weight != "D"]
    return {
        # Not those that only spelling and completion look for.
        "words": [lexeme for lexeme, _places_ in every if lexeme[0] not in "=~"],
        "title": list(by_weight.get("A", ())),
        "summary": list(by_weight.get("B", ())),
        "names": list(by_weight.get("C", ())),
        "frequent": list(by_weight.get("D", ())),
        "lead": " ".join(_in_order(named)),
        "text": " ".join(_in_order(said)),
    }


def _places(vector: str) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    for lexeme, places in LEXEME.findall(vector):
        yield lexeme.replace("''", "'"), [(int(at), weight or "D") for at, weight in PLACE.findall(places)]


def _in_order(words: Sequence[tuple[int, str]]) -> Iterator[str]:
    """Words where they stand. From PostgreSQL's last position (16,383) on all stand at that one."""
    before = 0
    for place, word in sorted(words):
        yield from [SILENT] * (place - before - 1)
        yield word
        before = place
