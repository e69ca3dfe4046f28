"""What readers are told while the server lags behind, is away, or comes back."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from delivery.compaction import begin_epoch
from delivery.models import Change, LogHead
from search import finding
from search.server import asking, connection, following
from tests.api.conftest import Api
from tests.factories.newsroom import edit, make_news, make_topic
from tests.search.conftest import Search

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(api: Api, opensearch: Any) -> Search:
    """Asks without waiting for the indexer."""
    return Search(api)


@pytest.fixture
def who(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who answered."""
    told: list[str] = []
    modules: list[tuple[str, Any]] = [("server", asking), ("PostgreSQL", finding)]
    for name, module in modules:

        def find(*arguments: Any, name: str = name, find: Any = module.find, **options: Any) -> Any:
            found = find(*arguments, **options)
            told.append(name)
            return found

        monkeypatch.setattr(module, "find", find)
    return told


def catch_up() -> None:
    assert not following.follow(seconds=30)


def go_away(settings: Any) -> None:
    """Have the newsroom look for the server where nobody is."""
    settings.OPENSEARCH_URL = "http://127.0.0.1:1"


def harbours(count: int) -> list[Any]:
    topic = make_topic("Rescue")
    pages = []
    for number in range(count):
        page = make_news(f"Harbour {number}", publish=False)
        page.topics.set([topic])
        page.save_revision().publish()
        page.refresh_from_db()
        pages.append(page)
    return pages


def test_what_is_published_is_found_when_the_indexer_has_followed(search: Search, who: list[str]) -> None:
    catch_up()
    make_news("Harbour")
    assert search.titles("harbour") == []
    catch_up()
    assert search.titles("harbour") == ["Harbour"]
    assert "PostgreSQL" not in who


def test_a_withdrawal_is_in_no_hit_count_or_facet_before_the_indexer_knows(search: Search, who: list[str]) -> None:
    pages = harbours(2)
    catch_up()
    assert search.answer("harbour")["count"] == 2
    pages[0].unpublish()
    answer = search.answer("harbour")
    assert [hit["title"] for hit in answer["items"]] == ["Harbour 1"]
    assert (answer["count"], answer["facets"]["types"]) == (1, [{"value": "news", "count": 1}])
    assert answer["facets"]["topics"][0]["count"] == 1
    pages[1].unpublish()
    answer = search.answer("harbour")
    assert (answer["count"], answer["items"]) == (0, [])
    assert answer["facets"] == {"types": [], "topics": [], "tags": [], "years": []}
    assert set(who) == {"server"}


def test_what_was_withdrawn_and_comes_back_with_other_words_is_not_found_by_the_old_ones(search: Search) -> None:
    (page,) = harbours(1)
    catch_up()
    page.unpublish()
    edit(page, title="Quay")
    assert search.answer("harbour")["count"] == 0
    catch_up()
    assert search.titles("quay") == ["Quay"]


