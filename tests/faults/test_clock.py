"""Scheduled publishing with a real worker and a real beat, and with neither for a while."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from delivery.clock import database_now
from delivery.models import PublishedDocument
from tests.factories.newsroom import make_news

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
    seen = wait_until_public(page, 10)
    assert moment <= seen <= moment + timedelta(seconds=2)


def test_what_fell_due_while_nothing_ran_goes_out_when_it_is_back(worker: Any, beat: Any) -> None:
    worker.kill()
    beat.kill()
    page, _moment = scheduled(1)
    time.sleep(2)
    assert status(page) == 404
    worker.start()
    beat.start()
    wait_until_public(page, 60)
