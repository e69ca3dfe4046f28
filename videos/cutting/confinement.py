"""Programs that read what strangers made: as child processes, within limits, without our secrets.

They end with us, however that happens, and at once when the work is to stop.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import IO

from videos.cutting import confined
from videos.errors import ReaderDied, TooDemanding, Unreadable

ROOT = Path(__file__).resolve().parents[2]
# How often the work is told of, and by that how soon it can be stopped (seconds).
TELL_SECONDS = 0.2
MEGABYTE = 1024 * 1024
# What the system ends a process by that goes over a limit. SIGKILL is the hard limit of processor time.
OVER_LIMIT = {signal.SIGXCPU, signal.SIGXFSZ, signal.SIGKILL}
# What somebody ends it by who wants the machine for something else.
STOPPED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
# How much a child may say.
MOST_SAID = 4 * MEGABYTE

Tell = Callable[[], None]
Hear = Callable[[bytes], None]


@dataclass(frozen=True)
class Limits:
    """What a program may use: seconds of processor time, as many of anybody's time again, bytes."""

    seconds: int
    memory_bytes: int = 3 * 1024 * MEGABYTE
    file_bytes: int = 256 * MEGABYTE

    @property
    def patience(self) -> int:
        """Seconds after which it is ended, whatever it waited for. The machine may have other things to do."""
        return self.seconds * 4 + 60


def run(command: Sequence[str], limits: Limits, tell: Tell, hear: Hear) -> str:
    """Run a program to its end; `hear` gets what it writes to standard output. Answers what it said besides.

    `tell` is called several times a second, and may raise to stop it. Raises TooDemanding, ReaderDied where the machine
    is to blame, and Unreadable, because of a CalledProcessError that has the code and all that was said.
    """
    numbers = [str(number) for number in (limits.seconds, limits.memory_bytes, limits.file_bytes)]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", confined.__file__, *numbers, *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            env={"CONFINED_PARENT": str(os.getpid()), "PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        try:
            _listen(process.stdout, limits, tell, hear)
            code = process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
        errors.seek(0)
        words = errors.read(MOST_SAID).decode(errors="replace").strip()
    if -code in OVER_LIMIT or "MemoryError" in words[-400:]:
        raise TooDemanding
    if -code in STOPPED or "No space left on device" in words:
        raise ReaderDied(code=code, said=_last_line(words))
    if code:
        ended = subprocess.CalledProcessError(code, command[0], stderr=words)
        raise Unreadable(said=_last_line(words) or code) from ended
    return words


def _last_line(words: str) -> str:
    """What a program said last, without the folders of our files."""
    return re.sub(r"(?:file:)?/\S*/", "", words.rpartition("\n")[2])[:300]


def _listen(output: IO[bytes], limits: Limits, tell: Tell, hear: Hear) -> None:
    end = time.monotonic() + limits.patience
    while True:
        ready, _, _ = select([output], [], [], TELL_SECONDS)
        if ready:
            piece = os.read(output.fileno(), 262_144)
            if not piece:
                return
            hear(piece)
        tell()
        if time.monotonic() > end:
            raise TooDemanding
