"""How often something may be tried, counted exactly and for all processes together, in Valkey."""

import hashlib
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from accounts.errors import NobodyCounts, TooManyTries

logger = logging.getLogger(__name__)
PREFIX = "accounts"


@dataclass(frozen=True)
class Limit:
    """So many times in a window that moves along: `Limit("codes", "3/30minutes")`."""

    name: str
    rate: str

    def hit(self, key: str, counter: MovingWindowRateLimiter | None = None) -> int:
        """Count one for `key`. 0 if it may, or the seconds after which it may again. `counter`: of this process alone.

        Raises redis.RedisError, limits.errors.StorageError where nobody can count: then nothing may be tried.
        """
        item, names, counter = parse(self.rate), self._names(key), counter or _limiter()
        if counter.hit(item, *names):
            return 0
        reset_at, _left = counter.get_window_stats(item, *names)
        return max(1, round(reset_at - time.time() + 0.5))

    def take(self, key: str) -> None:
        """Count one for `key`. Raises TooManyTries, or NobodyCounts."""
        take_all([(self, key)])

    def give_back(self, key: str) -> None:
        """Count one less for `key`. What is given back while nobody can count stays counted."""
        name, storage = parse(self.rate).key_for(*self._names(key)), _limiter().storage
        if isinstance(storage, RedisStorage):
            with suppress(RedisError):
                storage.storage.lpop(storage.prefixed_key(name))
        elif isinstance(storage, MemoryStorage) and (counted := storage.events.get(name)):
            counted.pop(0)

    def forget(self, key: str) -> None:
        """Begin to count anew, if anybody can count."""
        with suppress(RedisError, StorageError):
            _limiter().clear(parse(self.rate), *self._names(key))

    def _names(self, key: str) -> tuple[str, str, str]:
        """Short, whatever somebody sends to be counted by."""
        return PREFIX, self.name, hashlib.sha256(key.encode(errors="replace")).hexdigest()[:32]


def take_all(tries: Sequence[tuple[Limit, str]], *, or_alone: bool = False) -> None:
    """Count one by each limit for its key; by none of them where one is full. `or_alone`: where nobody can count for
    all processes, each counts by itself. Raises TooManyTries, or NobodyCounts.
    """
    counted: list[tuple[Limit, str]] = []
    try:
        for limit, key in tries:
            if seconds := limit.hit(key):
                raise TooManyTries(seconds)
            counted.append((limit, key))
    except TooManyTries:
        for limit, key in counted:
            limit.give_back(key)
        raise
    except (RedisError, StorageError) as error:
        if not or_alone:
            raise NobodyCounts from error
        logger.warning("tries cannot be counted for all processes: %s", error)
        if seconds := max(limit.hit(key, _alone()) for limit, key in tries):
            raise TooManyTries(seconds) from error


@cache
def _limiter() -> MovingWindowRateLimiter:
    waits = {"socket_connect_timeout": 0.5, "socket_timeout": 2.0}
    return MovingWindowRateLimiter(storage_from_string(settings.LIMITS_STORAGE, **waits))


@cache
def _alone() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
