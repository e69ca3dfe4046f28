"""Clocks that tests set: PostgreSQL's, and that of a machine.

PostgreSQL has no command for it. But a function found earlier on the search path shadows its own, and all that this
project asks (`clock_timestamp()`, Django's `Now()`, defaults of columns) is asked without a schema.
"""

from datetime import timedelta

from django.db import connection

FUNCTIONS = {"clock_timestamp": "VOLATILE", "statement_timestamp": "STABLE", "now": "STABLE"}


class DatabaseClock:
    """PostgreSQL's clock in the test database.

    For every connection that is made from now on, until `remove`; or, inside a test's transaction, for this
    connection and until that is rolled back.
    """

    def __init__(self) -> None:
        self.ahead = timedelta()
        path = "search_path = public, pg_catalog"
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE public.clock (ahead interval NOT NULL)")
            cursor.execute("INSERT INTO public.clock VALUES ('0')")
            for name, volatility in FUNCTIONS.items():
                cursor.execute(
                    f"CREATE FUNCTION public.{name}() RETURNS timestamptz LANGUAGE sql {volatility} AS"
                    f" 'SELECT pg_catalog.{name}() + (SELECT ahead FROM public.clock)'"
                )
            self._set_defaults("public")
            cursor.execute(f"SET {path}")
            if not connection.in_atomic_block:
                cursor.execute(f"ALTER DATABASE {self._database()} SET {path}")

    def jump(self, by: timedelta) -> None:
        """Forward, or back. From then on it goes on as before."""
        self.ahead += by
        with connection.cursor() as cursor:
            cursor.execute("UPDATE public.clock SET ahead = make_interval(secs => %s)", [self.ahead.total_seconds()])

    def remove(self) -> None:
        """Give PostgreSQL its own clock back."""
        if connection.in_atomic_block:
            return
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {self._database()} RESET search_path")
            self._set_defaults("pg_catalog")
            for name in FUNCTIONS:
                cursor.execute(f"DROP FUNCTION public.{name}()")
            cursor.execute("DROP TABLE public.clock")
        connection.close()

    def _set_defaults(self, schema: str) -> None:
        """Let the columns that are the present moment by default take it from this schema's function."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT adrelid::regclass::text, attname FROM pg_attrdef JOIN pg_attribute"
                " ON attrelid = adrelid AND attnum = adnum"
                " WHERE pg_get_expr(adbin, adrelid) LIKE '%statement_timestamp()'"
            )
            for table, column in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT {schema}.statement_timestamp()")

    @staticmethod
    def _database() -> str:
        return connection.ops.quote_name(str(connection.settings_dict["NAME"]))
