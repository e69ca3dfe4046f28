"""Slugs have one form, wherever they come from; other spellings lead there."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page

from delivery import reading, rows
from delivery.models import PublishedDocument
from tests.admin.test_roles import news_form
from tests.factories.newsroom import edit, make_editor, make_news, make_topic, make_translation, section

pytestmark = pytest.mark.django_db


def get(path: str) -> Any:
    return Client().get(f"/api/v1/{path}")


@pytest.fixture
def senior() -> Client:
    client = Client()
    client.force_login(make_editor("Senior editors"))
    return client


def test_slug_typed_in_capitals_is_stored_in_small_letters(senior: Client) -> None:
    address = reverse("wagtailadmin_pages:add", args=["news", "newspage", section().pk])
    senior.post(address, news_form("Patrol", slug="Winter-Patrol") | {"action-publish": "1"})
    assert get("news/winter-patrol/").json()["path"] == "/en/news/winter-patrol/"
    assert get("resolve/?path=/en/news/winter-patrol/").status_code == 200


def test_two_spellings_of_one_slug_are_one_address(senior: Client) -> None:
    make_news("Patrol", slug="winter-patrol")
    address = reverse("wagtailadmin_pages:add", args=["news", "newspage", section().pk])
    answer = senior.post(address, news_form("Patrol", slug="WINTER-patrol") | {"action-publish": "1"})
    assert "slug" in answer.context["form"].errors
    assert PublishedDocument.objects.filter(collection="news").count() == 1


def test_slug_written_by_code_is_brought_into_form() -> None:
    assert make_news("Patrol", slug="Winter-Patrol").slug == "winter-patrol"


def test_verification_finds_one_that_went_past_that() -> None:
    from delivery.verification import verify_story

    page = make_news("Patrol")
    Page.objects.filter(pk=page.pk).update(slug="PATROL")
    assert any("slug" in difference.what for difference in verify_story(page.translation_key))


@pytest.mark.parametrize("spelling", ["WINTER-Patrol", "winter-patrol%20"])
def test_other_spellings_redirect_also_where_the_story_is_a_fallback(spelling: str) -> None:
    make_news("Winter patrol")
    for query in ("locale=en", "locale=fr&fallback=default"):
        answer = get(f"news/{spelling}/?{query}")
        assert answer.status_code == 301, query
        assert get(answer["Location"].removeprefix("/api/v1/")).status_code == 200


def test_slug_of_either_language_leads_to_the_one_that_is_answered() -> None:
    page = make_news("Winter patrol")
    both = "locale=fr&fallback=default"
    assert get(f"news/winter-patrol/?{both}").json()["is_fallback"]
    translation = make_translation(page, "Patrouille")
    answer = get(f"news/winter-patrol/?{both}")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/news/patrouille/?locale=fr&fallback=default")
    assert get("news/winter-patrol/?locale=fr").status_code == 404
    translation.unpublish()
    answer = get(f"news/patrouille/?{both}")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/news/winter-patrol/?locale=fr&fallback=default")
    assert get("news/patrouille/?locale=fr").status_code == 404


def test_former_slug_redirects_also_where_the_story_is_a_fallback() -> None:
    page = make_news("Winter patrol")
    edit(page, slug="ice-patrol")
    answer = get("news/winter-patrol/?locale=fr&fallback=default")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (301, "/api/v1/news/ice-patrol/")


@pytest.mark.parametrize("topic", ["rescue", "sauvetage", "id", "ID"])
def test_topic_is_found_by_its_slug_in_any_language_and_by_id(topic: str) -> None:
    rescue = make_topic("Rescue")
    make_topic("Sauvetage", locale="fr", translation_key=rescue.translation_key)
    make_news("Only English", topics=[rescue])
    value = {"id": str(rescue.translation_key), "ID": str(rescue.translation_key).upper()}.get(topic, topic)
    found = get(f"news/?locale=fr&fallback=default&topic={value}").json()["items"]
    assert [item["title"] for item in found] == ["Only English"]


def test_an_address_that_two_stories_had_leads_to_the_one_that_is_public(client: Client) -> None:
    first, second = make_news("First", slug="a"), make_news("Second", slug="b")
    edit(first, slug="c")
    edit(second, slug="a")
    edit(second, slug="d")

    def leads_to() -> tuple[str, str]:
        path = client.get("/api/v1/resolve/?path=/en/news/a/").json()["redirect"]
        return path, client.get("/api/v1/news/a/")["Location"]

    assert leads_to() == ("/en/news/d/", "/api/v1/news/d/")
    second.delete()
    assert leads_to() == ("/en/news/c/", "/api/v1/news/c/")


@pytest.mark.parametrize("path", ["news/no-such/", "news/former/", "resolve/?path=/en/no/such/", "news/"])
def test_no_read_goes_through_the_whole_table(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's plan for what is not there, what has moved, and a list that falls back on the other language."""
    page = make_news("Story", slug="former")
    edit(page, slug="latter")
    asked: list[tuple[str, Any]] = []
    original = rows.read_rows

    def noted(query: str, values: Any, **words: Any) -> Any:
        asked.append((query, values))
        return original(query, values, **words)

    monkeypatch.setattr(reading, "read_rows", noted)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("SET LOCAL enable_seqscan = off")
        Client().get(f"/api/v1/{path}", {"locale": "fr", "fallback": "default"} if path == "news/" else {})
        asked += [(query["sql"], None) for query in queries.captured_queries[1:] if query["sql"]]
        assert asked
        for sql, values in asked:
            cursor.execute("EXPLAIN " + sql, values)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "hashed SubPlan" not in plan, plan
            assert "Seq Scan on delivery_publisheddocument" not in plan, plan
