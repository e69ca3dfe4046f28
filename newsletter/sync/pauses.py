"""How long Mailchimp is left alone when it does not answer: for all workers together, longer each time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import cache

from newsletter.errors import Away

KEY = "newsletter.pause"
FIRST_SECONDS = 5
LONGEST_SECONDS = 600
# A cache that forgets this only lets somebody ask too early.
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Pause:
    """Mailchimp is left alone: since it did not answer the first time, until when, and why."""

    since: datetime
    until: datetime
    reason: str


def begin(away: Away) -> float:
    """Mailchimp did not answer: how many seconds it is left alone, at least as long as it asked for."""
    now = time.time()
    _until, length, since, _reason = cache.get(KEY) or (0, FIRST_SECONDS / 2, now, "")
    length = min(length * 2, LONGEST_SECONDS)
    seconds = max(length, away.retry_after)
    cache.set(KEY, (now + seconds, length, since, str(away)), KEPT_SECONDS + seconds)
    return seconds


def end() -> None:
    """It answers."""
    if cache.get(KEY) is not None:
        cache.delete(KEY)


def left() -> float:
    """Seconds until it may be asked again; 0 if it may."""
    until, *_rest = cache.get(KEY) or (0.0,)
    return max(0.0, until - time.time())


def current() -> Pause | None:
    """The pause that is on, for people to read; None while Mailchimp may be asked."""
    if not left():
        return None
    until, _length, since, reason = cache.get(KEY)
    return Pause(datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC), reason)
