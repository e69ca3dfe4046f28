"""The judged queries: a TOML file a language, in `judged/`, an array a class of query.

```toml
recency = [
  { q = "cable grey shelf", best = ["news/cable-repaired"], good = ["news/cable-break-grey-shelf"] },
]
```

A story is named as the demo names it, `folder/key`. `best`: what whoever types this is looking for; `good`: useful to
them, too; `unwanted`: what the query rules out, by a minus or by quotation marks. Without `best` and `good` the right
answer is none.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cms.demo.pieces import LANGUAGES, pieces

FOLDER = Path(__file__).parent / "judged"
STORIES = ("news", "videos", "pages")
MISSPELT = "misspelt"
# What each class asks of a search.
CLASSES = {
    "word-forms": "plural, feminine and forms of verbs are one word",
    "accents": "accents that are missing, and those on capitals",
    "ligatures": "œ and oe, and the ligatures of a copied PDF",
    "elision": "apostrophes: straight, typographic, forgotten",
    "phrases": "words in quotation marks stand together",
    "exclusion": "a word with a minus is not in the story",
    "hyphens": "names with and without hyphens",
    "synonyms": "acronyms, and the other word or language for it",
    "spoken": "what a video says or shows: captions, transcripts, shot lists",
    MISSPELT: "found all the same, or by the spelling that is suggested",
    "recency": "of several on the same thing the newest comes first",
    "title": "a story about it comes before one that mentions it",
    "topics": "topics and tags",
    "people-and-places": "people, places, ships",
    "plain": "two or three words, as they come to mind",
    "questions": "a question in natural words",
    "known-item": "most of a title",
    "nothing": "there is no such story, so nothing is the answer",
}


@dataclass(frozen=True)
class Query:
    """What somebody types in a language, and the stories that are right, as `folder/key`."""

    kind: str
    locale: str
    text: str
    best: frozenset[str]
    good: frozenset[str]
    unwanted: frozenset[str]

    @property
    def relevant(self) -> frozenset[str]:
        """What counts for precision, whatever its grade."""
        return self.best | self.good


@cache
def queries() -> tuple[Query, ...]:
    """All of them. Raises TypeError where a query has a field that there is none of."""
    return tuple(
        _query(kind, locale, **fields)
        for locale in LANGUAGES
        for kind, judged in tomllib.loads((FOLDER / f"{locale}.toml").read_text(encoding="utf-8")).items()
        for fields in judged
    )


def _query(
    kind: str,
    locale: str,
    q: str,
    best: tuple[str, ...] = (),
    good: tuple[str, ...] = (),
    unwanted: tuple[str, ...] = (),
) -> Query:
    return Query(kind, locale, q, frozenset(best), frozenset(good), frozenset(unwanted))


@cache
def keys_by_id() -> dict[str, str]:
    """Each of the demo's stories by its id, which the API and Wagtail's `translation_key` tell."""
    return {str(piece.story_id): str(piece) for folder in STORIES for piece in pieces(folder)}
