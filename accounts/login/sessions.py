"""One request at a time for a session: what it knows of codes and tries is then always what the last one left."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.errors import Busy


@contextmanager
def one_at_a_time(session_key: str | None) -> Iterator[None]:
    """A transaction in which nobody else changes this session. Raises Busy where somebody does, instead of waiting:
    a thousand guesses at once would hold every thread of the server.
    """
    with transaction.atomic():
        if session_key and not _is_free(session_key):
            raise Busy
        yield


def _is_free(session_key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"session {session_key}"])
        return bool(cursor.fetchone()[0])


def forget_ended() -> None:
    """Remove sessions that ended, and what lists knew of them."""
    Session.objects.filter(expire_date__lt=Now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
