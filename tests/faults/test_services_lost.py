"""Valkey or PostgreSQL is gone for a while: what editors did is kept whole, and all goes on when they are back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
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
from delivery.clock import database_now
from delivery.models import Change, LogHead, PublishedDocument
from delivery.verification import all_story_ids, verify_log, verify_story
from news.models import RelatedStory
from tests.admin.test_roles import news_form
from tests.factories.newsroom import make_editor, make_news
from tests.faults.processes import WebServer, start_python
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


def wait_until(what: Any, seconds: float = 30) -> None:
    """Until `what()` is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


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


def test_what_falls_due_while_the_broker_is_gone_goes_out_when_it_is_back(worker: Any, beat: Any) -> None:
    page = make_news("Winter patrol", publish=False)
    with stopped("valkey"):
        page.go_live_at = database_now() + timedelta(seconds=1)
        page.save_revision().publish()
        time.sleep(1.5)
    wait_until(lambda: PublishedDocument.objects.filter(page_id=page.pk).exists(), 60)
    assert Change.objects.filter(story_id=page.translation_key).count() == 1


def test_an_emptied_broker_loses_nothing(worker: Any, beat: Any, senior: Client) -> None:
    page = make_news("Winter patrol", publish=False)
    page.go_live_at = database_now() + timedelta(seconds=2)
    page.save_revision().publish()
    end = time.monotonic() + 4
    while time.monotonic() < end:
        valkey().flushall()
        time.sleep(0.2)
    wait_until(lambda: PublishedDocument.objects.filter(page_id=page.pk).exists(), 60)
    assert Change.objects.filter(story_id=page.translation_key).count() == 1
    assert publish(senior, page, "After") == 302
    assert title(page) == "After"


def test_postgresql_restarts_and_the_web_server_goes_on(web: WebServer) -> None:
    page = make_news("Winter patrol")
    path = f"/api/v1/news/{page.translation_key}/"
    assert web.status(path) == 200
    with stopped("postgres"):
        assert web.status(path) in (500, 503)
    connections.close_all()
    # Each of the server's threads has a connection of its own, and finds out by itself.
    assert [web.status(path) for _ in range(20)] == [200] * 20
    assert web.status("/healthz") == 200


def test_postgresql_restarts_and_the_worker_goes_on(worker: Any, beat: Any) -> None:
    page = make_news("Winter patrol", publish=False)
    page.go_live_at = database_now() + timedelta(seconds=1)
    page.save_revision().publish()
    with stopped("postgres"):
        time.sleep(2)
    connections.close_all()
    wait_until(lambda: PublishedDocument.objects.filter(page_id=page.pk).exists(), 60)
    assert Change.objects.filter(story_id=page.translation_key).count() == 1


def test_postgresql_killed_in_the_middle_of_many_publications_keeps_each_whole_or_not_at_all(tmp_path: Path) -> None:
    pages = [make_news(f"Story {number}") for number in range(4)]
    acts, log = tmp_path / "acts", tmp_path / "editors.log"
    editors = start_python(
        *("-m", "tests.faults.editors", "--acts", str(acts), "--editors", "3", "--seconds", "15"), log=log
    )
    wait_until(lambda: acts.exists() and len(acts.read_text().splitlines()) > 5, 60)
    Supervision(INSTALLATION)._ask("signalProcess", "postgres", "QUIT")  # at once, writing nothing down
    connections.close_all()
    time.sleep(1)
    wait_until_back()
    assert editors.wait() == 0, log.read_text()[-3000:]
    assert len(pages) == 4
    head = LogHead.objects.get().sequence
    assert list(Change.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, head + 1))
    assert differences() == []
