"""Rows of a read, by the shortest way: prepared by PostgreSQL, in binary, and asked again where the line was dead.

Django's own way costs more than all the rest of a read: it makes the SQL anew each time, with the values written into
it, so that PostgreSQL plans it anew; it gets bytes as hexadecimal text; and it asks first whether the connection
lives. `benchmarks/README.md` has the figures. Django's connection is used, and its log of queries.
"""

from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from psycopg import Cursor

Row = tuple[Any, ...]


class _ReadCursor(Cursor[Row]):
    prepared = False

    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> "_ReadCursor":
        return super().execute(query, params, prepare=self.prepared, binary=True)


def read_rows(query: str, values: Mapping[str, Any], *, prepared: bool = True) -> list[Row]:
    """The rows of a query that changes nothing; `%(name)s` stands for a value.

    `prepared`: keep its plan. Not where the best plan depends on the values, as it does for a rare topic.
    """
    try:
        return _read_rows(query, values, prepared)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _read_rows(query, values, prepared)


def _read_rows(query: str, values: Mapping[str, Any], prepared: bool) -> list[Row]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: Any = _ReadCursor(connection.connection)
    cursor.prepared = prepared
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as wrapped:
        wrapped.execute(query, values)
        return wrapped.fetchall()
