"""PostgreSQL's clock jumps, as when somebody sets it or a standby with another clock takes over.

Where only that clock jumps, the one of the worker's machine is wrong from then on: see `test_wrong_clocks`. Here both
are set, so that what is tested is the jump.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from wagtail.models import PageLogEntry

from delivery.clock import database_now
from delivery.models import Change, Publication
from delivery.schedule import publish_due
from delivery.stories import change_embargo
from delivery.transaction import publishing, story_moved
from tests.factories.newsroom import edit, make_news, make_translation, story
from tests.faults.clocks import DatabaseClock

pytestmark = pytest.mark.django_db

Jump = Callable[[timedelta], None]
HOUR = timedelta(hours=1)


@pytest.fixture
def jump(database_clock: DatabaseClock) -> Iterator[Jump]:
    """Set both clocks, PostgreSQL's and this machine's."""
    travels: list[time_machine.travel] = []

    def both(by: timedelta) -> None:
        database_clock.jump(by)
        travels.append(time_machine.travel(datetime.now(UTC) + by, tick=True))
        travels[-1].start()

    yield both
    for travel in reversed(travels):
        travel.stop()


def status(page: Any, locale: str = "en") -> int:
    return Client().get(f"/api/v1/news/{page.translation_key}/?locale={locale}").status_code


def scheduled(title: str, after: timedelta, **fields: Any) -> Any:
    page = make_news(title, publish=False, **fields)
    page.go_live_at = database_now() + after
    page.save_revision().publish()
    return page


def kinds(page: Any) -> list[str]:
    """What the feed says of a story, in order."""
    return list(
        Change.objects.filter(story_id=page.translation_key).order_by("sequence").values_list("kind", flat=True)
    )


def test_a_jump_forward_over_three_schedules_publishes_each_once(jump: Jump) -> None:
    pages = [scheduled(f"Story {minutes}", timedelta(minutes=minutes)) for minutes in (10, 20, 30)]
    publish_due()
    assert [status(page) for page in pages] == [404, 404, 404]
    jump(HOUR)
    publish_due()
    publish_due()
    assert [status(page) for page in pages] == [200, 200, 200]
    assert [kinds(page) for page in pages] == [["new"]] * 3
    assert PageLogEntry.objects.filter(action="wagtail.publish", page__in=[page.pk for page in pages]).count() == 3


def test_a_jump_forward_over_a_whole_publication_shows_nothing(jump: Jump) -> None:
    page = make_news("Short", publish=False)
    page.go_live_at, page.expire_at = database_now() + timedelta(minutes=10), database_now() + timedelta(minutes=20)
    page.save_revision().publish()
    jump(HOUR)
    publish_due()
    assert status(page) == 404
    assert kinds(page) == []


def test_a_jump_forward_over_an_embargo_releases_both_languages(jump: Jump) -> None:
    page = make_news("Embargoed", publish=False)
    change_embargo(story(page), database_now() + timedelta(minutes=30))
    page.save_revision().publish()
    translation = make_translation(page, "Sous embargo")
    jump(HOUR)
    publish_due()
    assert (status(page), status(translation, "fr")) == (200, 200)


def test_a_jump_back_takes_back_nothing_that_is_out(jump: Jump) -> None:
    page = scheduled("Out", timedelta(minutes=10))
    jump(HOUR)
    publish_due()
    jump(-HOUR)
    publish_due()
    assert status(page) == 200
    assert kinds(page) == ["new"]


def test_after_a_jump_back_what_is_to_come_waits_for_the_new_time(jump: Jump) -> None:
    page = scheduled("Later", timedelta(minutes=10))
    jump(-HOUR)
    publish_due()
    assert status(page) == 404
    jump(HOUR)
    publish_due()
    assert status(page) == 404
    jump(timedelta(minutes=11))
    publish_due()
    assert status(page) == 200


def test_after_a_jump_back_an_edit_is_one_publication(jump: Jump) -> None:
    page = make_news("Edited")
    jump(-HOUR)
    edit(page, title="Edited again")
    for _ in range(3):
        with publishing():
            story_moved(page.translation_key)
    assert kinds(page) == ["new", "update"]
    assert Publication.objects.filter(story=page.translation_key).count() == 2


def test_after_a_jump_back_a_correction_is_told_as_one(jump: Jump) -> None:
    page = make_news("Corrected")
    jump(-HOUR)
    edit(page, title="Put right", change_kind="correction")
    assert kinds(page) == ["new", "correction"]


def test_after_a_jump_back_sequences_go_on_rising(jump: Jump) -> None:
    first = make_news("First")
    jump(-HOUR)
    second = make_news("Second")
    sequences = list(Change.objects.order_by("sequence").values_list("sequence", "story_id"))
    assert [number for number, _story in sequences] == list(range(1, len(sequences) + 1))
    assert [key for _number, key in sequences][-2:] == [first.translation_key, second.translation_key]
