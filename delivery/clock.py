"""The database's clock. Web servers and workers drift; what is public is decided by one clock."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """This moment by PostgreSQL (`clock_timestamp()`), in UTC. Inside a transaction it moves on, unlike `now()`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
