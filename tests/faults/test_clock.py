"""Scheduled publishing with a real worker and a real beat, and with neither for a while."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from wagtail.models import PageLogEntry

from delivery.clock import database_now
from delivery.models import Change, Publication, PublishedDocument
from tests.factories.newsroom import make_news
from tests.services import INSTALLATION, CeleryProcess

SOAK = os.environ.get("SOAK", "0") != "0"

pytestmark = pytest.mark.django_db(transaction=True)


def status(page: Any) -> int:
    return Client().get(f"/api/v1/news/{page.translation_key}/").status_code


def scheduled(seconds: float) -> tuple[Any, Any]:
    """A page that is to go out in so many seconds, and the moment."""
    page = make_news("On time", publish=False)
    page.go_live_at = database_now() + timedelta(seconds=seconds)
    page.save_revision().publish()
    return page, page.go_live_at


def wait_until_public(page: Any, seconds: float) -> Any:
    """The database's time when the page was first seen public; fails after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = database_now()
        if PublishedDocument.objects.filter(page_id=page.pk).exists():
            assert status(page) == 200
            return before
        time.sleep(0.05)
    pytest.fail("the page was not published")


def test_a_scheduled_page_goes_out_on_time_and_not_before(worker: Any, beat: Any) -> None:
    first, _moment = scheduled(0.1)
    wait_until_public(first, 60)  # Worker and beat are up.
    page, moment = scheduled(3)
    assert status(page) == 404
    seen = wait_until_public(page, 60)
    assert moment <= seen
    assert not SOAK or seen <= moment + timedelta(seconds=2)


def test_what_fell_due_while_nothing_ran_goes_out_when_it_is_back(worker: Any, beat: Any) -> None:
    worker.kill()
    beat.kill()
    page, _moment = scheduled(1)
    time.sleep(2)
    assert status(page) == 404
    worker.start()
    beat.start()
    wait_until_public(page, 60)


@contextmanager
def another(kind: str, *, ahead: timedelta = timedelta()) -> Iterator[None]:
    """A second worker or beat, on a machine whose clock is ahead by so much."""
    options = {
        "worker": ["--concurrency=2", "--loglevel=INFO", "--hostname=another@%h"],
        "beat": ["--loglevel=INFO", "--pidfile=", f"--schedule={INSTALLATION.var_dir / 'test-another-beat'}"],
    }[kind]
    process = CeleryProcess(
        *(kind, *options),
        database_name=str(connection.settings_dict["NAME"]),
        app="tests.faults.wrong_clock",
        CLOCK_IS_AHEAD=str(ahead.total_seconds()),
    )
    process.start()
    try:
        yield
    finally:
        process.stop()


def assert_published_once(pages: list[Any]) -> None:
    keys = [page.translation_key for page in pages]
    assert Change.objects.filter(story_id__in=keys).count() == len(pages)
    assert Publication.objects.filter(story_id__in=keys).count() == len(pages)
    published = PageLogEntry.objects.filter(action="wagtail.publish", page__in=[page.pk for page in pages])
    assert published.count() == len(pages)


def test_two_workers_and_two_beats_do_each_act_once(worker: Any, beat: Any) -> None:
    with another("worker"), another("beat"):
        wait_until_public(scheduled(0.1)[0], 60)
        pages = [scheduled(2)[0] for _ in range(8)]
        for page in pages:
            wait_until_public(page, 30)
        time.sleep(3)
    assert_published_once(pages)
