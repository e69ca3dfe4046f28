"""The database's clock. Web servers and workers drift; what is public is decided by one clock."""

from datetime import UTC, datetime
from types import SimpleNamespace

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from wagtail.actions import publish_revision

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def database_now() -> datetime:
    """This moment by PostgreSQL (`clock_timestamp()`), in UTC. Inside a transaction it moves on, unlike `now()`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def told(at: datetime | None) -> str:
    """A moment as people read it in the admin, in their language; nothing for none."""
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def let_wagtail_ask_the_database() -> None:
    """Have Wagtail's publish action, which compares `go_live_at` with the time, take it from PostgreSQL.

    By its machine's clock it publishes too early where that is ahead, and schedules again what is due where it is
    behind.
    """
    publish_revision.timezone = SimpleNamespace(now=database_now)
