"""Celery's entry points: each calls one function of the room."""

from contextlib import suppress

from celery import shared_task
from redis.exceptions import RedisError

from search import counting, indexing
from search.errors import SearchAway
from search.server import following

# Seconds that one task leads the search server along the log; the next one goes on.
A_WHILE = 5


@shared_task(name="search.tasks.index_missing")
def index_missing() -> None:
    """Every few minutes: entries that are missing, or of an older version after an upgrade."""
    if indexing.index_missing():
        index_missing.apply_async(expires=60)


@shared_task(name="search.tasks.count_searches")
def count_searches() -> None:
    """Every minute: what was searched for."""
    with suppress(RedisError, NotImplementedError):
        counting.bring_over()


@shared_task(name="search.tasks.forget_searches")
def forget_searches() -> None:
    """Every night: what was searched for long ago, or once; what was prepared for nothing."""
    counting.forget_searches()
    indexing.forget_prepared()


@shared_task(name="search.tasks.follow_changes")
def follow_changes() -> None:
    """Every second, where there is a search server: it learns what was published and withdrawn."""
    with suppress(SearchAway):
        following.follow(A_WHILE)
