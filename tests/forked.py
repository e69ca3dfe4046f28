"""Celery processes that begin where all is imported: half a second instead of six.

A server that has imported the application once forks one for each that is wanted (`multiprocessing`'s "forkserver").
Imported by that server: nothing here may choose services or read settings before it runs.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from subprocess import TimeoutExpired
from unittest.mock import patch

from cms.local.child import end_with_parent

CONTEXT = get_context("forkserver")


class Forked:
    """`celery -A cms …` in a session of its own, with what tests need of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        CONTEXT.set_forkserver_preload(["tests.forked_imports"])
        self._process = CONTEXT.Process(target=run, args=(list(arguments), str(log)), daemon=True)
        with patch.dict(os.environ, environment):
            self._process.start()
        assert self._process.pid
        self.pid = self._process.pid
        while os.getsid(self.pid) != self.pid:  # whoever kills it means its whole session
            time.sleep(0.001)

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> None:
        """Until it has ended. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.is_alive():
            raise TimeoutExpired("celery", timeout or 0)

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()


def run(arguments: list[str], log: str) -> None:
    """What the forked process does."""
    os.setsid()
    with Path(log).open("ab") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    end_with_parent(signal.SIGTERM, os.getppid())
    sys.argv = ["celery", "-A", "cms", *arguments]
    from celery.__main__ import main

    main()
