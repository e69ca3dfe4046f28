"""No cache may keep what the clock is about to change, or should have changed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from delivery.models import NextChange
from tests.factories.newsroom import edit, make_news

pytestmark = pytest.mark.django_db

EVERYWHERE = ["news/", "news/{id}/", "resolve/?path=/en/news/patrol/", "pages/{home}/", "site/", "changes/"]


def seconds(page: Any, path: str) -> int:
    """How long a shared cache may use the answer in all, fresh or stale."""
    from home.models import HomePage

    home = HomePage.objects.get(locale__language_code="en").translation_key
    answer = Client().get(f"/api/v1/{path.format(id=page.translation_key, home=home)}")
    assert answer.status_code == 200, path
    return sum(map(int, re.findall(r"(?:s-maxage|stale-while-revalidate)=(\d+)", answer["Cache-Control"])))


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("away", "most"), [(3600, 360), (30, 29), (1, 0), (-1, 0), (-600, 1)])
def test_no_answer_outlives_the_next_change_of_anything(path: str, away: int, most: int) -> None:
    page = make_news("Patrol")
    expiring = edit(make_news("Another"), expire_at=timezone.now() + timedelta(days=1))
    NextChange.objects.filter(story_id=expiring.translation_key).update(at=timezone.now() + timedelta(seconds=away))
    assert seconds(page, path) <= most


def test_without_a_change_ahead_caches_may_keep_it() -> None:
    assert seconds(make_news("Patrol"), "news/{id}/") == 360
