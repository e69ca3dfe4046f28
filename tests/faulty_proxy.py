"""A proxy before a server that speaks TCP, which delays, cuts, refuses or lies as a test wants.

It runs in a thread of its own. What is set in `faults` holds for connections and requests from then on; each fault is
used up by one of them, unless it is put there several times.
"""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

PIECE = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    `delay`: seconds before it is passed on; `answer`: sent in place of the server's, which is not asked; `drop_after`:
    the connection is cut after so many bytes of the answer; `hang_after`: nothing more comes after so many.
    """

    delay: float = 0
    answer: bytes = b""
    drop_after: int | None = None
    hang_after: int | None = None


def status(code: int, *lines: str) -> bytes:
    """An answer without a body, or the head of one."""
    head = [f"HTTP/1.1 {code} Fault", *(lines or ["Content-Length: 0"])]
    return "\r\n".join([*head, "", ""]).encode()


def without(name: bytes, head: bytes) -> bytes:
    """A request's head without one of its lines."""
    return b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(name + b":"))


class FaultyProxy:
    """Stands before one address; `address` is its own."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname, parts.port)
        self.faults: list[Fault] = []
        self.connections = 0
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result()
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there: asyncio.StreamWriter | None = None
        try:
            answers, there = await asyncio.open_connection(*self.target)
            while await self._request(reader, writer, answers, there):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            for end in (there, writer):
                if end is not None:
                    end.close()
                    with suppress(OSError):
                        await end.wait_closed()

    async def _request(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        there: asyncio.StreamWriter,
    ) -> bool:
        """Pass one request on, and its answer back; whether the connection holds."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.split(b"\r\n", 1)[0].decode())
        fault = self.faults.pop(0) if self.faults else Fault()
        if b"100-continue" in head:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = without(b"expect", head)
        body = await reader.readexactly(_length(head))
        await asyncio.sleep(fault.delay)
        if fault.answer:
            writer.write(fault.answer)
            await writer.drain()
            return True
        there.write(head + body)
        await there.drain()
        answer = await answers.readuntil(b"\r\n\r\n")
        writer.write(answer)
        left = 0 if head.startswith(b"HEAD") else _length(answer)
        sent = 0
        while left:
            piece = await answers.read(min(PIECE, left))
            if not piece:
                return False
            left -= len(piece)
            stop = fault.drop_after if fault.drop_after is not None else fault.hang_after
            if stop is not None and sent + len(piece) > stop:
                writer.write(piece[: stop - sent])
                await writer.drain()
                if fault.hang_after is not None:
                    await asyncio.sleep(3600)
                return False
            sent += len(piece)
            writer.write(piece)
            await writer.drain()
        await writer.drain()
        return True


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0
