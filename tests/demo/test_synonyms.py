"""The groups of equal terms that the demo's search begins with."""

import re
import unicodedata
from typing import Any

from cms.demo.pieces import LANGUAGES, pieces, read


def test_every_synonym_is_used_in_the_demo_and_every_group_in_both_languages() -> None:
    texts = {language: _written_in(language) for language in LANGUAGES}
    for group in read("synonyms.toml")["group"]:
        terms = [term for term in group["terms"] if not term.isupper()]
        unused = [term for term in terms if not any(_plain(term) in text for text in texts.values())]
        assert not unused
        for language, text in texts.items():
            assert any(_plain(term) in text for term in terms), (language, terms)


def test_no_term_is_in_two_groups() -> None:
    terms = [_plain(term) for group in read("synonyms.toml")["group"] for term in group["terms"]]
    assert len(terms) == len(set(terms))
    assert all(len(group["terms"]) > 1 for group in read("synonyms.toml")["group"])


def _written_in(language: str) -> str:
    """All that is published in a language, topics included."""
    found = [piece for folder in ("news", "videos", "pages") for piece in pieces(folder)]
    public = [
        piece.words(language) for piece in found if language in piece.languages and piece["status"] == "published"
    ]
    topics = [topic[language]["name"] for topic in read("topics.toml").values()]
    return _plain(" \n ".join(_strings([*public, *topics])))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _strings(list(value.values()))
    if isinstance(value, list):
        return [string for item in value for string in _strings(item)]
    return [str(value)]


def _plain(text: str) -> str:
    """Without accents and capitals, in the singular."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"s\b", "", "".join(letter for letter in letters if not unicodedata.combining(letter)))
