"""Whether the search finds what a journalist is looking for: judged queries, and Wagtail's search beside ours.

`python -m benchmarks.search_quality` loads the demo into a newsroom of its own and asks each contestant the same
queries (`judged/`); with `OPENSEARCH_URL` that server, too. For each class, each language and in all it prints
precision at five and mean reciprocal rank.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from statistics import mean

from benchmarks.search_quality.contestants import (
    Contestant,
    Newsroom,
    SearchServer,
    Wagtail,
    WagtailPlus,
    ordinary_copy,
)
from benchmarks.search_quality.judged import CLASSES, queries
from benchmarks.search_quality.scores import Judgement, judge
from benchmarks.tables import table
from benchmarks.throwaway import manage, newsroom
from cms.demo.pieces import LANGUAGES

COPY = "wagtail"
CONTESTANTS: dict[str, Callable[[], Contestant]] = {
    "newsroom": Newsroom,
    "Wagtail": partial(Wagtail, COPY),
    "Wagtail+": partial(WagtailPlus, COPY),
}
# Read here: a throw-away newsroom has no variable of the environment's.
if url := os.environ.get("OPENSEARCH_URL"):
    CONTESTANTS["OpenSearch"] = partial(SearchServer, url)


def ask(contestant: Contestant) -> list[Judgement]:
    """All queries, a language at a time."""
    judgements = []
    for locale in LANGUAGES:
        with contestant.ready(locale):
            judgements += [judge(query, contestant) for query in queries() if query.locale == locale]
    return judgements


def figures(results: dict[str, list[Judgement]]) -> str:
    """A row a class, a language, and all; a column a contestant, precision first."""
    rows = [_row(kind, results, kind=kind) for kind in CLASSES]
    rows += [_row(locale, results, locale=locale) for locale in LANGUAGES]
    rows.append(_row("all", results))
    head = [f"{figure} {name}" for figure in ("P@5", "MRR") for name in results]
    return table(["", "queries", *head], rows)


def _row(name: str, results: dict[str, list[Judgement]], **fields: str) -> list[str]:
    """`fields`: what the queries that count have in common."""
    chosen = [
        [one for one in judgements if all(getattr(one.query, field) == value for field, value in fields.items())]
        for judgements in results.values()
    ]
    precision = [mean(one.precision for one in judgements) for judgements in chosen]
    rank = [mean(one.reciprocal_rank for one in judgements) for judgements in chosen]
    return [name, str(len(chosen[0])), *(f"{figure:.2f}" for figure in [*precision, *rank])]


def misses(judgements: Iterable[Judgement]) -> str:
    """What was not answered as it should be, with what came instead."""
    lines = []
    for one in judgements:
        if one.precision == one.reciprocal_rank == 1:
            continue
        query, answer = one.query, one.answer
        lines.append(f"{query.kind} {query.locale} P@5 {one.precision:.2f} RR {one.reciprocal_rank:.2f}: {query.text}")
        lines.append(f"    best  {_listed(sorted(query.best))}   good  {_listed(sorted(query.good))}")
        lines.append(f"    found {answer.error or _listed(answer.keys[:5])}")
        if answer.suggestion:
            lines.append(f"    suggested {answer.suggestion}")
    return "\n".join(lines)


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys) or "–"


def main() -> None:
    """Load, ask, print. How good the figures are does not decide how it exits."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_quality", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--misses",
        nargs="?",
        const="newsroom",
        choices=CONTESTANTS,
        metavar="WHO",
        help=f"list what was answered wrongly, by one of {', '.join(CONTESTANTS)} (newsroom)",
    )
    options = parser.parse_args()
    with newsroom(durable=False) as installation:
        print("Loading the demo …", flush=True)
        # Captions are whole however short the footage is.
        manage(installation, "load_demo", "--video-seconds", "2")
        ordinary_copy(installation, COPY)
        results = {name: ask(contestant()) for name, contestant in CONTESTANTS.items()}
        print(figures(results))
        if options.misses:
            print(f"\n{misses(results[options.misses])}")


if __name__ == "__main__":
    main()
