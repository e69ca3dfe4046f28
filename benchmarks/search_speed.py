"""How long a search takes: two words, with number and facets, among ten thousand and a hundred thousand documents.

`python -m benchmarks.search_speed` loads stories into a newsroom of its own, asks the same pairs of words at each size,
of each contestant in turn, and prints medians, the slowest of twenty, and how they grow. Pairs are a word of a title
and a word of the text of the same story, so that each finds something; the demo's stories share their phrases, so many
find a tenth of all.
"""

import argparse
import time
from collections.abc import Callable
from random import Random
from statistics import median, quantiles
from typing import Any

from benchmarks.tables import milliseconds, spread, table, thousands
from benchmarks.throwaway import load_stories, newsroom

Pair = tuple[str, str]
# Of ten stories there are sixteen documents.
DOCUMENTS_OF_A_STORY = 1.6


def ours(pair: Pair) -> int:
    """What `search/` asks the database for hits, number and facets; without excerpts and names of topics."""
    from search.finding import find
    from search.meanings import meanings_of
    from search.query import SearchQuery

    query = SearchQuery(text=" ".join(pair))
    found = find(query, meanings_of(query), limit=20)
    return found.count if found else 0


def wagtail(pair: Pair) -> int:
    """Twenty pages of Wagtail's search and their number; it has no facets of this kind."""
    from wagtail.models import Locale, Page

    pages = Page.objects.live().filter(locale=Locale.objects.get(language_code="en"))
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

    where = "locale = 'en' AND array_to_string(passages, ' ') ILIKE %s AND array_to_string(passages, ' ') ILIKE %s"
    values = [f"%{word}%" for word in pair]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM search_entry WHERE {where}", values)
        count = int(cursor.fetchone()[0])
        cursor.execute(
            f"SELECT document_id FROM search_entry WHERE {where} ORDER BY published_at DESC LIMIT 20", values
        )
        cursor.fetchall()
    return count


CONTESTANTS: dict[str, Callable[[Pair], int]] = {"newsroom": ours, "Wagtail": wagtail, "ILIKE": ilike}


def pairs_of_words(count: int) -> list[Pair]:
    """The same for each size: they are of the oldest stories."""
    from search.models import Entry
    from search.words import words_of

    random = Random(1)
    pairs = []
    for entry in Entry.objects.filter(locale="en", collection="news").order_by("document_id")[:count]:
        words = [[word for word in words_of(text) if len(word) > 4] for text in (entry.passages[0], entry.passages[-1])]
        if all(words):
            pairs.append((random.choice(words[0]), random.choice(words[1])))
    return pairs


def measure(pairs: list[Pair]) -> dict[str, list[float]]:
    """Seconds of each contestant for each pair, in turn; a first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for ask in CONTESTANTS.values():
        for pair in pairs[:5]:
            ask(pair)
    for pair in pairs:
        for name, ask in CONTESTANTS.items():
            started = time.perf_counter()
            ask(pair)
            taken[name].append(time.perf_counter() - started)
    return taken


def main() -> None:
    """Load, ask, load more, ask again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_speed", description=__doc__.split("\n\n")[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000], help="sizes, the smaller first")
    parser.add_argument("--pairs", type=int, default=60, help="pairs of words")
    options = parser.parse_args()
    with newsroom(durable=False) as installation:
        from django.core.management import call_command
        from django.db import connection

        results: dict[int, dict[str, list[float]]] = {}
        stories, pairs = 0, None
        for size in options.documents:
            wanted = round(size / DOCUMENTS_OF_A_STORY)
            load_stories(installation, wanted - stories)
            stories = wanted
            started = time.monotonic()
            with as_stock():
                call_command("update_index", verbosity=0)
            print(f"Wagtail's index: {time.monotonic() - started:.0f} s", flush=True)
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
            pairs = pairs or [pair for pair in pairs_of_words(options.pairs) if ours(pair)]
            counts = sorted(ours(pair) for pair in pairs)
            print(f"{len(pairs)} pairs; hits: {counts[0]} to {counts[-1]}, median {counts[len(counts) // 2]}")
            results[size] = measure(pairs)
            rows = [
                [
                    name,
                    milliseconds(median(taken)),
                    milliseconds(quantiles(taken, n=20)[-1]),
                    spread([mine / other for mine, other in zip(results[size]["newsroom"], taken, strict=True)]),
                ]
                for name, taken in results[size].items()
            ]
            print(
                f"\n{table([f'{thousands(size)} documents', 'median ms', 'p95 ms', 'ours ÷ it'], rows)}\n", flush=True
            )
        least, most = options.documents[0], options.documents[-1]
        for name in CONTESTANTS:
            growth = median(results[most][name]) / median(results[least][name])
            print(f"{name}: {growth:.1f} times as long at {most / least:.0f} times the documents")


if __name__ == "__main__":
    main()
