"""Changes as they happen: in order, none twice, none left out, whatever is cut, killed or restored meanwhile."""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.test import Client

from delivery.compaction import begin_epoch
from delivery.feed import Position, entry_of
from delivery.following import MOST_WAITING, Listener, Told
from delivery.models import Change, LogHead
from news.models import NewsPage
from tests.factories.newsroom import edit, make_news, make_translation
from tests.streams.conftest import Reader, Streams

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Answer = TypeVar("Answer")
MANY = 1000 if os.environ.get("SOAK") else 200


def head() -> int:
    return LogHead.objects.get().sequence


def token() -> str:
    return json.loads(Client().get("/api/v1/changes/?limit=1000").content)["next"]


def sequences(reader: Reader) -> list[int]:
    return [event.entry["sequence"] for event in reader.events]


def has(number: int) -> Any:
    return lambda reader: bool(reader.events) and reader.events[-1].entry["sequence"] >= number


def is_enough(number: int, sequence: int, reader: Reader) -> bool:
    return len(reader.events) >= number or has(sequence)(reader)


def in_thread(act: Any, *arguments: Any) -> Any:
    """The answer of something that uses the database, with a connection of its own."""
    try:
        return act(*arguments)
    finally:
        connection.close()


def run_alone(work: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer, from a thread of its own: Playwright leaves a loop running in the thread of the tests."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_stream_says_what_the_feed_says_and_then_what_happens(streams: Streams) -> None:
    page = make_news("Before")
    make_translation(page)
    reader = streams.reader()
    run_alone(reader.read(has(head())))
    feed = json.loads(Client().get("/api/v1/changes/?limit=1000").content)["items"]
    assert [event.entry for event in reader.events] == feed
    assert [event.kind for event in reader.events] == [entry["kind"] for entry in feed]

    async def publish_and_wait() -> float:
        began = head_before
        reading = asyncio.create_task(reader.read(has(began + 1)))
        await asyncio.sleep(1)
        await asyncio.to_thread(in_thread, make_news, "Now")
        published = time.monotonic()
        await reading
        return time.monotonic() - published

    head_before = head()
    assert run_alone(publish_and_wait()) < 1
    assert reader.events[-1].kind == "new"


def test_cut_connections_miss_and_repeat_nothing_while_four_writers_publish(streams: Streams) -> None:
    pages = [make_news(f"Story {number}") for number in range(4)]
    begin = token()
    first = head()

    def write(page: Any) -> None:
        for number in range(6):
            edit(NewsPage.objects.get(pk=page.pk), title=f"{page.title}, {number}")

    async def follow(every: int, **parameters: str) -> Reader:
        reader = streams.reader()
        while not has(first + 24)(reader):
            enough = len(reader.events) + every
            await reader.read(partial(is_enough, enough, first + 24), 60, **parameters)
        return reader

    async def run() -> list[Reader]:
        with ThreadPoolExecutor(4) as writers:
            writing = [writers.submit(in_thread, write, page) for page in pages]
            readers = await asyncio.gather(*(follow(every, since=begin) for every in (1, 2, 5, 100)))
        for one in writing:
            one.result()
        return readers

    for reader in run_alone(run()):
        assert sequences(reader) == list(range(first + 1, first + 25))


def test_killed_server_loses_nothing(streams: Streams) -> None:
    make_news("Before")
    reader = streams.reader(token())

    async def run() -> None:
        reading = asyncio.create_task(reader.read(has(head_before + 2), 200))
        await asyncio.sleep(1)
        await asyncio.to_thread(in_thread, make_news, "One")
        await asyncio.sleep(1)
        streams.kill()
        await asyncio.to_thread(in_thread, make_news, "Two")
        await asyncio.to_thread(streams.start)
        await reading

    head_before = head()
    run_alone(run())
    assert sequences(reader) == [head_before + 1, head_before + 2]


def test_many_streams_at_once(streams: Streams) -> None:
    make_news("Before")
    begin = token()
    readers = [streams.reader(begin) for _ in range(MANY)]

    def publish() -> float:
        make_news("For all")
        return time.monotonic()

    async def run() -> tuple[float, float]:
        reading = [asyncio.create_task(reader.read(has(number), 120)) for reader in readers]
        await asyncio.sleep(5)
        before = memory(streams)
        published = await asyncio.to_thread(in_thread, publish)
        await asyncio.gather(*reading)
        return time.monotonic() - published, before

    number = head() + 1
    took, kilobytes = run_alone(run())
    print(f"{MANY} streams: all told after {took:.2f} s, {kilobytes / 1024:.0f} MB")
    assert all(sequences(reader) == [number] for reader in readers)
    assert took < 5


def memory(streams: Streams) -> int:
    """Kilobytes that the streaming processes hold."""
    group = str(streams.processes[0].pid)
    rows = subprocess.run(["ps", "-eo", "pgid,rss"], capture_output=True, text=True, check=True).stdout.split("\n")
    return sum(int(row.split()[1]) for row in rows if row.split()[:1] == [group])


def test_gone_token_is_told_before_the_stream_begins(streams: Streams) -> None:
    make_news("Before")
    old = token()
    connection.close()
    begin_epoch()
    for query, headers in ((f"?since={old}", {}), ("", {"Last_Event_ID": old})):
        status, answered, body = streams.ask(query, Accept_Language="fr", **headers)
        assert status == 410
        assert answered["Content-Type"] == "application/problem+json"
        assert json.loads(body)["restart"] == "/api/v1/changes/"
        assert "Ce jeton" in json.loads(body)["detail"]


def test_streams_end_when_the_log_is_another_one_and_who_comes_again_is_told(streams: Streams) -> None:
    make_news("Before")
    old = token()
    reader = streams.reader(old)

    async def run() -> None:
        async with reader.opened() as lines:
            await anext(lines)
            await asyncio.to_thread(in_thread, begin_epoch)
            async with asyncio.timeout(5):
                async for _line in lines:
                    pass

    run_alone(run())
    assert streams.ask(Last_Event_ID=old)[0] == 410


def test_filters_and_last_event_id_before_since(streams: Streams) -> None:
    page = make_news("Before")
    begin = token()
    make_translation(page)
    reader = streams.reader()
    run_alone(reader.read(has(Change.objects.filter(locale="fr").latest("sequence").sequence), locale="fr"))
    assert {event.entry["locale"] for event in reader.events} == {"fr"}
    later = streams.reader(token())

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await later.read(lambda one: bool(one.events), 2, since=begin)

    run_alone(run())
    assert later.events == []


def test_headers_methods_and_mistakes(streams: Streams) -> None:
    make_news("Before")
    status, headers, _body = streams.ask()
    assert status == 200
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in headers
    assert "Content-Encoding" not in streams.ask(Accept_Encoding="gzip")[1]
    assert streams.ask(method="HEAD")[0] == 200
    assert streams.ask(method="OPTIONS")[0] == 204
    assert streams.ask(method="POST")[0] == 405
    for query, parameter in (("?since=abc", "since"), ("?type=none", "type"), ("?x=1", "x"), ("?locale=de", "locale")):
        status, _headers, body = streams.ask(query)
        assert status == 422
        assert [error["parameter"] for error in json.loads(body)["errors"]] == [parameter]


@pytest.mark.parametrize("streams", [1], indirect=True)
def test_who_finds_no_room_is_told_when_to_come_again(streams: Streams) -> None:
    make_news("Before")
    reader = streams.reader(token())

    async def run() -> tuple[int, dict[str, str], bytes]:
        async with reader.opened() as lines:
            await anext(lines)
            return await asyncio.to_thread(streams.ask)

    status, headers, body = run_alone(run())
    assert status == 503
    assert int(headers["Retry-After"]) > 0
    assert json.loads(body)["type"] == "/problems/unavailable"
    time.sleep(0.5)
    assert streams.ask()[0] == 200


def test_streams_stay_while_the_database_is_away(streams: Streams) -> None:
    make_news("Before")
    reader = streams.reader(token())
    at = connection.settings_dict
    name, server = at["NAME"], {"host": at["HOST"], "port": at["PORT"], "user": at["USER"], "password": at["PASSWORD"]}

    def ours() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def allow(is_allowed: bool, *spared: int) -> None:
        with psycopg.connect(dbname="postgres", autocommit=True, **server) as elsewhere:
            elsewhere.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {is_allowed}')
            elsewhere.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> ALL (%s::int[]) AND NOT %s",
                [name, list(spared), is_allowed],
            )

    here = ours()

    def outage() -> None:
        allow(False, here, ours())
        time.sleep(2)
        make_news("While nobody could read")
        allow(True)

    async def run() -> None:
        async with reader.opened() as lines, asyncio.timeout(30):
            await anext(lines)
            await asyncio.to_thread(in_thread, outage)
            async for line in lines:
                if line.startswith("event:"):
                    return
        pytest.fail("the stream ended")

    try:
        run_alone(run())
    finally:
        allow(True)


def test_slow_reader_is_let_go_and_goes_on_from_where_it_stands() -> None:
    position = Position(1, 0, b"12345678")
    listener = Listener(position, {})
    change: Any = Change(
        sequence=2, at=datetime.now(UTC), kind="new", story_id=UUID(int=1), locale="en", collection="news"
    )
    change.public_path = "/en/news/story/"
    entry = entry_of(change)
    for number in range(2, MOST_WAITING + 3):
        listener.tell(Told(Position(number, 0, b"12345678"), entry))

    assert run_alone(listener.next()) is None


def test_server_ends_its_streams_and_then_itself(streams: Streams) -> None:
    make_news("Before")
    reader = streams.reader(token())

    async def run() -> float:
        async with reader.opened() as lines:
            await anext(lines)
            took = await asyncio.to_thread(streams.stop)
            async for _line in lines:
                pass
        return took

    assert run_alone(run()) < 4
