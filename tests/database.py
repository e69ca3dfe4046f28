"""After a test whose data were committed, the database is again as `migrate` left it, in a tenth of a second.

Django empties all tables and sends `post_migrate`, which makes permissions, foundation and rights anew: two seconds a
test. Here the rows that `migrate` left are kept and put back as they were, with their keys: what a process remembers
of content types stays true. Sequences go on, as after Django's `flush`.
"""

from typing import Any

from django.db import connection, transaction
from psycopg import sql

# Whoever wrote into a table, also if that was taken back, made its file grow.
WRITTEN = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
    AND pg_relation_size(oid) > 0
"""


class Kept:
    """The rows of every table, as they are when this is made."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            self.rows = {table: self._read(cursor, table) for table in self._written(cursor)}

    def put_back(self) -> None:
        """Leave these rows and no others. Waits for whoever is still writing, as `flush` does."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # rows go and come in any order
            written = {*self._written(cursor), *self.rows}
            cursor.execute(sql.SQL("LOCK TABLE {}").format(sql.SQL(", ").join(map(sql.Identifier, written))))
            for table in written:
                # Half a millisecond; to truncate takes twelve.
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if rows := self.rows.get(table):
                    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                        copy.write(rows)

    def _written(self, cursor: Any) -> list[str]:
        cursor.execute(WRITTEN)
        return [name for (name,) in cursor.fetchall()]

    def _read(self, cursor: Any, table: str) -> bytes:
        with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
            return b"".join(bytes(piece) for piece in copy)
