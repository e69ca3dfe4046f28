"""Valkey or PostgreSQL is gone for a while, or what Valkey knew is: editors go on publishing, and no work is lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from cms.celery import app
from cms.local.postgres import Postgres
from cms.local.supervision import Supervision
from delivery.verification import all_story_ids, verify_log, verify_story
from news.models import RelatedStory
from tests.admin.test_roles import news_form
from tests.factories.newsroom import make_editor, make_news, make_topic
from tests.faults.test_clock import scheduled, wait_until_public
from tests.services import INSTALLATION

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180, func_only=True)]


@pytest.fixture
def senior(transactional_db: None) -> Client:
    """Somebody who may publish."""
    client = Client()
    client.force_login(make_editor("Senior editors"))
    return client


def publish(person: Client, page: Any, title: str) -> int:
    """Type another title and press Publish; the answer's status."""
    form = news_form(title, slug=page.slug) | {"action-publish": "1"}
    return person.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form).status_code


def title(page: Any) -> str:
    return str(Client().get(f"/api/v1/news/{page.translation_key}/").json()["title"])


def valkey() -> "redis.Redis":
    return redis.Redis.from_url(settings.CELERY_BROKER_URL)


@contextmanager
def stopped(service: str) -> Iterator[None]:
    """The service is gone, as the operator would stop it, and comes back afterwards."""
    supervision = Supervision(INSTALLATION)
    supervision._ask("stopProcess", service)
    try:
        yield
    finally:
        supervision.start_programs(service)
        wait_until_back()
        app.pool.force_close_all(close_pool=False)  # its connections are to a server that is gone


def wait_until_back(seconds: float = 60) -> None:
    """Until both take connections."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            valkey().ping()
            if Postgres(INSTALLATION).is_ready():
                return
        except redis.RedisError:
            pass
        time.sleep(0.1)
    pytest.fail("A service does not come back.")


def differences() -> list[str]:
    """Between what is stored and what it should be."""
    found = [difference for story_id in list(all_story_ids()) for difference in verify_story(story_id)]
    return [str(difference) for difference in [*verify_log(), *found]]


def test_an_editor_publishes_while_the_broker_is_gone(senior: Client) -> None:
    page = make_news("Before")
    related = [make_news(f"Story {number}", related=[RelatedStory(story=page)]) for number in range(3)]
    with stopped("valkey"):
        started = time.monotonic()
        assert publish(senior, page, "After") == 302
        assert time.monotonic() - started < 10
        assert title(page) == "After"
    assert len(related) == 3
    assert differences() == []


def until_nothing_differs(seconds: float) -> None:
    """Until all that is stored is as it should be; fails with what is not."""
    end = time.monotonic() + seconds
    while (found := differences()) and time.monotonic() < end:
        time.sleep(0.5)
    assert found == []


def test_work_that_the_broker_forgot_is_found_again(worker: Any, beat: Any) -> None:
    topic = make_topic()
    pages = [make_news(f"Story {number}", publish=False) for number in range(30)]
    for page in pages:
        page.topics.set([topic])
        page.save_revision().publish()
    worker.stop()
    topic.name = "Rescue at sea"
    topic.save()
    assert differences() != [], "no document waits: this test would show nothing"
    valkey().flushall()
    worker.start()
    until_nothing_differs(60)


def test_the_same_worker_publishes_after_postgresql_was_restarted(worker: Any, beat: Any) -> None:
    wait_until_public(scheduled(0.1)[0], 60)
    page, _moment = scheduled(3)
    with stopped("postgres"):
        connections.close_all()
        time.sleep(4)
    wait_until_public(page, 60)
    # Looked at while the worker takes over what it has shown already, facts and documents may be of two moments.
    deadline = time.monotonic() + 30
    while differences() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert differences() == []
