"""How long a search takes: two words, with number and facets, among ten thousand and a hundred thousand documents.

`python -m benchmarks.search_speed` loads stories into a newsroom of its own, asks the same pairs of words at each size,
of each contestant in turn, and prints medians, the slowest of twenty, and how they grow. Pairs are a word of a summary
and a word of the text of the same story, so that each finds something; the demo's stories share their phrases, so many
find a tenth of all. The larger sizes are made of the smallest: rows are copied in the database, ours as Wagtail's, each
with another date, since to write a hundred thousand stories takes an hour and finds no other words.
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


# More than any key that the first stories have.
STEP = 1_000_000
# What a copy has of its own, by table; the rest is the original's. `{by}`: how far its keys are from those.
COPIED = {
    "delivery_publisheddocument": {
        "id": "id + {by}",
        "story_id": "gen_random_uuid()",
        "path": "path || {by}",
        "published_at": "published_at - {by} / 10000 * interval '1 day'",
    },
    "search_entry": {
        "document_id": "document_id + {by}",
        "story_id": "gen_random_uuid()",
        "published_at": "published_at - {by} / 10000 * interval '1 day'",
    },
    "wagtailcore_page": {"id": "id + {by}", "path": "path || {by}", "translation_key": "gen_random_uuid()"},
    "wagtailsearch_indexentry": {"id": "id + {by}", "object_id": "(object_id::bigint + {by})::text"},
}


def multiply(times: int) -> None:
    """Each document and page so many times: a copy is found as its original is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys of other tables are not looked at
        for name, own in COPIED.items():
            columns = [column.name for column in connection.introspection.get_table_description(cursor, name)]
            for nth in range(1, times):
                values = [own.get(column, column).format(by=nth * STEP) for column in columns]
                cursor.execute(
                    f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {name}"
                    f" WHERE {next(iter(own))} < {STEP}"
                )
        cursor.execute("SET session_replication_role = origin")


def main() -> None:
    """Load, ask, load more, ask again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_speed", description=__doc__.split("\n\n")[0])
    parser.add_argument("--documents", type=int, default=10_000, help="how many at first")
    parser.add_argument("--times", type=int, default=10, help="how many times as many then")
    parser.add_argument("--pairs", type=int, default=60, help="pairs of words")
    options = parser.parse_args()
    with newsroom(durable=False) as installation:
        from django.core.management import call_command
        from django.db import connection

        results: dict[int, dict[str, list[float]]] = {}
        load_stories(installation, round(options.documents / DOCUMENTS_OF_A_STORY))
        with as_stock():
            call_command("update_index", verbosity=0)
        pairs = [pair for pair in pairs_of_words(options.pairs) if ours(pair)]
        for size in (options.documents, options.documents * options.times):
            if size > options.documents:
                multiply(options.times)
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
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
        for name in CONTESTANTS:
            growth = median(results[size][name]) / median(results[options.documents][name])
            print(f"{name}: {growth:.1f} times as long at {options.times} times the documents")


if __name__ == "__main__":
    main()
