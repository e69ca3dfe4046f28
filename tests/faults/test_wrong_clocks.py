"""The clock of a web server or a worker is wrong by an hour; PostgreSQL's decides all the same."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from delivery.clock import database_now
from delivery.models import Story
from delivery.schedule import publish_due
from delivery.stories import change_embargo
from news.models import NewsPage
from tests.admin.test_roles import news_form
from tests.factories.newsroom import make_editor, make_news, make_translation, story

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
WRONG = pytest.mark.parametrize("wrong", [HOUR, -HOUR], ids=["ahead", "behind"])


def machine_clock(wrong: timedelta) -> time_machine.travel:
    """This process is on a machine whose clock is wrong by so much."""
    return time_machine.travel(datetime.now(UTC) + wrong, tick=True)


def status(page: Any, locale: str = "en") -> int:
    return Client().get(f"/api/v1/news/{page.translation_key}/?locale={locale}").status_code


@pytest.fixture
def senior() -> Any:
    """Somebody who may publish."""
    return make_editor("Senior editors")


def post(page: Any, user: Any, **fields: Any) -> None:
    """Fill in the page's form and send it."""
    client = Client()
    client.force_login(user)
    answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), news_form(page.title, **fields))
    assert answer.status_code == 302, answer.context["form"].errors


def in_minutes(minutes: int) -> str:
    """A moment by the database's clock, as typed into a form whose time zone is UTC."""
    return f"{database_now() + timedelta(minutes=minutes):%Y-%m-%d %H:%M}"


def wait_for(moment: datetime) -> None:
    """Until PostgreSQL's clock has passed it."""
    while database_now() <= moment:
        time.sleep(0.05)


@WRONG
def test_what_is_scheduled_waits_for_its_time(wrong: timedelta, senior: Any) -> None:
    page = make_news("Winter patrol", publish=False)
    with machine_clock(wrong):
        post(page, senior, go_live_at=in_minutes(120), **{"action-publish": "1"})
        publish_due()
        assert status(page) == 404


def test_what_is_scheduled_for_soon_waits_where_that_is_past_by_the_servers_clock() -> None:
    page = make_news("Winter patrol", publish=False)
    page.go_live_at = database_now() + timedelta(minutes=30)
    revision = page.save_revision()
    with machine_clock(HOUR):
        revision.publish()
        publish_due()
        assert status(page) == 404


@WRONG
def test_what_is_due_goes_out(wrong: timedelta) -> None:
    page = make_news("Winter patrol", publish=False)
    moment = page.go_live_at = database_now() + timedelta(seconds=1)
    page.save_revision().publish()
    wait_for(moment)
    with machine_clock(wrong):
        publish_due()
        assert status(page) == 200


@WRONG
def test_an_embargo_holds_and_ends_in_both_languages(wrong: timedelta) -> None:
    page = make_news("Winter patrol", publish=False)
    moment = database_now() + timedelta(seconds=2)
    with machine_clock(wrong):
        change_embargo(story(page), moment)
        page.save_revision().publish()
        translation = make_translation(page, "Patrouille d’hiver")
        publish_due()
        assert (status(page), status(translation, "fr")) == (404, 404)
        wait_for(moment)
        publish_due()
        assert (status(page), status(translation, "fr")) == (200, 200)


@WRONG
def test_an_embargo_that_is_lifted_ends_at_once(wrong: timedelta) -> None:
    page = make_news("Winter patrol", publish=False)
    change_embargo(story(page), database_now() + 2 * HOUR)
    page.save_revision().publish()
    with machine_clock(wrong):
        change_embargo(Story.objects.get(pk=page.translation_key), None)
        publish_due()
        assert status(page) == 200


@WRONG
def test_what_expires_stays_until_its_time_and_no_longer(wrong: timedelta) -> None:
    moment = database_now() + timedelta(seconds=2)
    page = make_news("Winter patrol", expire_at=moment)
    with machine_clock(wrong):
        publish_due()
        assert status(page) == 200
        wait_for(moment)
        publish_due()
        assert status(page) == 404


def test_who_may_not_publish_does_not_lift_an_embargo_that_is_past_by_the_servers_clock() -> None:
    page = make_news("Winter patrol", publish=False)
    until = database_now() + timedelta(minutes=30)
    change_embargo(story(page), until)
    client = Client()
    client.force_login(make_editor("Editors"))
    with machine_clock(HOUR):
        client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), news_form(page.title, story_embargo_until=""))
    assert Story.objects.get(pk=page.translation_key).embargo_until == until


@WRONG
def test_what_is_published_now_is_out_at_once_and_dated_by_the_database(wrong: timedelta) -> None:
    before = database_now()
    with machine_clock(wrong):
        page = make_news("Winter patrol")
        answer = Client().get(f"/api/v1/news/{page.translation_key}/").json()
    for name in ("first_published_at", "published_at", "updated_at"):
        assert before <= datetime.fromisoformat(answer[name]) <= database_now()
    assert NewsPage.objects.get(pk=page.pk).live
