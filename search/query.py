"""What somebody looks for: one object for the public search, saved searches, alerts and the newsroom's filters. Pure.

The language of queries: words, all of which are wanted; "quoted phrases"; -word or -"phrase", which is not.
Whatever else is typed is read as words: no input is an error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from search.words import ELIDED, SILENT, folded, joined_words, words_of

# Letters of a query, and words of it, at most: what is longer is nobody's question.
LONGEST = 500
MOST_WORDS = 24
PART = re.compile(r'(?P<minus>(?<!\S)-(?=\S))?(?:["“”«»„](?P<phrase>[^"“”«»„]*)(?:["“”«»„]|$)|(?P<word>[^\s"“”«»„]+))')

# 11 400 is one number, in which no part ends.
GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)")

Order = Literal["relevance", "-published_at", "published_at"]


@dataclass(frozen=True)
class Term:
    """One thing that is wanted, or not: a word, or words in their order. `ways`: any of them will do.

    `is_exact`: it was quoted, so synonyms are none.
    """

    ways: tuple[tuple[str, ...], ...]
    is_wanted: bool = True
    is_exact: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """As it was typed."""
        return self.ways[0]


@dataclass(frozen=True)
class SearchQuery:
    """What is looked for, where. Values are plain, so that it can be kept as JSON and asked again.

    `terms`: of each group a document has one at least (`topic:<id>`, `tag:<slug>`, `download:public`, …).
    """

    text: str = ""
    locale: str = "en"
    falls_back: bool = False
    collections: tuple[str, ...] = ()
    terms: tuple[tuple[str, ...], ...] = ()
    published_after: datetime | None = None
    published_before: datetime | None = None
    only: tuple[UUID, ...] = ()
    order: Order = "relevance"

    def with_text(self, text: str) -> "SearchQuery":
        """The same for other words."""
        return replace(self, text=text)

    def as_json(self) -> dict[str, Any]:
        """What is not as by default; times as text (RFC 3339), ids as text."""
        told = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                told[field.name] = _plain(value)
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "SearchQuery":
        """What `as_json` wrote. Raises ValueError or TypeError for anything else."""
        values = dict(told)
        for name in ("published_after", "published_before"):
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name])
        values["collections"] = tuple(values.get("collections", ()))
        values["terms"] = tuple(tuple(group) for group in values.get("terms", ()))
        values["only"] = tuple(UUID(one) for one in values.get("only", ()))
        return cls(**values)


def parse(text: str, locale: str) -> list[Term]:
    """The terms of a query. Those that say nothing are left out where there are others."""
    terms: list[Term] = []
    silent: list[Term] = []
    left = MOST_WORDS
    for part in PART.finditer(GROUPED.sub(_ungrouped, text[:LONGEST])):
        quoted = part["phrase"] is not None
        typed = part["phrase"] if quoted else part["word"]
        words = tuple(words_of(typed if quoted else ELIDED.sub("", typed)))
        if not quoted and len(words) == 1 and folded(words[0]) in SILENT[locale]:
            silent.append(Term((words,), is_wanted=part["minus"] is None))
            continue
        words = words[:left]
        left -= len(words)
        if not words:
            continue
        ways = [words]
        if not quoted and len(words) > 1 and (joined := joined_words(typed)):
            ways.append((joined[0],))
        terms.append(Term(tuple(ways), is_wanted=part["minus"] is None, is_exact=quoted))
        if not left:
            break
    return terms if any(term.is_wanted for term in terms) else [*silent[:MOST_WORDS], *terms]


def with_synonyms(terms: Sequence[Term], groups: Sequence[Sequence[tuple[str, ...]]]) -> list[Term]:
    """The same with what means the same. `groups`: each a list of equal terms, as folded words.

    Several words that one term of a group is made of become one term; the longest first.
    """
    equal = {way: [other for other in group if other != way] for group in groups for way in group}
    longest = max(map(len, equal), default=0)
    told: list[Term] = []
    at = 0
    while at < len(terms):
        for length in range(min(longest, len(terms) - at), 0, -1):
            some = terms[at : at + length]
            words = tuple(word for term in some for word in term.words)
            others = equal.get(tuple(folded(word) for word in words))
            may = len(some) == 1 or all(term.is_wanted for term in some)
            if others and may and not any(term.is_exact for term in some):
                told.append(Term((words, *some[0].ways[1:], *others), some[0].is_wanted))
                at += length
                break
        else:
            told.append(terms[at])
            at += 1
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def _ungrouped(found: re.Match[str]) -> str:
    return "".join(found[0].split())
