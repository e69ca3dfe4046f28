"""supervisord over all processes of an installation: started, asked, stopped."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable
from dataclasses import asdict, dataclass
from json import dumps
from pathlib import Path
from typing import Any

from cms.local import mail, valkey
from cms.local.errors import LocalError
from cms.local.installation import BASE_DIR, Installation, is_free, write_whole
from cms.local.postgres import Postgres

SUPERVISORD = "supervisord"
CHILD = Path(__file__).with_name("child.py")
STOP_SECONDS = 90
NO_ANSWER = (OSError, xmlrpc.client.Error, http.client.HTTPException)

# Paths in this file are relative to VAR_DIR: `%`, `;`, `#` and quotes mean something here. The programs' own
# command lines are in JSON, for child.py.
HEAD = """\
[supervisord]
nodaemon=true
silent=true
logfile=logs/supervisord.log
pidfile=supervisord.pid
childlogdir=logs
identifier=newsroom

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[inet_http_server]
port=127.0.0.1:%(ENV_LOCAL_CONTROL_PORT)s
username=newsroom
password=%(ENV_LOCAL_PASSWORD)s
"""
PROGRAM = """
[program:{name}]
command="%(ENV_LOCAL_PYTHON)s" "%(ENV_LOCAL_CHILD)s" "%(ENV_LOCAL_PROGRAMS)s" {name}
priority={priority}
autostart={autostart}
autorestart=true
startsecs=1
startretries=3
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


@dataclass(frozen=True)
class Program:
    """One process. Stopped in the reverse order of `priority`: PostgreSQL last."""

    argv: list[str]
    priority: int = 1
    user: tuple[int, int] | None = None
    folder: str | None = None
    autostart: bool = True
    stop_signal: str = "TERM"
    stop_seconds: int = 10
    # What the process gets when supervisord was killed: the quickest orderly end it knows.
    last_signal: str | None = "TERM"
    # For programs with children that do not notice when it is killed.
    guarded: bool = False


def service_programs(installation: Installation) -> dict[str, Program]:
    """The services that have to be started here, set up and ready to go."""
    programs = {}
    if "postgres" in installation.services:
        postgres = Postgres(installation)
        argv = postgres.prepare()
        user = (postgres.user.pw_uid, postgres.user.pw_gid) if postgres.user else None
        # SIGINT is PostgreSQL's "fast": it ends sessions and writes everything down. SIGTERM waits for sessions.
        programs["postgres"] = Program(
            argv, priority=10, user=user, folder="/", stop_signal="INT", stop_seconds=60, last_signal="INT"
        )
    if "valkey" in installation.services:
        programs["valkey"] = Program(valkey.prepare(installation), priority=20, stop_seconds=30)
    if "mail" in installation.services:
        programs["mail"] = Program(mail.command(installation), priority=30, folder=str(BASE_DIR))
    return programs


