"""A load client that is not the bottleneck: raw keep-alive sockets, one process, and nothing of an answer is looked
at but its status and length. It alone does several times what the fastest server here does (`benchmarks.read_api`
prints that).
"""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median

LENGTH = b"content-length: "
LONGEST_WAIT = 30.0  # seconds without any answer


class BadAnswer(Exception):
    """An answer that is not a 200 with its length."""


@dataclass
class Load:
    """What one slice of load gave. Latencies in seconds, in order of arrival."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    length: int = 0  # bytes of the last body

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    @property
    def median(self) -> float:
        """Of the latencies."""
        return median(self.latencies)

    @property
    def p99(self) -> float:
        """The latency that one request of a hundred exceeds."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)]


class _Connection:
    """One keep-alive connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONGEST_WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 18)
        self.view = memoryview(self.buffer)
        self.sent_at = 0.0
        self.left = 0
        self.length = 0
        self.head = b""

    def ask(self, request: bytes) -> None:
        self.left, self.head = -1, b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Take what has come; whether the answer is whole. Raises BadAnswer."""
        got = self.socket.recv_into(self.view)
        if not got:
            raise BadAnswer("the server closed the connection")
        if self.left < 0:
            self.head += bytes(self.view[:got])
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.length = _length(self.head[:end])
            self.left = self.length - (len(self.head) - end - 4)
        else:
            self.left -= got
        return self.left == 0


def _length(head: bytes) -> int:
    """`Content-Length` of an answer. Raises BadAnswer."""
    lower = head.lower()
    at = lower.find(LENGTH)
    if not lower.startswith(b"http/1.1 200") or at < 0:
        raise BadAnswer(head.decode(errors="replace").splitlines()[0])
    return int(lower[at + len(LENGTH) :].split(b"\r", 1)[0])


def load(port: int, paths: Sequence[str], *, seconds: float, connections: int) -> Load:
    """Ask for the paths in turn, on so many connections at once, for so long. Raises BadAnswer."""
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for path in paths])
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        lines = [_Connection(port) for _ in range(connections)]
        started = time.perf_counter()
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.ask(next(requests))
        end = started + seconds
        waiting = len(lines)
        while waiting:
            ready = selector.select(LONGEST_WAIT)
            if not ready:
                raise BadAnswer(f"no answer for {LONGEST_WAIT:.0f} s")
            for key, _events in ready:
                line = key.data
                if not line.read():
                    continue
                now = time.perf_counter()
                latencies.append(now - line.sent_at)
                if now < end:
                    line.ask(next(requests))
                else:
                    waiting -= 1
                    selector.unregister(line.socket)
        took = time.perf_counter() - started
        for line in lines:
            line.socket.close()
    return Load(took, latencies, lines[0].length)


def fetch(port: int, path: str) -> bytes:
    """One answer's body. Raises BadAnswer."""
    with socket.create_connection(("127.0.0.1", port), timeout=LONGEST_WAIT) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(1 << 16), b""))
    head, _blank, body = answer.partition(b"\r\n\r\n")
    _length(head)
    return body
