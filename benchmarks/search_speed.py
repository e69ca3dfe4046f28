"""How long a search takes: two words, with number and facets, among ten thousand and a hundred thousand documents.

`python -m benchmarks.search_speed` loads some hundred stories into a newsroom of its own, makes documents of them whose
words are as frequent as in a language (`benchmarks.search_corpus`), asks the same pairs of words at each size, of each
contestant in turn, and prints medians, the slowest of twenty, and how they grow. Times are those of the client, from
question to last row, over one connection.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from random import Random
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.tables import milliseconds, spread, table, thousands
from benchmarks.throwaway import load_stories, newsroom

if TYPE_CHECKING:
    from benchmarks.search_corpus import Corpus

Pair = tuple[str, str]
STORIES = 300
LOCALE = "en"
# Letters of a word that somebody would search for.
LEAST_LETTERS = 5
# Pairs of words that are both among so many most frequent ones; peers, which take seconds for each, are asked fewer.
COMMON, COMMON_WORDS, COMMON_OF_PEERS = 10, 100, 3


def ours(pair: Pair) -> int:
    """What `search/` asks the database for hits, number and facets; without excerpts and names of topics."""
    from search.finding import find
    from search.meanings import meanings_of
    from search.query import SearchQuery

    query = SearchQuery(text=" ".join(pair), locale=LOCALE)
    found = find(query, meanings_of(query), limit=20)
    return found.count if found else 0


def wagtail(pair: Pair) -> int:
    """Twenty pages of Wagtail's search and their number; it has no facets of this kind."""
    from wagtail.models import Locale, Page

    pages = Page.objects.live().filter(locale=Locale.objects.get(language_code=LOCALE))
    with as_stock():
        results = pages.search(" ".join(pair), operator="and")
        list(results[:20])
        return int(results.count())


def as_stock() -> Any:
    """Wagtail's index with no setting of ours."""
    from django.test import override_settings

    return override_settings(WAGTAILSEARCH_BACKENDS={"default": {"BACKEND": "wagtail.search.backends.database"}})


