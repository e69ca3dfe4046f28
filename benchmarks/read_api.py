"""Reading: the project against stock Wagtail's API v2 and v3, and against Django that does nothing.

`python -m benchmarks.read_api` loads stories into a newsroom of its own, starts every contestant as a server on the
same database, and asks them in turn, in short slices, so that what else the machine does strikes all alike. Ratios
are taken within a round, and given as their median with least and most.

- newsroom      this project, all its middleware, as `cms.wsgi` serves it
- …, each read anew   the same without `delivery.remembered`: what an answer costs that nobody has asked for yet
- Wagtail v2    `wagtail.api.v2` on the same pages, with the fields that our cards and documents hold
- Wagtail v3    `wagtail.api.v3`, a preview in 8.0: its lists hold titles and addresses only
- floor         Django with one view that returns as many constant bytes, without middleware and database
- floor, our middleware   the same view behind the project's middleware
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.addresses import ANEW, CONTESTANTS, FLOOR, V2, Question, our_questions, questions
from benchmarks.breakdown import breakdown
from benchmarks.load import Load, load
from benchmarks.servers import THREADS, Server, children, cpu_seconds, serving
from benchmarks.tables import megabytes, milliseconds, spread, table, thousands
from benchmarks.throwaway import address, copy_database, load_stories, newsroom, vacuum
from cms.local.installation import BASE_DIR, Installation
from cms.local.postgres import DATABASE

CONNECTIONS = 4
WARM_UP_SECONDS = 1.0
SCALE = (1_000, 100_000)


@dataclass
class Figures:
    """What one contestant did with one question, a value a round."""

    loads: list[Load] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)  # seconds a request
    database_cpu: list[float] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """Requests a second."""
        return [one.rate for one in self.loads]


Results = dict[str, dict[str, Figures]]  # by question, by contestant


def warm_up(servers: Mapping[str, Server], asked: Sequence[Question]) -> None:
    """Until every thread has its connection, and every cache what it holds."""
    for question in asked:
        for name, paths in question.paths.items():
            load(servers[name].port, paths, seconds=WARM_UP_SECONDS, connections=CONNECTIONS)


def measure(
    installation: Installation, servers: Mapping[str, Server], asked: Sequence[Question], seconds: float, rounds: int
) -> Results:
    """Ask every contestant every question once a round, each time beginning with another one."""
    results: Results = {question.name: defaultdict(Figures) for question in asked}
    for turn in range(rounds):
        for question in asked:
            names = list(question.paths)
            shift = turn % len(names)
            for name in names[shift:] + names[:shift]:
                figures = results[question.name][name]
                _slice(installation, servers[name], question.paths[name], seconds, figures)
    return results


def _slice(installation: Installation, server: Server, paths: Sequence[str], seconds: float, figures: Figures) -> None:
    server_before, database_before = server.cpu, database_cpu(installation)
    got = load(server.port, paths, seconds=seconds, connections=CONNECTIONS)
    count = len(got.latencies)
    server.requests += count
    figures.loads.append(got)
    figures.server_cpu.append((server.cpu - server_before) / count)
    figures.database_cpu.append((database_cpu(installation) - database_before) / count)


def database_cpu(installation: Installation) -> float:
    """Seconds of CPU of all of PostgreSQL's processes."""
    pid = int((installation.var_dir / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    return sum(map(cpu_seconds, [pid, *children(pid)]))


def ratios(over: Figures, under: Figures) -> list[float]:
    """Requests a second of one by those of the other, round by round."""
    return [one / other for one, other in zip(over.rates, under.rates, strict=True)]


def show(results: Results, queries: Mapping[str, Mapping[str, int]]) -> None:
    """A table a question."""
    for question, by_name in results.items():
        rows = []
        for name, figures in by_name.items():
            rows.append(
                [
                    name,
                    thousands(median(figures.rates)),
                    spread(ratios(figures, by_name[V2])) if name != V2 else "1",
                    spread(ratios(by_name[FLOOR], figures)) if name != FLOOR else "1",
                    milliseconds(median(one.median for one in figures.loads)),
                    milliseconds(median(one.p99 for one in figures.loads)),
                    milliseconds(median(figures.server_cpu)),
                    milliseconds(median(figures.database_cpu)),
                    thousands(figures.loads[-1].length),
                    str(queries[question].get(name, 0)),
                ]
            )
        head = [question, "requests/s", "times v2", "floor is … times as fast", "median ms", "p99 ms"]
        print("\n" + table([*head, "server CPU ms", "database CPU ms", "bytes", "queries"], rows))


def count_queries(installation: Installation, asked: Sequence[Question]) -> dict[str, dict[str, int]]:
    """Queries an answer, in a process of its own for each contestant; by question and contestant."""
    counts: dict[str, dict[str, int]] = {question.name: {} for question in asked}
    for name, variables in CONTESTANTS.items():
        paths = [question.paths[name][0] for question in asked]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.contestants.queries", *paths],
            cwd=BASE_DIR,
            env=installation.environment() | variables,
            stdout=subprocess.PIPE,
            check=True,
        )
        for question, count in zip(asked, json.loads(done.stdout), strict=True):
            counts[question.name][name] = count
    return counts


def compare(installation: Installation, seconds: float, rounds: int) -> None:
    """All contestants on the content that is loaded."""
    with serving(installation, CONTESTANTS) as servers:
        asked = questions(servers)
        queries = count_queries(installation, asked)
        client_limit(servers[FLOOR], seconds)
        warm_up(servers, asked)
        before = {name: server.memory for name, server in servers.items()}
        results = measure(installation, servers, asked, seconds, rounds)
        show(results, queries)
        rows = [
            [
                name,
                thousands(server.requests),
                megabytes(before[name]),
                megabytes(server.memory),
                megabytes(server.peak),
            ]
            for name, server in servers.items()
        ]
        print("\n" + table(["memory", "requests", "MB before", "MB after", "MB at most"], rows))


def client_limit(server: Server, seconds: float) -> None:
    """How much of a slice the client itself needs: its CPU time for a request of the fastest contestant."""
    before = cpu_seconds(os.getpid())
    got = load(server.port, ["/api/v1/floor/100/"], seconds=seconds, connections=CONNECTIONS)
    used = (cpu_seconds(os.getpid()) - before) / len(got.latencies)
    print(
        f"\nThe client alone: {milliseconds(used)} ms of CPU a request, so at most {1 / used:,.0f} a second; "
        f"the floor with 100 bytes gives {got.rate:,.0f}."
    )


def scale(installation: Installation, seconds: float, rounds: int) -> None:
    """The project with few stories and with many, both at once, from two databases of one PostgreSQL."""
    few, many = SCALE
    load_stories(installation, few)
    copy_database(installation, "few")
    load_stories(installation, many - few)
    vacuum(installation, "few")
    compare_sizes(installation, {f"{few:,}": "few", f"{many:,}": DATABASE}, seconds, rounds)


def compare_sizes(installation: Installation, databases: Mapping[str, str], seconds: float, rounds: int) -> None:
    """Two databases, by their number of stories, the smaller first."""
    contestants = {
        size: CONTESTANTS[ANEW] | {"DATABASE_URL": address(installation, database)}
        for size, database in databases.items()
    }
    with serving(installation, contestants) as servers:
        by_size = {size: our_questions(server) for size, server in servers.items()}
        asked = [
            Question(question, {size: by_size[size][question] for size in databases})
            for question in next(iter(by_size.values()))
        ]
        warm_up(servers, asked)
        results = measure(installation, servers, asked, seconds, rounds)
    few, many = databases
    rows = [
        [
            question,
            *(thousands(median(by[size].rates)) for size in databases),
            *(milliseconds(median(by[size].server_cpu)) for size in databases),
            *(milliseconds(median(by[size].database_cpu)) for size in databases),
            spread(ratios(by[few], by[many])),
        ]
        for question, by in results.items()
    ]
    head = [f"{what}, {size}" for what in ("requests/s", "server CPU ms", "database CPU ms") for size in databases]
    print("\n" + table(["stories", *head, "times slower"], rows))


def main() -> None:
    """Load, serve, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.read_api", description=__doc__.split("\n\n")[0])
    parser.add_argument("--stories", type=int, default=5_000, metavar="N", help="stories to load (5,000)")
    parser.add_argument("--seconds", type=float, default=2, metavar="S", help="length of a slice (2)")
    parser.add_argument("--rounds", type=int, default=5, metavar="R", help="slices of each contestant (5)")
    parser.add_argument("--quick", action="store_true", help="3,000 stories, three rounds of slices of half a second")
    parser.add_argument(
        "--scale", action="store_true", help="instead: 1,000 stories against 100,000, which take half an hour to load"
    )
    parser.add_argument("--profile", action="store_true", help="instead: where the time of one of our lists goes")
    options = parser.parse_args()
    if options.quick:
        options.stories, options.seconds, options.rounds = 3_000, 0.5, 3
    with newsroom(durable=False) as installation:
        print(
            f"granian, one worker, {THREADS} threads; client with {CONNECTIONS} connections; {os.cpu_count()} cores; "
            f"{options.rounds} rounds of slices of {options.seconds:g} s"
        )
        if options.scale:
            scale(installation, options.seconds, options.rounds)
            return
        load_stories(installation, options.stories)
        if options.profile:
            print(breakdown())
        else:
            compare(installation, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
