"""Follows clips for many listeners at once: one look at the database for all clips that somebody watches."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from accounts.callers import Caller
from videos.clips.orders import clip_for
from videos.clips.states import ClipStatus, status_of
from videos.models import Clip

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

LOOK_SECONDS = 0.5
# A listener that hears nothing is told that we are still there.
HEARTBEAT_SECONDS = 15


@dataclass(frozen=True)
class Sight:
    """What of a clip can change while somebody watches: when it does, he is told."""

    state: str
    progress: int
    attempts: int
    is_shown: bool


class ClipFollower:
    """Looks at the clips that are watched. `run` is its work; everything here happens in one event loop."""

    def __init__(self) -> None:
        self.watched: Counter[UUID] = Counter()
        self.sights: dict[UUID, Sight] = {}
        self._looked = asyncio.Condition()
        self._threads = ThreadPoolExecutor(2, "clips")

    async def run(self) -> None:
        """Look for ever. While the database is away everybody waits."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self.watched:
                continue
            try:
                self.sights = await self.ask(_look, list(self.watched))
            except (OperationalError, InterfaceError):
                continue
            except Exception:
                logger.exception("clips cannot be followed; trying again")
                continue
            async with self._looked:
                self._looked.notify_all()

    async def listen(self, caller: Caller, clip_id: UUID) -> AsyncIterator[Clip | None]:
        """The clip as it is and each time that it changes, to its end; None for "still there". Raises NotPublished."""
        clip = await self.ask(clip_for, caller, clip_id)
        yield clip
        self.watched[clip_id] += 1
        try:
            seen = sight_of(clip)
            while status_of(clip) not in ClipStatus.last():
                is_changed = await self._changed(clip_id, seen)
                clip = await self.ask(clip_for, caller, clip_id)
                seen = sight_of(clip)
                yield clip if is_changed or status_of(clip) in ClipStatus.last() else None
        finally:
            self.watched[clip_id] -= 1
            if not self.watched[clip_id]:
                del self.watched[clip_id]

    async def _changed(self, clip_id: UUID, seen: Sight) -> bool:
        """Wait until the clip differs from what was seen; false where nothing happens for long."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS), self._looked:
                await self._looked.wait_for(lambda: self.sights.get(clip_id, seen) != seen)
                return True
        except TimeoutError:
            return False

    async def ask(self, question: Callable[..., Answer], *arguments: object) -> Answer:
        """The answer to a question that asks the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _asking, question, *arguments)


def _asking(question: Callable[..., Answer], *arguments: object) -> Answer:
    """An answer of the database; a connection that broke while nobody used it is replaced."""
    try:
        return question(*arguments)
    except (OperationalError, InterfaceError):
        connection.close()
        return question(*arguments)


def _look(clip_ids: list[UUID]) -> dict[UUID, Sight]:
    clips = Clip.objects.seen_by(None, "").filter(pk__in=clip_ids)
    return {clip.pk: sight_of(clip) for clip in clips}


def sight_of(clip: Clip) -> Sight:
    """What a listener has seen of a clip of `seen_by`."""
    return Sight(clip.state, clip.progress, clip.attempts, clip.is_shown)
