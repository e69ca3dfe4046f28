"""An editor and the worker come upon a story that cannot be rendered, at the same moment."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction

from delivery import registry
from delivery.locks import take_publish_lock
from delivery.models import Refresh
from delivery.refresh import refresh_batch
from delivery.stale import STORY
from news.models import NewsPage
from tests.factories.newsroom import make_news, make_topic

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A published story, filed under a topic, that cannot be rendered any more."""
    page = make_news("Broken", topics=[make_topic()])

    def fail(page: Any, context: Any) -> Any:
        raise ValueError("no such block")

    original = registry.renderer_for(NewsPage)
    monkeypatch.setitem(registry._renderers, NewsPage, replace(original, render=fail))
    return page


def somebody_waits_for_the_publish_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


def test_they_do_not_wait_for_one_another(broken: Any) -> None:
    Refresh.objects.create(dependency=f"{STORY}{broken.translation_key}")
    Refresh.objects.create(dependency=f"topic:{broken.topics.get().translation_key}")
    errors: list[Exception] = []

    def work() -> None:
        try:
            with transaction.atomic():
                refresh_batch(budget=1)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    with transaction.atomic():
        take_publish_lock()
        worker.start()
        while not somebody_waits_for_the_publish_lock():
            assert worker.is_alive()
            time.sleep(0.02)
        refresh_batch(budget=1)
    worker.join()
    if errors:
        raise errors[0]
    assert Refresh.objects.filter(dependency__startswith=STORY).count() == 1
