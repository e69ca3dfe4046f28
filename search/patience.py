"""No statement of a search takes longer than a reader waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from search.errors import SearchTookTooLong

# Milliseconds that the database may take for one statement.
TIMEOUT = 1500
QUERY_CANCELED = "57014"


@contextmanager
def patience() -> Iterator[None]:
    """A transaction in which the database gives up in time. Raises SearchTookTooLong."""
    if connection.in_atomic_block:
        yield
        return
    connection.close_if_unusable_or_obsolete()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT}")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == QUERY_CANCELED:
            raise SearchTookTooLong from None
        raise
