"""Who gives a group up at Mailchimp has left its list, whatever a machine has to tell at that moment."""

from datetime import timedelta

import pytest

from delivery.clock import database_now
from newsletter import acts, erasure, moving
from newsletter.models import Author, NewsletterList, Subscriber
from newsletter.sync.reconciling import reconcile
from tests.newsletter.conftest import ADA, Chimp, Reader

pytestmark = pytest.mark.django_db


def something_waits(what: str, reader: Reader, token: str, chimp: Chimp, press: NewsletterList) -> None:
    """For Ada, who gets this list."""
    if what == "merge field":
        chimp.audience.language_field = "FNAME"
        chimp.audience.save()
    elif what == "language":
        reader.post("preferences/", {"token": token, "locale": "fr"})
    elif what == "another list":
        third = NewsletterList.objects.create(slug="third", name_en="Tides", name_fr="Marées")
        chimp.keep(third, "Morning")
        acts.subscribe(Subscriber.objects.get(), [third], database_now(), Author.NEWSROOM)
    else:
        press.interest = chimp.there.interest("Morning")
        press.save()
        moving.moved(press, press)


@pytest.mark.parametrize("is_heard", [True, False])
@pytest.mark.parametrize("what", ["merge field", "language", "another list", "mapping"])
def test_a_group_that_was_given_up_there_is_not_given_back_by_what_waits(
    what: str, is_heard: bool, reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList
) -> None:
    chimp.keep(press, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    chimp.double.changes_profile(chimp.id, ADA, interests={weekly.interest: False})
    something_waits(what, reader, token, chimp, press)
    if is_heard:
        chimp.double.webhooks.deliver()
    else:
        chimp.double.webhooks.drop()
    chimp.push()
    reconcile(chimp.audience)
    assert "weekly" not in reader.gets(token)
    assert "press" in reader.gets(token)
    chimp.push()
    assert "Weekly" not in chimp.groups()


def test_who_confirms_again_here_gets_what_they_had_given_up_there(
    reader: Reader, chimp: Chimp, weekly: NewsletterList
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.changes_profile(chimp.id, ADA, interests={weekly.interest: False})
    reader.subscribe("weekly")
    chimp.settle()
    assert reader.gets(token) == ["weekly"]
    assert chimp.groups() == {"Weekly"}


@pytest.fixture
def moved_within(reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList) -> str:
    """Ada gets both lists of the audience; then the weekly is another group of it. Her token."""
    chimp.keep(press, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    weekly.interest = chimp.there.interest("Morning")
    weekly.save()
    moving.moved(weekly, weekly)
    chimp.settle()
    assert chimp.groups() == {"Weekly", "Morning", "Science"}
    return token


def test_who_leaves_here_a_list_that_is_another_group_now_stays_in_the_audience_and_is_found_by_no_third_list(
    reader: Reader, chimp: Chimp, moved_within: str
) -> None:
    chimp.double.clock.go_on(timedelta(seconds=10))
    reader.post("preferences/", {"token": moved_within, "lists": ["press"]})
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert chimp.groups() == {"Weekly", "Science"}
    third = NewsletterList.objects.create(slug="third", name_en="Tides", name_fr="Marées")
    chimp.keep(third, "Weekly")
    moving.moved(third, None)
    chimp.settle()
    assert reader.gets(moved_within) == ["press"]
    assert chimp.groups() == {"Science"}


@pytest.mark.parametrize(("given_up", "gets"), [("Morning", ["press"]), ("Weekly", ["press", "weekly"])])
def test_who_gives_a_group_up_there_leaves_the_list_that_it_stands_for_now_and_no_other(
    reader: Reader, chimp: Chimp, moved_within: str, given_up: str, gets: list[str]
) -> None:
    chimp.double.changes_profile(chimp.id, ADA, interests={chimp.there.interest(given_up): False})
    chimp.settle()
    assert reader.gets(moved_within) == gets
    assert chimp.status() == "subscribed"
    assert chimp.groups() == {"Weekly", "Morning", "Science"} - {given_up}


def test_who_is_erased_and_comes_back_before_mailchimp_has_done_it_gets_what_they_confirm_alone(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList
) -> None:
    chimp.keep(press, "Science")
    reader.subscribe("weekly", "press")
    chimp.settle()
    erasure.erase(ADA)
    token = reader.subscribe("press")
    chimp.settle()
    reconcile(chimp.audience, everybody=True)
    chimp.settle()
    assert reader.gets(token) == ["press"]
    assert chimp.groups() == {"Science"}
