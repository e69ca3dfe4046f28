"""The index on the server becomes what is published, whoever is killed, and is built anew beside itself."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.helpers import bulk

from cms.local.installation import BASE_DIR
from delivery.compaction import begin_epoch
from delivery.feed import Position
from delivery.models import PublishedDocument
from search.errors import SearchAway
from search.meanings import meanings_of
from search.query import SearchQuery
from search.server import asking, following
from search.server.connection import live_name
from search.server.documents import POSITION, documents_of, key_of
from search.tasks import follow_changes
from tests.factories.newsroom import edit, make_news, make_translation
from tests.services import environment_on

pytestmark = pytest.mark.django_db


def published() -> dict[str, Any]:
    """What the server should have, by key: version and content."""
    keys = list(PublishedDocument.objects.values_list("story_id", "locale"))
    return {document.id: (document.version, document.source) for document in documents_of(keys)}


def stored(client: OpenSearch) -> dict[str, Any]:
    """What the live index has."""
    body = {"query": {"match_all": {}}, "size": 1000, "version": True}
    hits = client.search(index=live_name(), body=body)["hits"]["hits"]
    return {hit["_id"]: (hit["_version"], hit["_source"]) for hit in hits if hit["_id"] != POSITION}


def indices(client: OpenSearch) -> list[str]:
    """All there are of this newsroom."""
    return sorted(client.indices.get_alias(index=f"{live_name()}-*"))


def catch_up() -> None:
    assert not following.follow(seconds=30)


def changes() -> Iterator[Callable[[], Any]]:
    """What editors do, one after another."""
    pages: list[Any] = []
    for title in ("Harbour", "Harbour and quay", "Harbour and storm"):
        yield partial(lambda title: pages.append(make_news(title)), title)
    yield lambda: make_translation(pages[0], "Le port")
    yield lambda: edit(pages[1], title="Storm")
    yield pages[2].unpublish
    yield lambda: edit(pages[0], title="Quay")
    yield lambda: pages[2].save_revision().publish()


def test_the_index_becomes_what_is_published(opensearch: OpenSearch) -> None:
    for change in changes():
        change()
        catch_up()
        assert stored(opensearch) == published()
    assert len(indices(opensearch)) == 1


def test_what_was_followed_may_be_followed_again(opensearch: OpenSearch) -> None:
    for change in changes():
        change()
    catch_up()
    opensearch.update(index=live_name(), id=POSITION, body={"doc": {"position": Position().token}})
    catch_up()
    assert stored(opensearch) == published()


def test_an_older_write_that_comes_late_brings_nothing_back(opensearch: OpenSearch) -> None:
    page = make_news("Harbour")
    key = key_of(page.translation_key, "en")
    version, source = published()[key]
    page.unpublish()
    catch_up()
    late = following._operation("index", live_name(), key, version, _source=source)
    bulk(opensearch, [late], raise_on_error=False, refresh=True)
    assert key not in stored(opensearch)
    assert stored(opensearch) == published()


@pytest.mark.parametrize("before", [True, False], ids=["before it is asked", "after it did it"])
def test_whatever_call_fails_the_next_look_goes_on(
    opensearch: OpenSearch, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    from opensearchpy import Transport

    perform, calls, fails_at = Transport.perform_request, 0, 0

    def fail_once(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == fails_at:
            raise NoConnection("N/A", "killed", None)
        answer = perform(self, *arguments, **options)
        if calls == fails_at:
            raise NoConnection("N/A", "killed", None)
        return answer

    monkeypatch.setattr(following, "STEP", 3)
    for change in changes():
        change()
    failures = 0
    while calls >= fails_at:
        for name in indices(opensearch):
            opensearch.indices.delete(index=name)
        calls, fails_at = 0, fails_at + 1
        with monkeypatch.context() as patched:
            patched.setattr(Transport, "perform_request", fail_once)
            try:
                catch_up()
            except SearchAway:
                failures += 1
                catch_up()
            made = calls
        assert stored(opensearch) == published()
        assert len(indices(opensearch)) == 1
        calls = made
    assert failures > 10


@pytest.mark.django_db(transaction=True)
def test_an_indexer_that_is_killed_is_gone_on_with(opensearch: OpenSearch, settings: Any) -> None:
    for number in range(12):
        make_news(f"Harbour {number}")
    script = (
        "import django, time; django.setup();"
        "from search.server import following; following.STEP = 1; write = following._write;"
        # Most likely it is killed when it has written, and has not noted how far it is.
        "following._write = lambda *one: (write(*one), time.sleep(0.2));"
        "following.follow(seconds=60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=BASE_DIR,
        env=environment_on(connection.settings_dict["NAME"])
        | {
            "DJANGO_SETTINGS_MODULE": "cms.settings",
            "OPENSEARCH_URL": settings.OPENSEARCH_URL,
            "OPENSEARCH_PREFIX": settings.OPENSEARCH_PREFIX,
        },
    )
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if opensearch.count(index=f"{live_name()}-*")["count"] >= 4:
            break
    process.kill()
    assert process.wait() == -9
    (unfinished,) = indices(opensearch)
    assert opensearch.count(index=unfinished)["count"] < 13
    catch_up()
    assert indices(opensearch) == [unfinished]
    assert stored(opensearch) == published()


def test_an_index_is_built_beside_the_live_one_while_documents_change(
    opensearch: OpenSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for change in changes():
        change()
    catch_up()
    (old,) = indices(opensearch)
    monkeypatch.setattr(following, "STEP", 2)
    begun = following._create(opensearch)
    for _number, change in zip(range(3), changes(), strict=False):
        following.step()
        change()
        assert asking.find(SearchQuery("harbour"), meanings_of(SearchQuery("harbour")), limit=1)
    assert set(indices(opensearch)) == {old, begun}
    catch_up()
    assert indices(opensearch) == [begun]
    assert stored(opensearch) == published()


def test_the_command_builds_a_new_index_and_leaves_no_old_one(opensearch: OpenSearch) -> None:
    make_news("Harbour")
    catch_up()
    before = indices(opensearch)
    call_command("rebuild_search_server")
    assert len(indices(opensearch)) == 1
    assert indices(opensearch) != before
    assert stored(opensearch) == published()


def test_an_index_that_knows_more_than_a_restored_backup_is_replaced(opensearch: OpenSearch) -> None:
    make_news("Harbour")
    catch_up()
    backup = transaction.savepoint()
    make_news("Lost")
    catch_up()
    before = indices(opensearch)
    transaction.savepoint_rollback(backup)
    make_news("Written afterwards")
    catch_up()
    assert indices(opensearch) != before
    assert stored(opensearch) == published()


def test_another_epoch_is_another_index(opensearch: OpenSearch) -> None:
    make_news("Harbour")
    catch_up()
    before = indices(opensearch)
    begin_epoch()
    catch_up()
    assert indices(opensearch) != before
    assert stored(opensearch) == published()


def test_two_indexers_do_not_work_at_once(opensearch: OpenSearch, settings: Any) -> None:
    import psycopg

    make_news("Harbour")
    address = environment_on(connection.settings_dict["NAME"])["DATABASE_URL"]
    with psycopg.connect(address) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"search server {live_name()}"])
        assert following.step() is False
        assert indices(opensearch) == []
    assert following.step() is True


def test_an_index_of_another_newsroom_is_left_alone(opensearch: OpenSearch, settings: Any) -> None:
    neighbour = f"{settings.OPENSEARCH_PREFIX}-other-v1.1-0123456789ab"
    opensearch.indices.create(index=neighbour)
    make_news("Harbour")
    catch_up()
    call_command("rebuild_search_server")
    assert neighbour in indices(opensearch)


def test_a_server_that_is_away_is_no_failure_of_the_task(opensearch: OpenSearch, settings: Any) -> None:
    make_news("Harbour")
    settings.OPENSEARCH_URL = "http://127.0.0.1:1"
    follow_changes()


@pytest.mark.parametrize(("url", "looks"), [("http://127.0.0.1:9200", True), ("", False)])
def test_beat_looks_where_there_is_a_server(url: str, looks: bool) -> None:
    script = (
        "import sys; from cms.celery import app;"
        "assert 'cms.settings' not in sys.modules, 'too early for whoever chooses a database';"
        "print('tell the search server' in app.conf.beat_schedule)"
    )
    environment = environment_on("nothing") | {"OPENSEARCH_URL": url}
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(looks)
