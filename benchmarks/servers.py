"""Contestants as servers: granian with one worker each, all with the same options; what each costs, from `/proc`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import BadAnswer, fetch
from cms.local import services
from cms.local.installation import BASE_DIR, Installation, free_port

TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 300
THREADS = 4


@dataclass
class Server:
    """One contestant that runs."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    requests: int = field(default=0)

    def fetch(self, path: str) -> bytes:
        """The body of one answer. Raises BadAnswer."""
        return fetch(self.port, path)

    @property
    def worker(self) -> int:
        """Number of the process that answers."""
        return children(self.process.pid)[0]

    @property
    def memory(self) -> int:
        """Bytes in memory now (RSS)."""
        return _status(self.worker, "VmRSS")

    @property
    def peak(self) -> int:
        """Most bytes that it ever had in memory."""
        return _status(self.worker, "VmHWM")

    @property
    def cpu(self) -> float:
        """Seconds of CPU that its worker has used."""
        return cpu_seconds(self.worker)


def children(pid: int) -> list[int]:
    """Processes that a process started."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that a process has used, in user and system mode. 0 for one that is gone."""
    try:
        # The name, in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@contextmanager
def serving(installation: Installation, contestants: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, Server]]:
    """All contestants at once, each with variables of its own (`DJANGO_SETTINGS_MODULE`, …), ready to answer."""
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(_server(installation, name, variables)) for name, variables in contestants.items()
        }
        for server in servers.values():
            _wait(server, installation)
        yield servers


@contextmanager
def _server(installation: Installation, name: str, variables: Mapping[str, str]) -> Iterator[Server]:
    port = free_port(set())
    options = f"--interface wsgi --host 127.0.0.1 --port {port} --workers 1 --blocking-threads {THREADS}"
    options += " --workers-kill-timeout 5 --log-level warning benchmarks.contestants.wsgi:application"
    with (installation.logs_dir / f"{name.replace(' ', '-')}.log").open("wb") as log:
        process = subprocess.Popen(
            services.dying_with_us([sys.executable, "-m", "granian", *options.split()]),
            cwd=BASE_DIR,
            env=installation.environment() | dict(variables),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(name, port, process)
    finally:
        process.terminate()
        process.wait()


def _wait(server: Server, installation: Installation) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            fetch(server.port, "/")
        except BadAnswer:
            return  # 404: it answers
        except OSError:
            time.sleep(0.1)
        else:
            return
    log = installation.logs_dir / f"{server.name.replace(' ', '-')}.log"
    raise RuntimeError(f"{server.name} does not start:\n{log.read_text()[-2000:]}")
