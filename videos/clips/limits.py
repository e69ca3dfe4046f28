"""How many clips somebody may have waiting, and order in an hour; and all callers together."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, QuerySet
from django.db.models.functions import Now

from accounts.callers import Caller
from videos.errors import TooBusy, TooManyAnHour, TooManyUnfinished
from videos.models import Clip, ClipRequest

# Of whoever waits for a place: after so many seconds one may be free.
SOON_SECONDS = 10
HOUR_SECONDS = 3600
_AGE = ExpressionWrapper(Now() - F("created_at"), output_field=DurationField())


def one_at_a_time(caller: Caller) -> None:
    """What a caller asks for at the same moment is counted one after the other, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"clips {caller.name}"])


def most_unfinished(caller: Caller) -> int:
    """How many clips of a caller may wait or be cut at a time."""
    return settings.CLIPS_UNFINISHED if caller.has_account else settings.CLIPS_UNFINISHED_ANONYMOUS


def most_an_hour(caller: Caller) -> int:
    """How many clips a caller may order in an hour."""
    return settings.CLIPS_AN_HOUR if caller.has_account else settings.CLIPS_AN_HOUR_ANONYMOUS


def refuse_too_many(caller: Caller, count: int = 1) -> None:
    """Whether there is room for so many more. Raises TooManyClips."""
    unfinished = Clip.objects.unfinished()
    if unfinished.of_caller(caller.account_id, caller.client).count() + count > most_unfinished(caller):
        raise TooManyUnfinished(SOON_SECONDS, limit=most_unfinished(caller))
    hourly = most_an_hour(caller)
    asked = ClipRequest.of_caller(caller.account_id, caller.client)
    if seconds := seconds_to_wait(asked, hourly, count):
        raise TooManyAnHour(seconds, limit=hourly)
    if unfinished.count() + count > settings.CLIPS_UNFINISHED_IN_ALL:
        raise TooBusy(6 * SOON_SECONDS)


def room_in_hour(caller: Caller) -> tuple[int, int]:
    """How many more clips a caller may order now, and after how many seconds it becomes more; 0 if nothing is used."""
    asked = ClipRequest.of_caller(caller.account_id, caller.client)
    recent = asked.filter(created_at__gt=Now() - timedelta(seconds=HOUR_SECONDS))
    used, oldest = recent.aggregate(used=Count("pk"), oldest=Max(_AGE)).values()
    left = max(0, most_an_hour(caller) - used)
    return left, HOUR_SECONDS - int(oldest.total_seconds()) if used else 0


def seconds_to_wait(rows: QuerySet, hourly: int, count: int) -> int:
    """After how long there is room for `count` more rows, of `hourly` that may be made in an hour; 0 where there is."""
    recent = rows.filter(created_at__gt=Now() - timedelta(seconds=HOUR_SECONDS)).order_by("-created_at")
    # The newest of those that have to be older than an hour before there is room.
    place = max(0, hourly - count)
    found = list(recent.annotate(age=_AGE).values_list("age", flat=True)[place : place + 1])
    return HOUR_SECONDS - int(found[0].total_seconds()) + 1 if found else 0
