"""Event streams: a small ASGI application of its own, without Django's middleware, for addresses that never end.

Run by granian in one process (`cms.streams:application`). Everything else is answered by `cms.wsgi`, several times
faster (docs/decisions/0011-event-streams.md). A stream is an async generator of messages; `ROUTES` names them.
"""

import asyncio
import contextlib
import logging
import os
import re
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.http import Http404, HttpRequest, HttpResponse  # noqa: E402
from django.utils.translation import gettext_lazy as _  # noqa: E402
from django.utils.translation import override  # noqa: E402

from accounts.callers import Caller, caller_of  # noqa: E402
from accounts.models import Scope  # noqa: E402
from cms.api import api  # noqa: E402
from cms.middleware import EXPOSED, preflight  # noqa: E402
from cms.problems import caller_language, problem  # noqa: E402
from delivery.api import FollowParameters  # noqa: E402
from delivery.errors import LogGone, LogUnreachable  # noqa: E402
from delivery.feed import Position  # noqa: E402
from delivery.following import Follower  # noqa: E402
from delivery.parameters import refuse_parameters  # noqa: E402
from videos.api.clips import ClipAnswer, as_answer  # noqa: E402
from videos.clips.following import ClipFollower  # noqa: E402
from videos.clips.handing import hand_out_clips  # noqa: E402
from videos.models import Clip  # noqa: E402

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# When a browser whose stream has ended comes again (milliseconds), and who finds no room (seconds).
RETRY_MS = 2000
RETRY_AFTER_SECONDS = 10
# Who has not taken what was sent after this time is let go.
SLOWEST_SECONDS = 20
END_SECONDS = 3
READS = "GET, HEAD, OPTIONS"
UUID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


async def changes(request: HttpRequest) -> AsyncIterator[bytes]:
    """The change feed, an event an entry."""
    query = FollowParameters.of(request)
    # A browser repeats the address it began with, and says beside it how far it came.
    position = Position.of(request.headers.get("Last-Event-ID") or query.since)
    async for told in follower.listen(position, query.only()):
        token = told.position.token
        if told.entry is None:
            yield f": still here\nid: {token}\n\n".encode()
        else:
            yield f"id: {token}\nevent: {told.entry.kind}\ndata: {told.entry.model_dump_json()}\n\n".encode()


async def clip(request: HttpRequest, clip_id: str) -> AsyncIterator[bytes]:
    """A clip each time that something of it changes, until its work has ended."""
    refuse_parameters(request)
    caller = await clips.ask(caller_of, request, Scope.DOWNLOADS)
    language = caller_language(request)
    async for seen in clips.listen(caller, UUID(clip_id)):
        if seen is None:
            yield b": still here\n\n"
            continue
        answer = await clips.ask(_told_in, language, seen, caller, request.method == "GET")
        yield f"event: {answer.status}\ndata: {answer.model_dump_json()}\n\n".encode()


def _told_in(language: str, seen: Clip, caller: Caller, is_read: bool) -> ClipAnswer:
    if is_read:
        hand_out_clips(caller, [seen])
    with override(language):
        return as_answer(seen, caller.account_id)


ROUTES: list[tuple[re.Pattern[str], Callable[..., AsyncIterator[bytes]]]] = [
    (re.compile(r"/api/v1/changes/stream/"), changes),
    (re.compile(rf"/api/v1/clips/(?P<clip_id>{UUID_FORM})/events/"), clip),
]
follower = Follower()
clips = ClipFollower()
ending = asyncio.Event()
streams: set[object] = set()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await _answer(ASGIRequest(scope, BytesIO()), receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Follow the log from the server's start to its end."""
    await receive()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    work = [asyncio.create_task(follower.run()), asyncio.create_task(clips.run())]
    # Granian waits for answers to end, and these do not by themselves: they end first, then it gets its signal.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(_end()))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in work:
        task.cancel()
    await send({"type": "lifespan.shutdown.complete"})


async def _end() -> None:
    ending.set()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            while streams:
                await asyncio.sleep(0.02)
    signal.raise_signal(signal.SIGINT)


async def _answer(request: ASGIRequest, receive: Receive, send: Send) -> None:
    """A stream, or what stands in its way."""
    stream: AsyncIterator[bytes] | None = None
    me = object()
    try:
        stream = _stream(request)
        if len(streams) >= settings.STREAMS_LIMIT:
            response = _busy(request, _("Too many event streams are open. Wait a moment and try again."))
        elif request.method == "OPTIONS":
            response = preflight(READS)
        elif request.method not in ("GET", "HEAD"):
            response = problem(request, 405)
            response["Allow"] = READS
        else:
            streams.add(me)
            first = await anext(stream)
            await _begin(request, send)
            if request.method == "GET":
                await _send_all(first, stream, receive, send)
            else:
                await send({"type": "http.response.body", "body": b""})
            return
    except LogUnreachable:
        response = _busy(request, _("The change log cannot be read at the moment. Wait a moment and try again."))
    except Exception as error:
        response = api.on_exception(request, error)
    finally:
        streams.discard(me)
        if stream is not None:
            await stream.aclose()  # type: ignore[attr-defined]
    await _send_response(request, response, send)


def _stream(request: ASGIRequest) -> AsyncIterator[bytes]:
    """The stream at an address, not begun. Raises Http404, DisallowedHost."""
    request.get_host()
    for pattern, stream in ROUTES:
        if match := pattern.fullmatch(request.path):
            return stream(request, **match.groupdict())
    raise Http404


async def _begin(request: HttpRequest, send: Send) -> None:
    headers = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    await send({"type": "http.response.start", "status": 200, "headers": _raw(headers)})


async def _send_all(first: bytes, stream: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send until the stream ends, the reader is gone or too slow, or the server ends."""
    tasks = {
        asyncio.create_task(_pump(first, stream, send)),
        asyncio.create_task(_until_gone(receive)),
        asyncio.create_task(ending.wait()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, TimeoutError | LogGone):
            logger.warning("a stream broke", exc_info=result)
    if not any(isinstance(result, TimeoutError) for result in results):
        with contextlib.suppress(Exception):  # the reader may be gone
            await send({"type": "http.response.body", "body": b""})


async def _pump(first: bytes, stream: AsyncIterator[bytes], send: Send) -> None:
    await _send_soon(f"retry: {RETRY_MS}\n\n".encode() + first, send)
    try:
        async for message in stream:
            await _send_soon(message, send)
    except LogUnreachable:
        return  # it comes again from where it stands


async def _send_soon(body: bytes, send: Send) -> None:
    async with asyncio.timeout(SLOWEST_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _busy(request: HttpRequest, why: object) -> HttpResponse:
    response = problem(request, 503, detail=why)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


async def _send_response(request: HttpRequest, response: HttpResponse, send: Send) -> None:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Length"] = str(len(response.content))
    await send({"type": "http.response.start", "status": response.status_code, "headers": _raw(response.headers)})
    body = b"" if request.method == "HEAD" else response.content
    await send({"type": "http.response.body", "body": body})


def _raw(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
