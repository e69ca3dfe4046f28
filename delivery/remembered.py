"""Answers made of documents alone, kept in the process and given again while nothing has changed.

Nobody is given an answer on trust: each request asks the database, in one small query, where the log ends. All that is
public is told by the log, so the same end means the same documents; a publication or a withdrawal is seen by the first
request after its commit, in every process. `docs/decisions/0017-remembered-answers.md`.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from django.core.handlers.wsgi import WSGIHandler
from django.db import InterfaceError, OperationalError

from delivery.caching import ReadResponse, cache_control
from delivery.registry import all_renderers
from delivery.rows import read_rows

# Bytes a process may keep.
MOST_BYTES = 64_000_000
# What an entry takes beside its body at most: the answer's headers, what was asked, the objects around them.
BESIDE_BODY = 6_000
# All of a request that an answer made of documents alone depends on; each in `environ`.
ADDRESS = ("PATH_INFO", "QUERY_STRING")
HEADERS = (
    *("REQUEST_METHOD", "wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_ACCEPT", "HTTP_IF_NONE_MATCH", "CONTENT_TYPE"),
)
# Characters. What is longer is nothing that a frontend asks twice.
LONGEST_ADDRESS = 2_000
LONGEST_HEADER = 250
# The last change with its moment: after a restore from a backup numbers are used again.
LOG_END = """
    SELECT epoch, sequence, (SELECT at FROM delivery_change ORDER BY sequence DESC LIMIT 1),
        statement_timestamp(), (SELECT min(at) FROM delivery_nextchange)
    FROM delivery_loghead
"""


class Kept(NamedTuple):
    """An answer, but for its `Cache-Control`, which counts down to the next change that the clock makes."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class RememberingHandler(WSGIHandler):
    """Django's handler, and before it what this process remembers: answers that `delivery.reading` marks."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: LRUCache[tuple[Any, ...], Kept] = LRUCache(MOST_BYTES, lambda kept: len(kept.body) + BESIDE_BODY)
        self.lock = Lock()
        self.prefixes = tuple(f"/api/v1/{renderer.collection}/" for renderer in all_renderers())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """The body's parts, as WSGI has it (PEP 3333)."""
        log_end = _log_end() if self._may_be_kept(environ) else None
        if log_end is None:
            return super().__call__(environ, start_response)
        *end, now, change_at = log_end
        # Asked before the documents are read: what is published in between is kept under an end that is past.
        key = (*end, *(environ.get(name) for name in (*ADDRESS, *HEADERS)))
        with self.lock:
            kept = self.kept.get(key)
        if kept is not None:
            start_response(kept.status, [*kept.headers, ("Cache-Control", cache_control(now, change_at))])
            return [kept.body]
        response = super().__call__(environ, start_response)
        if isinstance(response, ReadResponse) and response.is_of_documents_alone:
            headers = [(name, value) for name, value in response.items() if name != "Cache-Control"]
            with self.lock, suppress(ValueError):  # cachetools: larger than all of the memory
                self.kept[key] = Kept(f"{response.status_code} {response.reason_phrase}", headers, response.content)
        return response

    def _may_be_kept(self, environ: dict[str, Any]) -> bool:
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and environ["PATH_INFO"].startswith(self.prefixes)
            and sum(len(environ.get(name, "")) for name in ADDRESS) < LONGEST_ADDRESS
            and all(len(environ.get(name, "")) < LONGEST_HEADER for name in HEADERS)
        )


def _log_end() -> tuple[Any, ...] | None:
    """What names the state of all that is public (three values), the time, and the next change that the clock makes.

    None where nobody can tell.
    """
    try:
        rows = read_rows(LOG_END, {})
    except (OperationalError, InterfaceError):
        return None  # the request itself will meet it, and say so
    return rows[0] if rows else None
