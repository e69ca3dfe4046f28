"""What the web server's process remembers: the same bytes again, for one small query, until anything changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.utils.datastructures import CaseInsensitiveMapping

from cms.wsgi import application
from delivery.clock import database_now
from delivery.remembered import RememberingHandler
from delivery.stories import withdraw
from tests.clock import Clock
from tests.factories.newsroom import edit, make_news, story

pytestmark = pytest.mark.django_db


@dataclass
class Answer:
    """What the server would send."""

    status: int
    headers: CaseInsensitiveMapping[str]
    body: bytes


class Process:
    """A process of the web server."""

    def __init__(self) -> None:
        self.handler = RememberingHandler()

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = RequestFactory().generic(method, f"/api/v1/{path}", headers=names).environ
        said: list[Any] = []
        parts = self.handler(environ, lambda status, headers, exc_info=None: said.extend((status, headers)))
        body = b"".join(parts)
        if close := getattr(parts, "close", None):
            close()
        return Answer(int(said[0].split()[0]), CaseInsensitiveMapping(said[1]), body)


@pytest.fixture(autouse=True)
def the_connection_stays() -> Iterator[None]:
    """As for Django's test client: the test's transaction is on it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.mark.parametrize("path", ["news/", "news/storm/", "news/?limit=1&locale=fr&fallback=default"])
def test_the_same_answer_again_costs_one_small_query(process: Process, path: str) -> None:
    make_news("Storm")
    first = process.ask(path)
    assert first.status == 200
    queries = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        again = process.ask(path)
    assert (again.status, again.headers, again.body) == (200, first.headers, first.body)
    assert len(queries) == 1
    assert "delivery_publisheddocument" not in queries[0]


def test_whoever_has_it_is_told_so_again(process: Process) -> None:
    make_news("Storm")
    etag = process.ask("news/storm/").headers["ETag"]
    answers = [process.ask("news/storm/", if_none_match=etag) for _ in range(2)]
    assert [(one.status, one.body) for one in answers] == [(304, b"")] * 2
    assert process.ask("news/storm/").status == 200


def test_head_and_what_is_not_accepted_are_answers_of_their_own(process: Process) -> None:
    make_news("Storm")
    for _ in range(2):
        assert process.ask("news/").body
        assert process.ask("news/", "HEAD").body == b""
        assert process.ask("news/", accept="text/html").status == 406
        assert process.ask("news/", "POST").status == 405


@pytest.mark.parametrize("path", ["news/", "news/storm/"])
def test_what_happened_is_seen_at_once(process: Process, path: str) -> None:
    page = make_news("Storm", summary="Calm")
    assert b"Calm" in process.ask(path).body
    edit(page, summary="Changed")
    assert b"Changed" in process.ask(path).body
    withdraw(story(page), reason="Wrong")
    answer = process.ask(path)
    assert (answer.status, answer.body.count(b"Changed")) == (404 if "storm" in path else 200, 0)


def test_what_a_transaction_took_back_is_not_remembered(process: Process) -> None:
    page = make_news("Storm", summary="Calm")
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        edit(page, summary="Never committed")
        assert b"Never committed" in process.ask("news/").body
        cursor.execute("ROLLBACK TO SAVEPOINT before")
    assert b"Calm" in process.ask("news/").body


def test_caches_are_told_of_the_next_change_that_the_clock_makes(process: Process, clock: Clock) -> None:
    soon = database_now() + timedelta(minutes=20)
    make_news("Storm", expire_at=soon)
    body = process.ask("news/").body
    seconds: list[int] = []
    for left in (600, 30, 20, 10):
        clock.go_on(soon - datetime.now(UTC) - timedelta(seconds=left))
        answer = process.ask("news/")
        assert answer.body == body
        seconds.append(int(answer.headers["Cache-Control"].partition("s-maxage=")[2].partition(",")[0]))
    assert seconds[0] == 60
    assert seconds == sorted(seconds, reverse=True)
    assert len(set(seconds)) == 4


def test_answers_that_are_not_made_of_documents_alone_are_made_anew(process: Process) -> None:
    make_news("Storm")
    for path in ("topics/", "site/", "changes/"):
        process.ask(path)
    assert not process.handler.kept


def test_memory_has_a_bound(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.remembered.MOST_BYTES", 30_000)
    bounded = Process()
    make_news("Storm")
    for limit in range(1, 60):
        assert bounded.ask(f"news/?limit={limit}").status == 200
    assert 0 < bounded.handler.kept.currsize <= 30_000


def test_an_answer_larger_than_the_memory_is_given_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.remembered.MOST_BYTES", 10)
    make_news("Storm")
    assert Process().ask("news/").status == 200


@pytest.mark.parametrize("charset", ["latin-1", "cp864", "utf-16", "rot13", "undefined", '"utf-7"'])
def test_charset_of_a_request_changes_no_answer(charset: str) -> None:
    page = make_news("Storm")
    page.tags.add("énergie")
    page.save_revision().publish()
    path = "/api/v1/news/?tag=%C3%A9nergie"
    for kind in (f"text/plain; charset={charset}", "", f"multipart/form-data; boundary=x; charset={charset}"):
        environ = RequestFactory().get(path).environ | {"CONTENT_TYPE": kind}
        answer = json.loads(b"".join(application(environ, lambda *_: None)))
        assert len(answer["items"]) == 1


@pytest.mark.parametrize("header", ["accept", "if_none_match", "host"])
def test_long_headers_fill_no_memory(process: Process, header: str) -> None:
    make_news("Storm")
    process.ask("news/", **{header: "a" * 300})
    assert not process.handler.kept
