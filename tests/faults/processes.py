"""Processes of the tests of faults: they work on the test database, and end with the test."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.db import connection

from cms.local.installation import BASE_DIR, free_port
from cms.local.services import dying_with_us
from tests.services import INSTALLATION, environment_on


def start_python(*arguments: str, log: Path, **variables: str) -> "subprocess.Popen[bytes]":
    """`python …` in a session of its own; what it prints goes to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            dying_with_us([sys.executable, *arguments]),
            cwd=BASE_DIR,
            env=environment_on(str(connection.settings_dict["NAME"])) | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


class WebServer:
    """The API as the demo serves it: one process, several threads."""

    def __init__(self) -> None:
        port = free_port(set())
        self.address = f"http://127.0.0.1:{port}"
        self.log = INSTALLATION.logs_dir / "test-faults-web.log"
        options = f"--interface wsgi --host 127.0.0.1 --port {port} --blocking-threads 8 --workers-kill-timeout 5"
        self.process = start_python(
            *("-m", "granian", *options.split(), "cms.wsgi:application"), log=self.log, BASE_URL=self.address
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if self.status("/healthz") == 200:
                return
            time.sleep(0.2)
        pytest.fail(f"The web server does not answer:\n{self.log.read_text()[-3000:]}")

    def status(self, path: str) -> int:
        """Status of a GET; 0 where nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def stop(self) -> None:
        """End it in order."""
        self.process.terminate()
        self.process.wait(timeout=15)
