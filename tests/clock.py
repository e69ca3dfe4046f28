"""A database's clock that goes on when a test says so. The fixture is `clock`."""

from datetime import timedelta

import pytest
from django.db import connection


class Clock:
    """The database's clock, for the rest of the test: everything asks it by these names."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            for name in ("clock_timestamp", "statement_timestamp", "now"):
                cursor.execute(
                    f"CREATE FUNCTION public.{name}() RETURNS timestamptz LANGUAGE sql AS"
                    " $$SELECT pg_catalog.clock_timestamp() + current_setting('test.ahead')::interval$$"
                )
            cursor.execute("SET LOCAL search_path = public, pg_catalog; SET LOCAL test.ahead = '0 s'")

    def go_on(self, by: timedelta) -> None:
        """Let time pass."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('test.ahead', %s, true)", [f"{by.total_seconds()} s"])


@pytest.fixture
def clock(db: None) -> Clock:
    """The database's clock."""
    return Clock()
