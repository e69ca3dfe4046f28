"""What people search for, and what they do not find: counted by day, without a word of who they are.

A search writes nothing to the database: the cache's server counts, and a task brings it over. What looks like a
person's data (an address, a number) is not counted, nor is what is long. Answers that a shared cache gives are not
counted, for they are not heard of here.
"""

import re
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from search.models import SearchCount
from search.words import tidy

COUNTED, MOVING = "newsroom:searches", "newsroom:searches moving"
# Letters of what is counted; a run of digits from which on it may be somebody's number.
LONGEST = 100
NUMBER = re.compile(r"\d(?:[\s./-]*\d){5}")
# What was searched for once is nothing that a newsroom acts upon, and may say who somebody is.
KEPT, ONCE_KEPT = timedelta(days=365), timedelta(days=7)

ADD = """
    INSERT INTO search_searchcount (day, locale, words, searches, in_vain)
    SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::int[], %s::int[])
    ON CONFLICT (day, locale, words) DO UPDATE SET
        searches = search_searchcount.searches + excluded.searches,
        in_vain = search_searchcount.in_vain + excluded.in_vain
"""


def count_search(text: str, locale: str, found: bool) -> None:
    """Count a search; where nobody counts at the moment, it goes without."""
    words = tidy(text).lower()
    if not words or len(words) > LONGEST or "@" in words or NUMBER.search(words):
        return
    with suppress(RedisError, NotImplementedError):
        _server().hincrby(COUNTED, f"{timezone.now():%Y-%m-%d}\t{locale}\t{int(found)}\t{words}", 1)


def bring_over() -> int:
    """Add what was counted to the table; answer how many different searches that were."""
    server = _server()
    if not server.exists(MOVING):
        if not server.exists(COUNTED):
            return 0
        server.rename(COUNTED, MOVING)
    searches, in_vain = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for field, number in server.hgetall(MOVING).items():
        day, locale, found, words = str(field, "utf-8").split("\t", 3)
        searches[day, locale, words] += int(number)
        in_vain[day, locale, words] += int(number) if found == "0" else 0
    keys = sorted(searches)
    with connection.cursor() as cursor:
        cursor.execute(
            ADD,
            [
                [date.fromisoformat(day) for day, _locale, _words in keys],
                [locale for _day, locale, _words in keys],
                [words for _day, _locale, words in keys],
                [searches[key] for key in keys],
                [in_vain[key] for key in keys],
            ],
        )
    server.delete(MOVING)
    return len(keys)


def forget_searches() -> None:
    """Delete what is older than is kept."""
    today = timezone.now().date()
    SearchCount.objects.filter(day__lt=today - KEPT).delete()
    SearchCount.objects.filter(day__lt=today - ONCE_KEPT, searches=1).delete()


def _server() -> Any:
    return get_redis_connection("default")
