"""Times typed in the admin by editors in Paris and Brussels, on the days with 23 and with 25 hours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from delivery.clock import database_now
from delivery.models import NextChange, Story
from delivery.schedule import publish_due
from news.models import NewsPage
from tests.admin.test_roles import news_form
from tests.factories.newsroom import make_editor, make_news
from tests.faults.clocks import DatabaseClock

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("time_zone", ["Europe/Paris", "Europe/Brussels"]),
]


@pytest.fixture
def editor(db: None, time_zone: str) -> Client:
    """Somebody who may publish, whose profile names a time zone."""
    user = make_editor("Senior editors")
    profile = UserProfile.get_for_user(user)
    profile.current_time_zone = time_zone
    profile.save()
    client = Client()
    client.force_login(user)
    return client


def post(editor: Client, page: Any, **fields: Any) -> Any:
    form = news_form(page.title, **fields) | {"action-publish": "1"}
    return editor.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)


def status(page: Any) -> int:
    return Client().get(f"/api/v1/news/{page.translation_key}/").status_code


@pytest.mark.parametrize("field", ["story_embargo_until", "go_live_at", "expire_at"])
@pytest.mark.parametrize("typed", ["2027-03-28 02:30", "2027-10-31 02:30"], ids=["never", "twice"])
def test_a_time_that_is_never_or_twice_is_refused_and_nothing_goes_out(editor: Client, field: str, typed: str) -> None:
    page = make_news("Winter patrol", publish=False)
    answer = post(editor, page, **{field: typed})
    assert "interpreted in time zone" in str(answer.context["form"].errors[field])
    assert not NewsPage.objects.get(pk=page.pk).live
    assert status(page) == 404


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2027-03-28 01:30", datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        ("2027-03-28 03:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("2027-10-31 01:30", datetime(2027, 10, 30, 23, 30, tzinfo=UTC)),
        ("2027-10-31 03:30", datetime(2027, 10, 31, 2, 30, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("field", ["story_embargo_until", "go_live_at"])
def test_what_is_typed_goes_out_at_that_moment(
    editor: Client, database_clock: DatabaseClock, field: str, typed: str, moment: datetime
) -> None:
    page = make_news("Winter patrol", publish=False)
    post(editor, page, **{field: typed})
    assert NextChange.objects.get(pk=page.translation_key).at == moment
    database_clock.jump(moment - timedelta(minutes=1) - database_now())
    with time_machine.travel(moment - timedelta(minutes=1), tick=True):
        publish_due()
        assert status(page) == 404
    database_clock.jump(timedelta(minutes=1))
    with time_machine.travel(moment + timedelta(seconds=1), tick=True):
        publish_due()
        assert status(page) == 200


def test_the_form_shows_an_embargo_as_it_was_typed_and_says_in_which_time_zone(editor: Client, time_zone: str) -> None:
    page = make_news("Winter patrol", publish=False)
    post(editor, page, story_embargo_until="2027-07-01 09:00")
    assert Story.objects.get(pk=page.translation_key).embargo_until == datetime(2027, 7, 1, 7, tzinfo=UTC)
    html = editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "2027-07-01 09:00" in html
    assert "Time zone: UTC" not in html
