"""Follows the change log for many listeners at once: one look at the database for all of them.

A look each half second costs the same for one listener as for a thousand, needs no connection that must never break
(`LISTEN` does, and no pool in between), and nothing of those who write.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from delivery.errors import LogGone, LogMoved, LogUnreachable
from delivery.feed import ChangeEntry, Page, Position, look_at_log, read_page

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

LOOK_SECONDS = 0.5
# A listener that says nothing and hears nothing is told that we are still there.
HEARTBEAT_SECONDS = 15
BATCH = 500
# How many entries a listener may be behind those that everybody else has, before it is let go.
MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What a listener hears: an entry and where it stands then; without an entry, only that."""

    position: Position
    entry: ChangeEntry | None = None


class Listener:
    """Somebody who has heard everything up to a position, and waits for what follows."""

    def __init__(self, position: Position, only: Mapping[str, str]) -> None:
        self.position = position
        self.only = only
        self._waiting: asyncio.Queue[Told | None] = asyncio.Queue(MOST_WAITING + 1)

    def tell(self, told: Told) -> None:
        """Let it hear of an entry; too slow a listener hears no more."""
        entry = told.entry
        if entry is None or told.position.sequence <= self.position.sequence:
            return
        self.position = told.position
        if concerns(entry, self.only):
            if self._waiting.qsize() >= MOST_WAITING:
                self.end()
            else:
                self._waiting.put_nowait(told)

    def end(self) -> None:
        """There will be no more."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self) -> Told | None:
        """The next that it hears; None at the end."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                return await self._waiting.get()
        except TimeoutError:
            return Told(self.position)


def concerns(entry: ChangeEntry, only: Mapping[str, str]) -> bool:
    """Whether an entry is one of those that `only` (fields of `Change`) lets through."""
    return only.get("collection", entry.type) == entry.type and only.get("locale", entry.locale) == entry.locale


class Follower:
    """Reads the log, and tells all listeners. `run` is its work; everything here happens in one event loop."""

    def __init__(self) -> None:
        self.position: Position | None = None
        self.listeners: set[Listener] = set()
        # A thread has a connection of its own; those who catch up never delay the others.
        self._looks = ThreadPoolExecutor(1, "follower")
        self._catches_up = ThreadPoolExecutor(2, "catch-up")

    async def run(self) -> None:
        """Look for ever. While the database is away everybody waits."""
        is_away = False
        while True:
            try:
                while await self._look():
                    pass
                is_away = False
            except LogUnreachable:
                if not is_away:
                    logger.warning("the change log cannot be read; trying again")
                is_away = True
            except LogMoved:
                pass
            except Exception:
                logger.exception("the change log cannot be followed; trying again")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> bool:
        """Tell what is new; whether there may be more at once."""
        if self.position is None:
            self.position = await self._ask(self._looks, _head)
            return False
        try:
            page = await self._ask(self._looks, partial(_page, self.position, {}, BATCH))
        except LogGone:
            # Another epoch, or a restored backup: who comes again is told so, or goes on.
            self.position = None
            self.end()
            return True
        for position, entry in page.entries:
            for listener in list(self.listeners):
                listener.tell(Told(position, entry))
        self.position = page.end
        return page.has_more

    def end(self) -> None:
        """Let all listeners go."""
        for listener in self.listeners:
            listener.end()

    async def listen(self, position: Position, only: Mapping[str, str]) -> AsyncIterator[Told]:
        """Everything after `position`, for as long as the caller wants it.

        Raises LogGone, LogUnreachable before the first, or ends: then the caller comes again from where it stands.
        """
        is_first = True
        while is_first or self.position is None or position.sequence < self.position.sequence:
            has_more = False
            if is_first or position != self.position:
                page = await self._ask(self._catches_up, partial(_page, position, only, BATCH))
                for at, entry in page.entries:
                    yield Told(at, entry)
                position, has_more = page.end, page.has_more
            if is_first:
                yield Told(position)
                is_first = False
            elif not has_more:
                await asyncio.sleep(LOOK_SECONDS / 5)  # the follower is about to see that the log is another one
        listener = Listener(position, only)
        self.listeners.add(listener)
        try:
            while told := await listener.next():
                yield told
        finally:
            self.listeners.discard(listener)

    async def _ask(self, threads: ThreadPoolExecutor, read: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(threads, _reading, read)


def _reading(read: Callable[[], Answer]) -> Answer:
    """What `read` answers. Raises LogUnreachable. A connection that broke while nobody used it is replaced."""
    for is_last in (False, True):
        try:
            return read()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if is_last:
                raise LogUnreachable from error
    raise AssertionError


def _head() -> Position:
    log = look_at_log(Position())
    return log.position(log.head)


def _page(position: Position, only: Mapping[str, str], limit: int) -> Page:
    log = look_at_log(position)
    if position.sequence == log.head:
        return Page([], position, False)
    try:
        return read_page(log, position, limit, **only)
    except LogMoved:
        return _page(position, only, limit)
