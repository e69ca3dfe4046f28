"""An embargo and whoever fills in forms: nobody lets a story out without meaning to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry, PageLogEntry

from delivery.clock import database_now
from delivery.models import PublishedDocument, Release, Story
from delivery.refresh import refresh_all
from delivery.schedule import publish_due
from delivery.stories import EMBARGO_CHANGED, change_embargo
from home.models import HomePage, LandingPage
from news.models import NewsPage
from tests.admin.conftest import Person, form_of
from tests.clock import Clock
from tests.factories.newsroom import make_news, make_translation, section, story

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PUBLISH = {"action-publish": "action-publish"}


def soon(hours: int = 1) -> datetime:
    return (database_now() + hours * HOUR).replace(second=0, microsecond=0)


def typed(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


def edit_url(page: Any) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def form(person: Person, page: Any) -> Any:
    """The page's form as it is shown at this moment."""
    return form_of(person.get(edit_url(page)))


def send(person: Person, page: Any, shown: Any, **changed: str) -> Any:
    shown = shown.copy()
    for name, value in changed.items():
        shown[name] = value
    return person.post(edit_url(page), shown)


def readable(page: Any, locale: str = "en") -> bool:
    return Client().get(f"/api/v1/news/{page.translation_key}/?locale={locale}").status_code == 200


def embargo(page: Any) -> datetime | None:
    return Story.objects.get(pk=page.translation_key).embargo_until


@pytest.fixture
def page(senior: Person) -> NewsPage:
    """A draft with its story."""
    page = make_news("Patrol", publish=False)
    story(page)
    return page


def test_publishing_under_embargo_schedules_and_says_so(senior: Person, page: NewsPage) -> None:
    until = soon()
    response = send(senior, page, form(senior, page), story_embargo_until=typed(until), **PUBLISH)
    told = [str(message) for message in senior.get(response["Location"]).context["messages"]]
    assert any("scheduled for publishing" in message for message in told)
    page.refresh_from_db()
    assert (page.live, page.go_live_at) == (False, until)
    assert not readable(page)
    entry = PageLogEntry.objects.get(action=EMBARGO_CHANGED)
    assert (entry.user, entry.data["until"]) == (senior.user, until.isoformat())
    assert not ModelLogEntry.objects.filter(action=EMBARGO_CHANGED).exists()


def test_a_form_from_before_the_embargo_does_not_lift_it(senior: Person, page: NewsPage) -> None:
    old, until = form(senior, page), soon()
    change_embargo(story(page), until)
    send(senior, page, old, title="Another title", **PUBLISH)
    assert embargo(page) == until
    assert not readable(page)
    assert NewsPage.objects.get(pk=page.pk).get_latest_revision_as_object().title == "Another title"


def test_nor_does_the_other_languages_form(senior: Person, page: NewsPage) -> None:
    french = make_translation(page, publish=False)
    old = form(senior, french)
    change_embargo(story(page), soon())
    page.save_revision().publish()
    send(senior, french, old, title="Patrouille")
    assert embargo(page) is not None
    assert not readable(page)


def test_two_who_change_it_are_told_of_each_other(senior: Person, page: NewsPage) -> None:
    old, until = form(senior, page), soon()
    change_embargo(story(page), until)
    response = send(senior, page, old, story_embargo_until=typed(soon(3)), **PUBLISH)
    assert "Somebody else has changed this meanwhile" in response.content.decode()
    assert embargo(page) == until


@pytest.mark.parametrize("value", ["", "2020-11-2"])
def test_saving_lifts_no_embargo(senior: Person, page: NewsPage, value: str) -> None:
    """Wagtail saves as one types: half a date must let nothing out."""
    until = soon()
    change_embargo(story(page), until)
    page.save_revision().publish()
    response = send(senior, page, form(senior, page), story_embargo_until=value)
    assert "choose “Publish”" in response.content.decode()
    assert embargo(page) == until
    assert not readable(page)


def test_publishing_lifts_it(senior: Person, page: NewsPage) -> None:
    change_embargo(story(page), soon())
    send(senior, page, form(senior, page), story_embargo_until="", **PUBLISH)
    assert embargo(page) is None
    assert readable(page)


