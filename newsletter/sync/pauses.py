"""How long Mailchimp is left alone when it does not answer: for all workers together, longer each time."""

import time

from django.core.cache import cache

from newsletter.errors import Away

KEY = "newsletter.pause"
FIRST_SECONDS = 5
LONGEST_SECONDS = 600
# A cache that forgets this only lets somebody ask too early.
KEPT_SECONDS = 3600


def begin(away: Away) -> float:
    """Mailchimp did not answer: how many seconds it is left alone, at least as long as it asked for."""
    _until, length = cache.get(KEY) or (0, FIRST_SECONDS / 2)
    length = min(length * 2, LONGEST_SECONDS)
    seconds = max(length, away.retry_after)
    cache.set(KEY, (time.time() + seconds, length), KEPT_SECONDS + seconds)
    return seconds


def end() -> None:
    """It answers."""
    if cache.get(KEY) is not None:
        cache.delete(KEY)


def left() -> float:
    """Seconds until it may be asked again; 0 if it may."""
    until, _length = cache.get(KEY) or (0.0, 0)
    return max(0.0, until - time.time())
