"""Answers made of documents alone, kept in the process and given again while nothing has changed.

Nobody is given an answer on trust: each request asks the database, in one small query, where the log ends. All that is
public is told by the log, so the same end means the same documents; a publication or a withdrawal is seen by the first
request after its commit, in every process. `docs/decisions/0017-remembered-answers.md`.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.core.handlers.wsgi import WSGIHandler
from django.db import InterfaceError, OperationalError

from delivery.caching import SHARED_SECONDS, STALE_SECONDS, ReadResponse
from delivery.registry import all_renderers
from delivery.rows import read_rows

# Bytes a process may keep.
MOST_BYTES = 64_000_000
# What an entry takes beside its body: headers, key, the objects around them.
BESIDE_BODY = 2_000
# Longer than this is no address that a frontend asks twice (characters).
LONGEST_QUERY = 2_000
# All of a request that an answer made of documents alone depends on; each in `environ`.
ASKED = (
    *("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_ACCEPT", "HTTP_IF_NONE_MATCH"),
)
STEADY_SECONDS = SHARED_SECONDS + STALE_SECONDS + 2
# The last change with its moment: after a restore from a backup numbers are used again.
LOG_END = f"""
    SELECT epoch, sequence, (SELECT at FROM delivery_change ORDER BY sequence DESC LIMIT 1), coalesce(
        (SELECT min(at) FROM delivery_nextchange) > statement_timestamp() + interval '{STEADY_SECONDS} seconds', true
    ) FROM delivery_loghead
"""  # noqa: S608

Headers = list[tuple[str, str]]
Kept = tuple[str, Headers, bytes]


class RememberingHandler(WSGIHandler):
    """Django's handler, and before it what this process remembers.

    Remembered are answers that `delivery.reading` marks, and only while the clock changes nothing so soon that
    `Cache-Control` would count down to it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kept: LRUCache[tuple[Any, ...], Kept] = LRUCache(MOST_BYTES, lambda kept: len(kept[2]) + BESIDE_BODY)
        self.lock = Lock()
        self.prefixes = tuple(f"/api/v1/{renderer.collection}/" for renderer in all_renderers())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """The body's parts, as WSGI has it (PEP 3333)."""
        end = _steady_log_end() if self._may_be_kept(environ) else None
        if end is None:
            return super().__call__(environ, start_response)
        # Asked before the documents are read: what is published in between is kept under an end that is past.
        key = (end, *(environ.get(name) for name in ASKED))
        with self.lock:
            kept = self.kept.get(key)
        if kept is not None:
            status, headers, body = kept
            start_response(status, headers)
            return [body]
        response = super().__call__(environ, start_response)
        if isinstance(response, ReadResponse) and response.is_of_documents_alone:
            status = f"{response.status_code} {response.reason_phrase}"
            with self.lock, suppress(ValueError):  # cachetools: larger than all of the memory
                self.kept[key] = (status, list(response.items()), response.content)
        return response

    def _may_be_kept(self, environ: dict[str, Any]) -> bool:
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and environ["PATH_INFO"].startswith(self.prefixes)
            and len(environ.get("QUERY_STRING", "")) < LONGEST_QUERY
        )


def _steady_log_end() -> tuple[Any, ...] | None:
    """Names the state of all that is public. None while the clock is about to change it, or nobody can tell."""
    try:
        rows = read_rows(LOG_END, {})
    except (OperationalError, InterfaceError):
        return None  # the request itself will meet it, and say so
    return rows[0][:3] if rows and rows[0][3] else None
