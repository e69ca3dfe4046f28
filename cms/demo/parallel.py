"""Work for several processors: a new interpreter each. It knows nothing of Django unless it is told a database."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


def in_parallel(jobs: Mapping[Key, Callable[[], Result]], database: str | None = None) -> Iterator[tuple[Key, Result]]:
    """Each job's key and result, in the order in which they end. An error of one ends all.

    `database`: the name of the one that the jobs work on; without it they must do without Django.
    """
    if not jobs:
        return
    pool = ProcessPoolExecutor(
        min(len(jobs), os.cpu_count() or 1), get_context("spawn"), initializer=_set_up, initargs=(database,)
    )
    try:
        waiting = {pool.submit(job): key for key, job in jobs.items()}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _set_up(database: str | None) -> None:
    """Before a job's own module is imported, which may be one that needs Django."""
    if database is None:
        return
    import django
    from django.db import connection

    django.setup()
    connection.settings_dict["NAME"] = database
