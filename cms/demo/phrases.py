"""Sentences of the demo's stories, in both languages side by side, to be combined anew for load tests."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cms.demo.pieces import LANGUAGES, Piece, pieces

Pair = dict[str, Any]  # the same in each language

PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
LINK = re.compile(r"</?a\b[^>]*>")
LAYOUT = re.compile(r"[ \t\r\n]+")


@dataclass
class Phrases:
    """What stories can be made of; each entry holds the same thing in all languages."""

    titles: list[Pair] = field(default_factory=list)
    summaries: list[Pair] = field(default_factory=list)
    places: list[Pair] = field(default_factory=list)
    paragraphs: list[Pair] = field(default_factory=list)
    quotes: list[Pair] = field(default_factory=list)
    facts: list[Pair] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


@cache
def phrases() -> Phrases:
    """The phrases of every news story that exists in both languages."""
    found = Phrases()
    for piece in pieces("news"):
        if len(piece.languages) == len(LANGUAGES):
            _gather(piece, found)
    found.topics = sorted(set(found.topics))
    found.tags = sorted(set(found.tags))
    return found


def _gather(piece: Piece, found: Phrases) -> None:
    words = {language: piece.words(language) for language in LANGUAGES}
    for name, into in (("title", found.titles), ("summary", found.summaries), ("place", found.places)):
        if all(words[language].get(name) for language in LANGUAGES):
            into.append({language: words[language][name] for language in LANGUAGES})
    found.topics += piece["topics"]
    found.tags += piece.get("tags", [])
    found.kinds.append(piece["kind"])
    if piece.get("picture"):
        found.pictures.append(piece["picture"])
    for blocks in zip(*(words[language].get("body", []) for language in LANGUAGES), strict=False):
        pair = dict(zip(LANGUAGES, blocks, strict=True))
        kinds = {block["type"] for block in blocks}
        if kinds == {"text"}:
            paragraphs = [PARAGRAPH.findall(LAYOUT.sub(" ", LINK.sub("", block["html"]))) for block in blocks]
            if len({len(row) for row in paragraphs}) == 1:
                found.paragraphs += [dict(zip(LANGUAGES, row, strict=True)) for row in zip(*paragraphs, strict=True)]
        elif kinds == {"quote"}:
            found.quotes.append(pair)
        elif kinds == {"facts"} and len({len(block["items"]) for block in blocks}) == 1:
            found.facts.append(pair)
