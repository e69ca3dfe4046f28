"""Sections with more stories than one request can render again."""

from typing import Any

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from delivery import sync
from delivery.models import Change, ChangeKind, PublishedDocument, Refresh
from delivery.refresh import pages_left, refresh_all
from delivery.transaction import publishing
from delivery.verification import verify_log, verify_story
from news.models import NewsIndexPage, RelatedStory
from tests.factories.newsroom import make_news, make_translation, section

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Six stories, one of them in both languages, where three are too many; and no time to render any at once."""
    monkeypatch.setattr(sync, "INLINE_BELOW", 3)
    monkeypatch.setattr(sync, "WITHDRAWN_AT_ONCE", 2)
    monkeypatch.setattr("delivery.transaction.INLINE_BUDGET", 0)
    pages = [make_news(f"Story {number}") for number in range(6)]
    make_translation(pages[0])
    return pages


def english() -> set[str]:
    return set(PublishedDocument.objects.filter(locale="en", collection="news").values_list("path", flat=True))


def nothing_differs(pages: list[Any]) -> bool:
    return not [*verify_log(), *(found for page in pages for found in verify_story(page.translation_key))]


def close_by_unpublishing() -> None:
    section().unpublish()


def close_by_restriction() -> None:
    PageViewRestriction.objects.create(page=section(), restriction_type="login")


@pytest.mark.parametrize("close", [close_by_unpublishing, close_by_restriction])
def test_what_is_in_a_section_that_closes_is_gone_at_once(stories: list[Any], close: Any) -> None:
    with publishing():
        close()
    assert english() == set()
    gone = Change.objects.filter(kind=ChangeKind.WITHDRAWN, locale="en", collection="news")
    assert gone.count() == len(stories)
    refresh_all()
    assert nothing_differs(stories)


def test_it_comes_back_in_batches(stories: list[Any]) -> None:
    with publishing():
        section().unpublish()
    refresh_all()
    with publishing():
        section().save_revision().publish()
    waiting = Refresh.objects.get(dependency__startswith="below:")
    assert pages_left(waiting) == len(stories)
    refresh_all()
    assert len(english()) == len(stories)
    assert nothing_differs(stories)


def test_when_its_address_changes_old_addresses_answer_until_the_new_ones_do(stories: list[Any]) -> None:
    page = section()
    page.slug = "dispatches"
    with publishing():
        page.save_revision().publish()
    before = Client().get("/api/v1/resolve/?path=/en/news/story-3/").json()
    assert before["path"] == "/en/news/story-3/"
    refresh_all()
    assert english() == {f"/en/dispatches/story-{number}/" for number in range(6)}
    after = Client().get("/api/v1/resolve/?path=/en/news/story-3/").json()
    assert after == {"redirect": "/en/dispatches/story-3/", "permanent": True}
    assert nothing_differs(stories)


def test_the_other_language_no_longer_names_what_closed(stories: list[Any]) -> None:
    with publishing():
        section().unpublish()
    refresh_all()
    answer = Client().get(f"/api/v1/news/{stories[0].translation_key}/?locale=fr").json()
    assert [link["locale"] for link in answer["translations"]] == ["fr"]


def test_stories_elsewhere_that_mention_what_closed_follow(stories: list[Any]) -> None:
    french = make_news("Ailleurs", locale="fr", related=[RelatedStory(story=stories[0])])
    with publishing():
        section("fr").unpublish()
    with publishing():
        section("fr").save_revision().publish()
    refresh_all()
    answer = Client().get(f"/api/v1/news/{french.translation_key}/?locale=fr").json()
    assert [story["id"] for story in answer["related"]] == [str(stories[0].translation_key)]


def test_two_sections_change_places(stories: list[Any]) -> None:
    other = section().copy(update_attrs={"slug": "archive", "title": "Archive"}, recursive=True, keep_live=True)
    with publishing():
        other.save_revision().publish()
    refresh_all()
    first = NewsIndexPage.objects.get(slug="news", locale__language_code="en")
    for slug, page in (("between", first), ("news", other), ("archive", first)):
        page.refresh_from_db()
        page.slug = slug
        with publishing():
            page.save_revision().publish()
    refresh_all()
    assert nothing_differs(stories)
