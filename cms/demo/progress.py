"""What the command is doing, on the terminal: a line that counts, or a line a step where nobody looks on."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TextIO, TypeVar

Item = TypeVar("Item")


class Progress:
    """Tells about steps on `stream`; keeps how long each took in `seconds`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.seconds: dict[str, float] = {}

    def each(self, step: str, items: Iterable[Item], total: int | None = None) -> Iterator[Item]:
        """The items one by one, counted on the terminal. Says nothing where there are none."""
        total = total if total is not None else len(items) if isinstance(items, Sized) else 0
        started = last = time.monotonic()
        done = 0
        counts = self.stream.isatty()
        for item in items:
            if counts and (done == 0 or time.monotonic() - last > 0.1):
                self.stream.write(f"\r\x1b[K{step} {done + 1} of {total} …")
                self.stream.flush()
                last = time.monotonic()
            yield item
            done += 1
        if done:
            self._finish(step, done, time.monotonic() - started)

    def _finish(self, step: str, done: int, seconds: float) -> None:
        self.seconds[step] = self.seconds.get(step, 0.0) + seconds
        start = "\r\x1b[K" if self.stream.isatty() else ""
        self.stream.write(f"{start}{step}: {done} ({seconds:.1f} s)\n")
        self.stream.flush()
