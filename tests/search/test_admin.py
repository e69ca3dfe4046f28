"""What the newsroom sees of search: its own, synonyms, and what readers look for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from search import counting
from search.models import SearchCount, Synonyms
from tests.factories.newsroom import make_editor, make_news, make_translation
from tests.search.conftest import Search

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    """A senior editor, logged in."""
    client = Client()
    client.force_login(make_editor("Senior editors"))
    return client


def titles(editor: Client, words: str) -> set[str]:
    """Titles that the admin's search shows."""
    pages = editor.get("/admin/pages/search/", {"q": words}).context["object_list"]
    return {page.title for page in pages}


@pytest.mark.parametrize("words", ["ecole de peche", "ÉCOLE", "eco", "pêche"])
def test_the_admin_finds_without_accents_what_begins_so(editor: Client, words: str) -> None:
    make_news("L’École de pêche", locale="fr", publish=False)
    make_news("Ferries", publish=False)
    assert titles(editor, words) == {"L’École de pêche"}


def test_the_admin_finds_in_both_languages(editor: Client) -> None:
    page = make_news("Regatta in Ostrava")
    make_translation(page, "Régates à Ostrava")
    assert titles(editor, "ostrava") == {"Regatta in Ostrava", "Régates à Ostrava"}


def test_an_editor_makes_synonyms_and_they_are_found_at_once(editor: Client, search: Search) -> None:
    make_news("The compact meets")
    url = "/admin/snippets/search/synonyms/add/"
    editor.post(url, {"terms": "COS\r\nCompact\r\n"})
    assert search.titles("cos") == ["The compact meets"]


@pytest.mark.parametrize("terms", ["one", "COS\ncos", "COS\n!!!", "COS\n" + "word " * 9])
def test_a_group_that_says_nothing_is_refused(editor: Client, terms: str) -> None:
    answer = editor.post("/admin/snippets/search/synonyms/add/", {"terms": terms})
    assert answer.status_code == 200
    assert answer.context["form"].errors["terms"]
    assert not Synonyms.objects.exists()


@pytest.fixture
def counted(search: Search) -> Search:
    """A search whose counts begin at nothing."""
    counting._server().delete(counting.COUNTED, counting.MOVING)
    return search


def rows(editor: Client, **asked: str) -> list[tuple[str, str, int, int]]:
    """What the report shows."""
    found: Any = editor.get("/admin/reports/searches/", asked).context["object_list"]
    return [(row["words"], row["locale"], row["total"], row["vain"]) for row in found]


def test_the_newsroom_sees_what_is_searched_for_and_what_is_not_found(editor: Client, counted: Search) -> None:
    make_news("Harbour")
    for words, times in (("Harbour ", 4), ("zeppelin", 3), ("seldom", 2)):
        for _time in range(times):
            counted.answer(words)
    counted.answer("zeppelin", "fr")
    assert counting.bring_over() == 4
    assert counting.bring_over() == 0
    assert rows(editor) == [("harbour", "en", 4, 0), ("zeppelin", "en", 3, 3)]
    assert rows(editor, result="none") == [("zeppelin", "en", 3, 3)]
    export = b"".join(editor.get("/admin/reports/searches/?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "zeppelin,en,3,3" in export


@pytest.mark.parametrize("words", ["ada@press.example", "call 0171 234 567", "x" * 101, "  "])
def test_what_may_be_somebodys_is_not_counted(counted: Search, words: str) -> None:
    counted.answer(words)
    assert counting.bring_over() == 0


def test_a_filter_that_finds_nothing_is_nobodys_search(counted: Search) -> None:
    make_news("Harbour")
    counted.answer("harbour", topic="unknown")
    assert counting.bring_over() == 0


def test_the_next_part_is_the_same_search(counted: Search) -> None:
    for number in range(3):
        make_news(f"Harbour {number}")
    cursor = counted.answer("harbour", limit=1)["next"]
    counted.answer("harbour", limit=1, cursor=cursor)
    counting.bring_over()
    assert SearchCount.objects.get().searches == 1


def test_counts_that_were_being_brought_over_are_not_lost(counted: Search) -> None:
    counted.answer("first")
    counting._server().rename(counting.COUNTED, counting.MOVING)  # and there the worker died
    counted.answer("second")
    assert (counting.bring_over(), counting.bring_over()) == (1, 1)
    assert set(SearchCount.objects.values_list("words", flat=True)) == {"first", "second"}


def test_searches_are_forgotten() -> None:
    today = timezone.now().date()
    for days, searches in ((400, 50), (8, 1), (8, 2), (1, 1)):
        SearchCount.objects.create(
            day=today - timedelta(days=days), locale="en", words=f"{days} {searches}", searches=searches
        )
    counting.forget_searches()
    assert set(SearchCount.objects.values_list("words", flat=True)) == {"8 2", "1 1"}


def test_only_who_may_publish_sees_the_report() -> None:
    client = Client()
    client.force_login(make_editor("Translators"))
    assert client.get("/admin/reports/searches/").status_code in (302, 403)


def test_a_search_is_answered_where_nobody_counts(search: Search) -> None:
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}):
        assert search.answer("nothing")["items"] == []
