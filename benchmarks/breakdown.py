"""Where the time of one of our lists goes: the same request many times in this process, under cProfile."""

import cProfile
from collections import defaultdict
from pathlib import PurePath
from typing import Any

from benchmarks.addresses import OUR_LIST
from benchmarks.tables import milliseconds, table

REQUESTS = 1000
# Part of the path of a source file → what it does here. The first that fits counts.
PARTS = {
    "ninja/": "ninja: routing within the API, parameters, answers",
    "pydantic": "pydantic: validation of parameters",
    "psycopg": "psycopg: sending the query, reading rows",
    "django/db/": "Django: making SQL, connections",
    "django/urls/": "Django: finding the view",
    "django/core/handlers/": "Django: request and middleware",
    "django/middleware/": "Django: request and middleware",
    "django/http/": "Django: request and response",
    "django/utils/": "Django: request and response",
    "django/": "Django: the rest",
    "cms/": "the project: middleware",
    "delivery/": "the project: reading",
    "news/": "the project: reading",
}


def breakdown() -> str:
    """A table of the time by what it is spent on. The profiler makes small functions look dearer than they are."""
    import os
    from io import BytesIO

    from cms.wsgi import application

    answer: Any = application
    path, _mark, query = OUR_LIST.partition("?")
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1"}
    request |= {"SERVER_PORT": "80", "wsgi.url_scheme": "http", "SCRIPT_NAME": "", "HTTP_HOST": "127.0.0.1"}

    def ask() -> None:
        whole = answer({**request, "wsgi.input": BytesIO()}, lambda *_args: None)
        b"".join(whole)
        whole.close()

    for _ in range(50):
        ask()
    before = os.times()
    for _ in range(REQUESTS):
        ask()
    after = os.times()
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(REQUESTS):
        ask()
    profiler.disable()
    spent: dict[str, float] = defaultdict(float)
    calls: dict[str, int] = defaultdict(int)
    for (source, _line, _function), (_primitive, count, own, _total, callers) in _calls(profiler).items():
        # What is written in C has no source: it belongs to who calls it.
        shares = {caller: values[2] for caller, values in callers.items()} if source == "~" else {(source, 0, ""): own}
        for (place, _at, _name), seconds in shares.items():
            part = _part(place)
            spent[part] += seconds
            calls[part] += count if source != "~" else 0
    total = sum(spent.values())
    rows = [
        [part, f"{seconds / total:.0%}", milliseconds(seconds / REQUESTS), f"{calls[part] / REQUESTS:.0f}"]
        for part, seconds in sorted(spent.items(), key=lambda item: -item[1])
    ]
    elapsed = (after.elapsed - before.elapsed) / REQUESTS
    cpu = (after.user + after.system - before.user - before.system) / REQUESTS
    return (
        f"\n{table(['one list of 20', 'share', 'ms', 'calls'], rows)}\n\n"
        f"Without the profiler: {milliseconds(elapsed)} ms a request, {milliseconds(cpu)} of them CPU of this process."
    )


def _calls(profiler: cProfile.Profile) -> dict[Any, Any]:
    profiler.create_stats()
    stats: dict[Any, Any] = profiler.stats
    return stats


def _part(source: str) -> str:
    place = PurePath(source).as_posix()
    return next((name for piece, name in PARTS.items() if piece in place), "Python's own library")