def test_a_withdrawal_while_the_server_answers_is_in_no_answer(
    search: Search, who: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = harbours(2)
    catch_up()
    look = asking._hits

    def withdraw_and_look(*arguments: Any) -> Any:
        if pages:
            pages.pop().unpublish()
        return look(*arguments)

    monkeypatch.setattr(asking, "_hits", withdraw_and_look)
    answer = search.answer("harbour", limit=1)
    assert answer["items"] == []
    answer = search.answer("harbour", limit=1)
    assert (answer["count"], answer["items"], answer["facets"]["types"]) == (0, [], [])
    assert set(who) == {"server"}


def test_an_index_that_is_a_minute_late_is_not_asked(search: Search, who: list[str]) -> None:
    make_news("Quay")
    catch_up()
    followed = LogHead.objects.get().sequence
    make_news("Harbour")
    assert search.titles("harbour") == []
    Change.objects.filter(sequence__gt=followed).update(at=F("at") - timedelta(minutes=2))
    assert search.titles("harbour") == ["Harbour"]
    assert who[-1] == "PostgreSQL"


def test_an_index_of_another_log_is_not_asked(search: Search, who: list[str]) -> None:
    make_news("Harbour")
    catch_up()
    begin_epoch()
    assert search.titles("harbour") == ["Harbour"]
    catch_up()
    assert search.titles("harbour") == ["Harbour"]
    assert who == ["PostgreSQL", "server"]


def test_an_index_that_has_what_is_not_published_is_not_believed(
    search: Search, who: list[str], opensearch: Any
) -> None:
    make_news("Harbour")
    catch_up()
    asked = {"query": {"term": {"title": "harbour"}}}
    (hit,) = opensearch.search(index=connection.live_name(), body=asked)["hits"]["hits"]
    stray = hit["_source"] | {"story": "11111111-0000-4000-8000-000000000000"}
    opensearch.index(index=connection.live_name(), id=f"{stray['story']}:en", body=stray, refresh=True)
    assert search.titles("harbour") == ["Harbour"]
    assert search.answer("harbour")["count"] == 1
    assert set(who) == {"PostgreSQL"}


def test_without_the_server_postgresql_answers_and_it_is_said_once(
    search: Search, who: list[str], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_news("Harbour")
    catch_up()
    go_away(settings)
    with caplog.at_level(logging.WARNING, logger="search"):
        for _time in range(3):
            assert search.titles("harbour") == ["Harbour"]
    assert [record.levelname for record in caplog.records if record.name.startswith("search")] == ["WARNING"]
    assert set(who) == {"PostgreSQL"}


def test_a_server_that_was_away_is_asked_again(
    search: Search, who: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_news("Harbour")
    catch_up()
    here = settings.OPENSEARCH_URL
    go_away(settings)
    assert search.titles("harbour") == ["Harbour"]
    settings.OPENSEARCH_URL = here
    assert search.titles("harbour") == ["Harbour"]
    monkeypatch.setattr(connection, "_silent_until", 0.0)
    assert search.titles("harbour") == ["Harbour"]
    assert who == ["PostgreSQL", "PostgreSQL", "server"]


def test_a_server_that_does_not_answer_is_not_waited_for(
    search: Search, who: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    make_news("Harbour")
    monkeypatch.setattr(connection, "READERS_WAIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings.OPENSEARCH_URL = f"http://127.0.0.1:{mute.getsockname()[1]}"
        assert search.titles("harbour") == ["Harbour"]
    assert who == ["PostgreSQL"]


def test_a_list_by_relevance_is_gone_on_with_by_who_began_it(
    search: Search, who: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    harbours(3)
    catch_up()
    of_server = search.answer("harbour", limit=1)
    here = settings.OPENSEARCH_URL
    go_away(settings)
    problem = search.api.problem(f"search/?q=harbour&limit=1&cursor={of_server['next']}")
    assert problem["status"] == 503
    ours = search.answer("harbour", limit=1)
    settings.OPENSEARCH_URL = here
    monkeypatch.setattr(connection, "_silent_until", 0.0)
    assert search.answer("harbour", limit=2, cursor=ours["next"])["items"]
    assert search.answer("harbour", limit=2, cursor=of_server["next"])["items"]
    assert who == ["server", "PostgreSQL", "PostgreSQL", "server"]


@pytest.mark.parametrize("order", ["-published_at", "published_at"])
def test_a_list_by_date_is_gone_on_with_by_anybody(search: Search, who: list[str], settings: Any, order: str) -> None:
    harbours(4)
    catch_up()
    whole = search.titles("harbour", order=order)
    first = search.answer("harbour", limit=1, order=order)
    second = search.answer("harbour", limit=1, order=order, cursor=first["next"])
    go_away(settings)
    third = search.answer("harbour", limit=1, order=order, cursor=second["next"])
    connection.forget_failures()
    settings.OPENSEARCH_URL = ""
    last = search.answer("harbour", limit=1, order=order, cursor=third["next"])
    assert [one["items"][0]["title"] for one in (first, second, third, last)] == whole
    assert last["next"] is None
    assert who == ["server"] * 3 + ["PostgreSQL"] * 2


def test_without_the_setting_nothing_of_it_is_asked(search: Search, who: list[str], settings: Any) -> None:
    settings.OPENSEARCH_URL = ""
    make_news("Harbour")
    assert search.titles("harbour") == ["Harbour"]
    assert who == ["PostgreSQL"]


@pytest.mark.parametrize("is_server", [True, False])
def test_words_in_a_row_come_before_those_that_are_scattered(search: Search, settings: Any, is_server: bool) -> None:
    make_news("Storm harbour warning")
    make_news("Harbour before a storm")
    catch_up()
    if not is_server:
        settings.OPENSEARCH_URL = ""
    assert search.titles("storm harbour") == ["Storm harbour warning", "Harbour before a storm"]