@dataclass(frozen=True)
class Supervision:
    """The supervisord of one installation."""

    installation: Installation

    def _ask(self, method: str, *arguments: object) -> Any:
        """Supervisord's answer. Raises one of NO_ANSWER if it gives none."""
        port, password = self.installation.ports["control"], self.installation.password
        address = f"http://newsroom:{password}@127.0.0.1:{port}/RPC2"
        with xmlrpc.client.ServerProxy(address, _Transport(timeout=10)) as server:
            return getattr(server.supervisor, method)(*arguments)

    def is_running(self) -> bool:
        """Whether a supervisord of this installation answers."""
        if not (self.installation.var_dir / "ports.json").exists():
            return False
        try:
            return bool(self._ask("getState"))
        except NO_ANSWER:
            return False

    def states(self) -> dict[str, str]:
        """State of each program, by name: `RUNNING`, `STOPPED`, `BACKOFF`, `FATAL` …; empty if nothing runs."""
        try:
            return {info["name"]: info["statename"] for info in self._ask("getAllProcessInfo")}
        except NO_ANSWER:
            return {}

    def start(self, programs: dict[str, Program], *, attached: bool) -> subprocess.Popen[bytes]:
        """Start supervisord and the programs that start by themselves.

        `attached`: it ends with this process, however that ends. Call `clear_the_way` first, `wait_until` next.
        """
        here = self.installation
        table = here.secrets_dir / "programs.json"
        configuration = here.secrets_dir / "supervisord.conf"
        supervisord = Program(
            [sys.executable, "-P", "-m", "supervisor.supervisord", "-c", str(configuration)],
            folder=str(here.var_dir),
            last_signal="TERM" if attached else None,
        )
        everything = {**programs, SUPERVISORD: supervisord}
        write_whole(table, dumps({name: asdict(program) for name, program in everything.items()}), mode=0o600)
        sections = [
            PROGRAM.format(name=name, **{**asdict(program), "autostart": str(program.autostart).lower()})
            for name, program in programs.items()
        ]
        write_whole(configuration, HEAD + "".join(sections), mode=0o600)
        environment = here.environment() | {
            "LOCAL_PYTHON": sys.executable,
            "LOCAL_CHILD": str(CHILD),
            "LOCAL_PROGRAMS": str(table),
            "LOCAL_CONTROL_PORT": str(here.ports["control"]),
            "LOCAL_PASSWORD": here.password,
            "LOCAL_PARENT": str(os.getpid()),
        }
        with (here.logs_dir / "supervisord.out").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, str(CHILD), str(table), SUPERVISORD],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we end it in order
            )

    def start_programs(self, *names: str) -> None:
        """Start programs that do not start by themselves; comes back before they are ready."""
        for name in names:
            self._ask("startProcess", name, False)

    def wait_until(
        self,
        is_ready: Callable[[], bool],
        name: str,
        supervisord: subprocess.Popen[bytes],
        seconds: float = 60,
    ) -> None:
        """Come back when a program is ready. Raises LocalError, with the end of its log, if it never will be."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if supervisord.poll() is not None:
                raise LocalError(f"supervisord did not start.\n{self.log_end('supervisord.out')}")
            if self.states().get(name) == "FATAL":
                raise LocalError(f"{name} does not start. The end of its log:\n{self.log_end(f'{name}.log')}")
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{name} was not ready after {seconds:.0f} s. The end of its log:\n{self.log_end(f'{name}.log')}"
                )
            time.sleep(0.05)

    def stop(self) -> bool:
        """End everything in order and come back when nothing is left; False if nothing ran."""
        pid = self._pid()
        if pid is None:
            return False
        try:
            self._ask("shutdown")
        except NO_ANSWER:
            _send(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._is_ours(pid):
            if time.monotonic() > deadline:
                _send(pid, signal.SIGKILL)  # its children hear of it from the kernel
                return True
            time.sleep(0.05)
        return True

    def log_end(self, file_name: str, lines: int = 15) -> str:
        """The last lines of a log, and where the rest is."""
        path = self.installation.logs_dir / file_name
        content = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join([*(f"    {line}" for line in content[-lines:]), f"    ({path})"])

    def _pid(self) -> int | None:
        """Process number of our supervisord."""
        try:
            pid = int((self.installation.var_dir / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        """Whether the process of this number is our supervisord: numbers are used again."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.installation.secrets_dir / "supervisord.conf") in words

    def clear_the_way(self) -> None:
        """Before a start: end whatever of ours still runs, and leave ports to whoever has taken them since.

        What a killed supervisord left behind is already ending; it gets the time that takes.
        """
        self.stop()
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and not all(map(is_free, self.installation.ports.values())):
            if not self._left_behind():
                break
            time.sleep(0.1)
        self.installation.move_busy_ports()

    def _left_behind(self) -> bool:
        """Whether a process from this installation's table still lives."""
        table = os.fsencode(self.installation.var_dir)
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if process.name != str(os.getpid()) and any(
                    word.startswith(table) for word in (process / "cmdline").read_bytes().split(b"\0")
                ):
                    return True
            except OSError:
                continue
        return False


class _Transport(xmlrpc.client.Transport):
    """XML-RPC that does not wait for ever."""

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.timeout = timeout

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """As the original, with a time limit."""
        connection = super().make_connection(host)
        connection.timeout = self.timeout
        return connection


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
