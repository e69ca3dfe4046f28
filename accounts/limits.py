"""How often something may be tried, counted exactly and for all processes together, in Valkey."""

import hashlib
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
        item, names = parse(self.rate), self._names(key)
        if _limiter().hit(item, *names):
            return 0
        reset_at, _left = _limiter().get_window_stats(item, *names)
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


def take_all(tries: Sequence[tuple[Limit, str]]) -> None:
    """Count one by each limit for its key; by none of them where one is full. Raises TooManyTries, NobodyCounts."""
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
        raise NobodyCounts from error


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage_from_string(settings.LIMITS_STORAGE))
