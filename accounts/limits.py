"""How often something may be tried, counted exactly and for all processes together, in Valkey."""

import time
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from limits import parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from accounts.errors import NobodyCounts, TooManyTries

PREFIX = "accounts"


@dataclass(frozen=True)
class Limit:
    """So many times in a window that moves along: `Limit("codes", "3/30minutes")`."""

    name: str
    rate: str

    def hit(self, key: str) -> int:
        """Count one for `key`. 0 if it may, or the seconds after which it may again.

        Raises redis.RedisError, limits.errors.StorageError where nobody can count: then nothing may be tried.
        """
        item = parse(self.rate)
        if _limiter().hit(item, PREFIX, self.name, key):
            return 0
        reset_at, _left = _limiter().get_window_stats(item, PREFIX, self.name, key)
        return max(1, round(reset_at - time.time() + 0.5))

    def take(self, key: str) -> None:
        """Count one for `key`. Raises TooManyTries, or NobodyCounts."""
        try:
            seconds = self.hit(key)
        except (RedisError, StorageError) as error:
            raise NobodyCounts from error
        if seconds:
            raise TooManyTries(seconds)

    def forget(self, key: str) -> None:
        """Begin to count anew."""
        _limiter().clear(parse(self.rate), PREFIX, self.name, key)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage_from_string(settings.LIMITS_STORAGE))
