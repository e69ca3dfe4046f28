"""Event streams as the demo serves them, on the test database: a front server, and behind it what streams."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest
from django.db import connection

from cms.local import front
from cms.local.installation import BASE_DIR, Installation, free_port
from cms.local.services import dying_with_us
from tests.clips.asking import anybody, files, journalist

__all__ = ["anybody", "files", "journalist", "streams"]

STREAM = "/api/v1/changes/stream/"
LIMIT = 1100


@dataclass
class Event:
    """One event as a browser gets it."""

    id: str
    kind: str
    entry: Any


@dataclass
class Reader:
    """A browser's EventSource: reads, remembers the last id, comes again with it."""

    port: int
    last: str = ""
    events: list[Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    async def read(self, enough: Callable[["Reader"], bool], seconds: float = 20, **parameters: str) -> None:
        """Read until there is enough; cuts the connection then. Comes again whenever it breaks."""
        async with asyncio.timeout(seconds):
            while not enough(self):
                try:
                    async with self.opened(**parameters) as lines:
                        async for line in lines:
                            self._take(line)
                            if enough(self):
                                break
                except OSError:
                    await asyncio.sleep(0.1)

    @asynccontextmanager
    async def opened(self, **parameters: str) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of one connection."""
        stream, writer = await asyncio.open_connection("127.0.0.1", self.port)
        query = f"?{urlencode(parameters)}" if parameters else ""
        last = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        writer.write(f"GET {STREAM}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n{last}\r\n".encode())
        try:
            status = await stream.readline()
            if b" 200 " not in status:
                raise ConnectionError(status)
            while (await stream.readline()).strip():
                pass
            yield self._body(stream)
        finally:
            writer.close()

    async def _body(self, stream: asyncio.StreamReader) -> AsyncIterator[str]:
        kept = b""
        try:
            while size := int(await stream.readline() or b"0", 16):
                kept += (await stream.readexactly(size + 2))[:-2]
                *lines, kept = kept.split(b"\n")
                for line in lines:
                    yield line.decode()
        except asyncio.IncompleteReadError:
            return

    def _take(self, line: str) -> None:
        self.lines.append(line)
        if line:
            return
        fields = dict(one.split(": ", 1) for one in self.lines if ": " in one and not one.startswith(":"))
        self.lines.clear()
        self.last = fields.get("id", self.last)
        if "data" in fields:
            self.events.append(Event(fields["id"], fields["event"], json.loads(fields["data"])))


class Streams:
    """The two processes."""

    def __init__(self, installation: Installation, limit: int) -> None:
        self.limit = limit
        self.installation = installation
        self.port = free_port(set(installation.ports.values()))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log = installation.logs_dir / "test-streams.log"

    def start(self) -> None:
        """Start what does not run; comes back when it answers."""
        granian = f"-m granian --host 127.0.0.1 --workers-kill-timeout 5 --log-level warning --port {self.inner}"
        options = front.streams_options(self.installation)
        self._start([sys.executable, *granian.split(), *options[:2], *options[4:]])
        if len(self.processes) == 1:
            self._start(front.prepare(self.installation, self.port))
        else:
            self.processes.reverse()
        end = time.monotonic() + 100
        while self.status(method="HEAD") != 200:
            if time.monotonic() > end:
                pytest.fail(f"The streams do not answer:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    @property
    def inner(self) -> int:
        return self.installation.ports["streams"]

    def _start(self, argv: list[str]) -> None:
        address = urlsplit(self.installation.environment()["DATABASE_URL"])
        database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
        with self.log.open("ab") as output:
            self.processes.append(
                subprocess.Popen(
                    dying_with_us(argv),
                    cwd=BASE_DIR,
                    env=self.installation.environment() | {"DATABASE_URL": database, "STREAMS_LIMIT": str(self.limit)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def kill(self) -> None:
        """SIGKILL to the process that streams, and its worker."""
        process = self.processes.pop(0)
        os.killpg(process.pid, 9)
        process.wait()

    def stop(self) -> float:
        """End everything in order; the seconds that the streaming process took."""
        began = time.monotonic()
        for process in self.processes:
            process.terminate()
        self.processes[0].wait(timeout=30)
        took = time.monotonic() - began
        for process in self.processes:
            process.wait(timeout=30)
        self.processes.clear()
        return took

    def reader(self, last: str = "") -> Reader:
        return Reader(self.port, last)

    def ask(self, query: str = "", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer that ends."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as client:
            client.request(method, STREAM + query, headers={key.replace("_", "-"): one for key, one in headers.items()})
            answer = client.getresponse()
            is_stream = answer.status == 200 and method == "GET"
            return answer.status, dict(answer.headers), b"" if is_stream else answer.read()

    def status(self, method: str = "GET") -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{STREAM}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


@pytest.fixture
def streams(request: pytest.FixtureRequest, transactional_db: None, services: Installation) -> Iterator[Streams]:
    """Event streams are served; as many as the test's parameter says."""
    servers = Streams(services, getattr(request, "param", LIMIT))
    servers.start()
    yield servers
    if servers.processes:
        servers.stop()
    print(servers.log.read_text()[-3000:])  # Shown where the test fails.
