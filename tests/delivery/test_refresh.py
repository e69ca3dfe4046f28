"""Documents that mention something that changed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from delivery import registry
from delivery.models import PublishedDocument, Refresh
from delivery.refresh import refresh_all, refresh_batch
from delivery.transaction import publishing
from news.documents import render_news
from news.models import NewsPage, RelatedStory
from tests.factories.newsroom import edit, make_news

pytestmark = pytest.mark.django_db


def title_of_related(page: Any) -> str:
    body = json.loads(Client().get(f"/api/v1/news/{page.translation_key}/").content)
    return str(body["related"][0]["title"])


@pytest.fixture
def mentioned() -> tuple[Any, list[Any]]:
    """A story, and two that name it as related."""
    target = make_news("Old title")
    return target, [make_news(f"Story {number}", related=[RelatedStory(story=target)]) for number in (1, 2)]


def test_they_follow(mentioned: tuple[Any, list[Any]]) -> None:
    target, others = mentioned
    edit(target, title="New title")
    assert [title_of_related(page) for page in others] == ["New title", "New title"]


def test_one_that_cannot_be_rendered_holds_up_nobody(
    mentioned: tuple[Any, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, (broken, other) = mentioned

    def fail_for_one(page: Any, context: Any) -> Any:
        if page.pk == broken.pk:
            raise ValueError("no such block")
        return render_news(page, context)

    replace_renderer(monkeypatch, fail_for_one)
    edit(target, title="New title")
    assert title_of_related(other) == "New title"
    waiting = Refresh.objects.get()
    assert "no such block" in waiting.error
    refresh_all()  # It is not tried again at once, over and over.
    assert Refresh.objects.get().pk == waiting.pk

    monkeypatch.undo()
    Refresh.objects.update(next_attempt_at=timezone.now())
    with transaction.atomic():
        assert refresh_batch(budget=1) is False
    assert title_of_related(broken) == "New title"
    assert not Refresh.objects.exists()


def replace_renderer(monkeypatch: pytest.MonkeyPatch, render: Any) -> None:
    """News are rendered by this function."""
    original = registry.renderer_for(NewsPage)
    monkeypatch.setitem(registry._renderers, NewsPage, replace(original, render=render))


def test_an_editor_is_told_when_her_own_story_cannot_be_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_news("Patrol", publish=False)

    def fail(page: Any, context: Any) -> Any:
        raise ValueError("no such block")

    replace_renderer(monkeypatch, fail)
    with pytest.raises(ValueError, match="no such block"), publishing():
        page.get_latest_revision().publish()
    page.refresh_from_db()
    assert not page.live
    assert not PublishedDocument.objects.filter(page_id=page.pk).exists()
