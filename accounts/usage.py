"""What is downloaded, by whom: kept for the newsroom's report of usage, and counted against a day's quota."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from limits.errors import StorageError
from redis.exceptions import RedisError

from accounts.callers import Caller
from accounts.errors import TooManyDownloads
from accounts.limits import Limit
from accounts.models import MediaAccount, UsageEntry

DAY = timedelta(days=1)
# The same thing asked for again: a browser that tries once more, or a download manager that begins with a question.
AGAIN = timedelta(minutes=1)
ONCE_A_MINUTE = Limit("downloads by client", "1/minute")


@dataclass(frozen=True)
class Use:
    """Something that is handed out. `start`, `end`: seconds, of a clip; `title`: of the video."""

    action: UsageEntry.Action
    title: str
    story_id: UUID | None = None
    rendition: str = ""
    start: Decimal | None = None
    end: Decimal | None = None
    size_bytes: int | None = None


def note(caller: Caller, uses: Iterable[Use]) -> None:
    """Keep that these were handed out; of who has no account, without a name."""
    account = MediaAccount.objects.select_related("user").filter(pk=caller.account_id).first()
    person = UsageEntry.person(account) if account else {}
    UsageEntry.objects.bulk_create(UsageEntry(account=account, **person, **asdict(use)) for use in uses)


def note_download(caller: Caller, use: Use) -> None:
    """The same for one, but not again within a minute. Raises TooManyDownloads, and then nothing is handed out."""
    if caller.level is None:
        if _is_first(f"{caller.name} {use.story_id} {use.rendition}"):
            note(caller, [use])
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"usage {caller.name}"])
        same = {"action": use.action, "story_id": use.story_id, "rendition": use.rendition}
        if not UsageEntry.objects.filter(account=caller.account_id, at__gt=Now() - AGAIN, **same).exists():
            refuse_too_many(caller)
            note(caller, [use])


def refuse_too_many(caller: Caller, count: int = 1) -> None:
    """Whether an account has so many more within a day. Raises TooManyDownloads."""
    limit = settings.DOWNLOADS_A_DAY
    if caller.level is None or _counted(caller.account_id).count() + count <= limit:
        return
    # The newest of those that have to be older than a day before there is room.
    age = ExpressionWrapper(Now() - F("at"), output_field=DurationField())
    ages = _counted(caller.account_id).order_by("-at").annotate(age=age).values_list("age", flat=True)
    place = max(0, limit - count)
    left = DAY - next(iter(ages[place : place + 1]), timedelta(0))
    raise TooManyDownloads(limit, int(left.total_seconds()) + 1)


def left_today(account_id: int) -> int:
    """How many more downloads and clips an account has within a day."""
    return max(0, settings.DOWNLOADS_A_DAY - _counted(account_id).count())


def _counted(account_id: int | None) -> QuerySet[UsageEntry]:
    """Archives are made of clips that were counted."""
    recent = UsageEntry.objects.filter(account=account_id, at__gt=Now() - DAY)
    return recent.exclude(action=UsageEntry.Action.ARCHIVE)


def _is_first(key: str) -> bool:
    try:
        return ONCE_A_MINUTE.hit(key) == 0
    except (RedisError, StorageError):
        return True