def ilike(pair: Pair) -> int:
    """The newest twenty with both words somewhere, and their number."""
    from django.db import connection

    where = "locale = %s AND array_to_string(passages, ' ') ILIKE %s AND array_to_string(passages, ' ') ILIKE %s"
    values = [LOCALE, *(f"%{word}%" for word in pair)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM search_entry WHERE {where}", values)
        number = int(cursor.fetchone()[0])
        cursor.execute(
            f"SELECT document_id FROM search_entry WHERE {where} ORDER BY published_at DESC LIMIT 20", values
        )
        cursor.fetchall()
    return number


OURS = "newsroom"
CONTESTANTS: dict[str, Callable[[Pair], int]] = {OURS: ours, "Wagtail": wagtail, "ILIKE": ilike}


def pairs_of_words(corpus: "Corpus", number: int) -> list[Pair]:
    """A word of a summary and one of the text of the same story, of the first documents: so each finds something."""
    from search.words import words_of

    known = corpus.languages[LOCALE].words
    silent = set(known) - set(speaking(known))

    def pairs() -> Iterator[Pair]:
        chance = Random(1)
        for nth in count(1):
            copy = corpus.copy(nth)
            texts = [
                [word for word in words_of(text.lower()) if len(word) >= LEAST_LETTERS and word not in silent]
                for text in (copy.summary, " ".join(copy.text))
            ]
            if copy.document.locale == LOCALE and all(texts):
                first, second = map(chance.choice, texts)
                if first != second:
                    yield first, second

    return list(islice(pairs(), number))


def common_pairs(corpus: "Corpus") -> list[Pair]:
    """The worst that can be asked for: both words in a large part of all documents."""
    frequent = [word for word in corpus.languages[LOCALE].words[:COMMON_WORDS] if len(word) >= LEAST_LETTERS]
    words, chance = speaking(frequent), Random(1)
    return [(first, second) for first, second in (chance.sample(words, 2) for _ in range(COMMON))]


def speaking(words: Sequence[str]) -> list[str]:
    """Those of the words that PostgreSQL's dictionary does not drop, since they would say nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(%s::text[]) WITH ORDINALITY AS one (word, place)"
            " WHERE to_tsvector('english', word) <> ''::tsvector ORDER BY place",
            [list(words)],
        )
        return [word for (word,) in cursor.fetchall()]


class Asked(NamedTuple):
    """What a round of questions took: seconds of each contestant, pair by pair, and how many hits we found."""

    seconds: dict[str, list[float]]
    hits: list[int]
    given_up: int


def measure(pairs: Sequence[Pair], of_peers: int) -> Asked:
    """Ask each contestant in turn, the peers the first `of_peers` pairs only; a first round is not counted."""
    from search.errors import SearchTookTooLong

    seconds: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    hits, given_up = [], 0
    for nth, pair in enumerate([*pairs[:2], *pairs], -2):
        for name, ask in CONTESTANTS.items():
            if name != OURS and nth >= of_peers:
                continue
            found: int | None = None
            started = time.perf_counter()
            try:
                found = ask(pair)
            except SearchTookTooLong:
                given_up += nth >= 0
            if nth >= 0:
                seconds[name].append(time.perf_counter() - started)
                if name == OURS and found is not None:
                    hits.append(found)
    return Asked(seconds, hits, given_up)


def report(size: int, kind: str, asked: Asked) -> None:
    """A table of one round."""
    hits = f"hits: median {thousands(median(asked.hits))}, most {thousands(max(asked.hits))}" if asked.hits else ""
    print(f"\n{thousands(size)} documents, {len(asked.seconds[OURS])} {kind}; {hits}")
    if asked.given_up:
        print(
            f"The newsroom gave up {asked.given_up} times (`search.patience.TIMEOUT`); that long is what counts here."
        )
    rows = []
    for name, taken in asked.seconds.items():
        if len(taken) > 1:
            # Of pairs that both were asked: the peers' are the first of ours.
            ratios = [mine / other for mine, other in zip(asked.seconds[OURS], taken, strict=False)]
            figures = [str(len(taken)), milliseconds(median(taken)), milliseconds(p95(taken))]
            rows.append([name, *figures, spread(ratios if name != OURS else [])])
    print(table(["", "pairs", "median ms", "p95 ms", "ours ÷ it"], rows), flush=True)


def report_growth(kind: str, before: Asked, after: Asked, times: int) -> None:
    """How many times as long each contestant took."""
    for name in CONTESTANTS:
        if len(before.seconds[name]) > 1:
            middle, slow = (of(after.seconds[name]) / of(before.seconds[name]) for of in (median, p95))
            print(f"{kind}, {name}: {middle:.1f} times as long at {times} times the documents, p95 {slow:.1f} times")


def p95(seconds: Sequence[float]) -> float:
    """The slowest of twenty; of fewer, between the slowest two."""
    return quantiles(seconds, n=20, method="inclusive")[-1]


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Say how long something took."""
    started = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    """Load, ask, make more, ask again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_speed", description=__doc__.split("\n\n")[0])
    parser.add_argument("--documents", type=int, default=10_000, help="how many at first")
    parser.add_argument("--times", type=int, default=10, help="how many times as many then")
    parser.add_argument("--pairs", type=int, default=60, help="pairs of words")
    parser.add_argument("--peer-pairs", type=int, default=20, help="pairs that Wagtail and ILIKE are asked, too")
    options = parser.parse_args()
    started = time.monotonic()
    with newsroom(durable=False) as installation:
        print(f"Services and tables: {time.monotonic() - started:.0f} s", flush=True)
        from django.core.management import call_command
        from django.db import connection

        load_stories(installation, STORIES)
        with phase("Vocabulary and pairs"):
            with as_stock():
                call_command("update_index", verbosity=0)
            from benchmarks.search_corpus import Corpus

            corpus = Corpus()
            kinds = {
                "pairs": (pairs_of_words(corpus, options.pairs), options.peer_pairs),
                "common pairs": (common_pairs(corpus), COMMON_OF_PEERS),
            }
        results: list[dict[str, Asked]] = []
        for size in sorted({options.documents, options.documents * options.times}):
            with phase(f"{thousands(size)} documents made and indexed"):
                corpus.grow(size)
            with phase("VACUUM ANALYZE"), connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
            with phase("Questions"):
                results.append({kind: measure(*asked) for kind, asked in kinds.items()})
                for kind, asked in results[-1].items():
                    report(size, kind, asked)
                print()
        if len(results) > 1:
            for kind in kinds:
                report_growth(kind, results[0][kind], results[-1][kind], options.times)
        print(f"In all: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