def test_saving_lets_no_language_out_that_waits_for_the_others(senior: Person, page: NewsPage) -> None:
    Story.objects.filter(pk=page.translation_key).update(release=Release.TOGETHER)
    page.save_revision().publish()
    response = send(senior, page, form(senior, page), story_release=Release.ORIGINAL_FIRST)
    assert "choose “Publish”" in response.content.decode()
    assert not readable(page)


def test_an_end_before_the_embargo_is_refused(senior: Person, page: NewsPage) -> None:
    times = {"story_embargo_until": typed(soon(3)), "expire_at": typed(soon(2))}
    response = send(senior, page, form(senior, page), **times, **PUBLISH)
    assert "it would never be public" in response.content.decode()


def test_when_it_is_lifted_a_schedule_of_ones_own_still_holds(clock: Clock) -> None:
    page = make_news("Patrol", publish=False)
    own = soon(2)
    page.go_live_at = own
    page.save_revision().publish()
    change_embargo(story(page), soon(5))
    change_embargo(story(page), None)
    publish_due()
    assert not readable(page)
    clock.go_on(2 * HOUR)
    publish_due()
    assert readable(page)


def test_the_public_date_is_not_before_the_embargos_end(clock: Clock) -> None:
    page = make_news("Patrol", publish=False)
    until = soon()
    change_embargo(story(page), until)
    NewsPage.objects.filter(pk=page.pk).update(first_published_at=database_now())
    page.save_revision().publish()
    clock.go_on(HOUR)
    publish_due()
    document = PublishedDocument.objects.get(page_id=page.pk)
    assert document.published_at == document.first_published_at == until


def test_a_copy_keeps_the_embargo(senior: Person, page: NewsPage) -> None:
    until = soon()
    change_embargo(story(page), until)
    page.save_revision().publish()
    data = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": section().pk, "publish_copies": "on"}
    senior.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), data)
    copy = NewsPage.objects.get(slug="copy")
    assert copy.translation_key != page.translation_key
    assert embargo(copy) == until
    assert not readable(copy)


def test_a_section_is_copied_with_the_embargoes_in_it(senior: Person, page: NewsPage) -> None:
    change_embargo(story(page), soon())
    page.save_revision().publish()
    home = HomePage.objects.get(locale__language_code="en")
    data = {"new_title": "Archive", "new_slug": "archive", "new_parent_page": home.pk}
    data |= {"copy_subpages": "on", "publish_copies": "on"}
    senior.post(reverse("wagtailadmin_pages:copy", args=[section().pk]), data)
    refresh_all()
    assert PublishedDocument.objects.filter(path="/en/archive/").exists()
    assert not PublishedDocument.objects.filter(path__startswith="/en/archive/patrol").exists()


def test_below_a_page_under_embargo_nothing_is_read_until_it_is_out(clock: Clock) -> None:
    home = HomePage.objects.get(locale__language_code="en")
    parent = home.add_child(instance=LandingPage(title="Parent", locale=home.locale, live=False))
    change_embargo(story(parent), soon())
    parent.save_revision().publish()
    child = parent.add_child(instance=LandingPage(title="Child", locale=home.locale, live=False))
    child.save_revision().publish()
    LandingPage.objects.filter(pk=parent.pk).update(live=True)  # as an import may leave it
    paths = PublishedDocument.objects.filter(path__startswith="/en/parent/").order_by("path")
    assert not paths.exists()
    clock.go_on(HOUR)
    publish_due()
    assert list(paths.values_list("path", flat=True)) == ["/en/parent/", "/en/parent/child/"]


def test_publishing_many_says_which_are_held_back(senior: Person) -> None:
    held, free = make_news("Held", publish=False), make_news("Free", publish=False)
    change_embargo(story(held), soon())
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    answer = senior.post(f"{address}?id={held.pk}&id={free.pk}&next=/admin/", {}, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert [one for one in said if "Held" in one and "embargo" in one], said
    assert [one for one in said if "1 page has been published" in one], said
    assert (readable(held), readable(free)) == (False, True)
