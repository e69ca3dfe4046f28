"""Who leaves, at Mailchimp, where a newsletter was kept until lately, whatever became of that place."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter import acts, erasure
from newsletter.models import Audience, Author, Contact, NewsletterList, Subscriber, Subscription
from newsletter.sync.audiences import read_audiences
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile
from newsletter.tasks import compare
from tests.newsletter.conftest import ADA, Chimp, Reader, move, there

pytestmark = pytest.mark.django_db

NEW = "ada@new.example"


def settle(chimp: Chimp, other: Audience) -> None:
    """Everything has gone to and fro, in both audiences; then seconds go by at Mailchimp."""
    for _time in range(2):
        chimp.settle()
        push(other)
        other.refresh_from_db()
        reconcile(other)
        push(other)
    chimp.double.clock.go_on(timedelta(seconds=10))


@pytest.fixture
def token(reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience) -> str:
    """With what Ada leaves, who gets two newsletters, of which the weekly one has moved."""
    chimp.keep(press, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.settle()
    # Mostly it is long ago; and Mailchimp's clock may be behind.
    Subscription.objects.update(changed_at=timezone.now() - timedelta(minutes=5))
    move(weekly, other)
    settle(chimp, other)
    return token


def leave_press(press: NewsletterList) -> None:
    """Here: long after she came."""
    acts.unsubscribe(Subscriber.objects.get(email=ADA), [press], timezone.now(), Author.PERSON)


def test_who_left_there_before_a_lot_told_something_else_has_left(
    reader: Reader, chimp: Chimp, other: Audience, token: str
) -> None:
    chimp.double.person_unsubscribes(chimp.id, ADA)
    acts.speak(Subscriber.objects.get(), "fr")
    chimp.push()
    settle(chimp, other)
    assert reader.gets(token) == []
    assert there(chimp, other) == "unsubscribed"


def test_who_gave_the_group_up_before_a_lot_told_something_else_has_left(
    reader: Reader, chimp: Chimp, other: Audience, token: str
) -> None:
    chimp.double.changes_profile(chimp.id, ADA, interests={chimp.there.interest("Weekly"): False})
    acts.speak(Subscriber.objects.get(), "fr")
    chimp.push()
    settle(chimp, other)
    assert reader.gets(token) == ["press"]


def test_who_left_there_and_then_leaves_here_what_is_kept_there_has_left_both(
    reader: Reader, chimp: Chimp, press: NewsletterList, other: Audience, token: str
) -> None:
    chimp.double.clock.go_on(timedelta(seconds=-30))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    leave_press(press)
    chimp.push()
    settle(chimp, other)
    assert reader.gets(token) == []


def test_who_leaves_there_when_the_group_is_another_newsletters_has_left(
    reader: Reader, chimp: Chimp, other: Audience, token: str
) -> None:
    third = NewsletterList.objects.create(slug="third", name_en="Tides", name_fr="Marées")
    move(third, chimp.audience, chimp.there.interest("Weekly"))
    settle(chimp, other)
    assert chimp.groups() == {"Science"}
    chimp.double.person_unsubscribes(chimp.id, ADA)
    settle(chimp, other)
    assert reader.gets(token) == []


def test_who_leaves_there_when_the_group_is_gone_has_left(
    reader: Reader, chimp: Chimp, other: Audience, token: str
) -> None:
    chimp.double.staff_deletes_interest(chimp.id, "Weekly")
    compare(everybody=True)
    chimp.double.person_unsubscribes(chimp.id, ADA)
    settle(chimp, other)
    assert reader.gets(token) == []


def test_who_leaves_there_after_the_newsroom_archived_everybody_has_left(
    reader: Reader, chimp: Chimp, press: NewsletterList, other: Audience, token: str
) -> None:
    move(press, None)
    chimp.double.staff_archives(chimp.id, ADA)
    settle(chimp, other)
    assert reader.gets(token) == ["press", "weekly"]
    chimp.double.person_unsubscribes(chimp.id, ADA)
    settle(chimp, other)
    assert reader.gets(token) == []


def test_who_comes_back_to_what_is_kept_there_after_a_lost_answer_keeps_what_moved(
    reader: Reader, chimp: Chimp, press: NewsletterList, other: Audience, token: str
) -> None:
    chimp.double.clock.go_on(timedelta(seconds=-30))
    leave_press(press)
    chimp.push_unanswered()
    assert chimp.status() == "unsubscribed"
    reader.subscribe("press")
    settle(chimp, other)
    assert reader.gets(token) == ["press", "weekly"]


def test_that_we_unsubscribe_somebody_by_a_clock_behind_ours_is_not_their_act(
    reader: Reader, chimp: Chimp, press: NewsletterList, other: Audience, token: str
) -> None:
    chimp.double.clock.go_on(timedelta(seconds=-90))
    leave_press(press)
    chimp.push_unanswered()
    assert chimp.status() == "unsubscribed"
    settle(chimp, other)
    assert reader.gets(token) == ["weekly"]


def test_who_was_there_without_the_group_and_was_not_told_of_it_has_not_given_it_up(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    chimp.double.person_signs_up(chimp.id, ADA)
    chimp.double.webhooks.drop()
    token = reader.subscribe("weekly")
    move(weekly, other)
    chimp.double.clock.go_on(timedelta(seconds=10))
    chimp.double.changes_profile(chimp.id, ADA, {"FNAME": "Ada"})
    settle(chimp, other)
    assert reader.gets(token) == ["weekly"]


def test_who_was_told_of_by_a_call_whose_answer_was_lost_can_leave_there(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.push_unanswered()
    assert chimp.status() == "subscribed"
    move(weekly, other)
    chimp.double.webhooks.drop()
    settle(chimp, other)
    chimp.double.person_unsubscribes(chimp.id, ADA)
    settle(chimp, other)
    assert reader.gets(token) == []


def test_who_leaves_where_a_list_was_two_moves_ago_has_left_all_three(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.double.add_audience("Third", [])
    read_audiences()
    third = Audience.objects.get(name="Third")
    settle(chimp, other)
    for audience in (other, third):
        move(weekly, audience)
        push(audience)
    chimp.double.person_unsubscribes(chimp.id, ADA)
    settle(chimp, other)
    push(third)
    assert reader.gets(token) == []
    assert chimp.status() == there(chimp, other) == there(chimp, third) == "unsubscribed"


def test_who_leaves_where_a_list_was_for_a_while_has_left_it_where_it_is_again(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token, group = reader.subscribe("weekly"), weekly.interest
    settle(chimp, other)
    move(weekly, other)
    settle(chimp, other)
    move(weekly, chimp.audience, group)
    settle(chimp, other)
    chimp.double.person_unsubscribes(other.mailchimp_id, ADA)
    compare()
    settle(chimp, other)
    assert reader.gets(token) == []
    assert chimp.status() == "unsubscribed"


def test_who_changes_their_address_there_and_then_leaves_has_left_by_both(
    reader: Reader, chimp: Chimp, other: Audience, token: str
) -> None:
    chimp.double.changes_address(chimp.id, ADA, NEW)
    chimp.settle()
    chimp.double.clock.go_on(timedelta(seconds=10))
    chimp.double.person_unsubscribes(chimp.id, NEW)
    chimp.settle()
    assert reader.gets(token) == []
    settle(chimp, other)
    assert "subscribed" not in (there(chimp, other), there(chimp, other, NEW))
    assert not Contact.objects.exclude(state="done").exists()


def test_who_changes_their_address_before_a_list_moves_in_goes_with_it(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience, token: str
) -> None:
    chimp.double.changes_address(chimp.id, ADA, NEW)
    chimp.settle()
    move(press, other, chimp.double.account.audiences[other.mailchimp_id].interest("Embargoed"))
    settle(chimp, other)
    assert reader.gets(token) == ["press", "weekly"]
    assert there(chimp, other, NEW) == "subscribed"
    assert not Contact.objects.exclude(state="done").exists()


def test_two_newsletters_that_change_places_keep_their_people(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    public, embargoed = weekly.interest, chimp.double.account.audiences[other.mailchimp_id].interest("Embargoed")
    move(press, other, embargoed)
    both, one = reader.subscribe("weekly", "press"), reader.subscribe("weekly", email="ben@press.example")
    settle(chimp, other)
    move(press, None)
    move(weekly, other, embargoed)
    move(press, chimp.audience, public)
    for _time in range(2):
        compare(everybody=True)
        settle(chimp, other)
    assert (reader.gets(both), reader.gets(one)) == (["press", "weekly"], ["weekly"])
    assert (chimp.groups(), chimp.groups("ben@press.example")) == ({"Weekly"}, set())
    chimp.double.changes_profile(chimp.id, ADA, interests={public: False})
    settle(chimp, other)
    assert reader.gets(both) == ["weekly"]


def test_of_many_at_once_each_leaves_what_they_left(
    chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    emails, group = [f"reader{number}@press.example" for number in range(12)], weekly.interest
    for email in emails:
        acts.subscribe(Subscriber.objects.create(email=email), [weekly, press], timezone.now(), Author.PERSON)
    chimp.settle()
    move(weekly, other)
    settle(chimp, other)
    for leaves, gives_up in zip(emails[::3], emails[1::3], strict=True):
        chimp.double.person_unsubscribes(chimp.id, leaves)
        chimp.double.changes_profile(chimp.id, gives_up, interests={group: False})
    chimp.double.webhooks.drop()
    compare()
    push(other)
    for number, email in enumerate(emails):
        active = Subscription.objects.filter(is_active=True, subscriber__email=email)
        expected = (set(), {"press"}, {"press", "weekly"})[number % 3]
        assert set(active.values_list("list__slug", flat=True)) == expected, email
        assert there(chimp, other, email) == ("subscribed" if number % 3 == 2 else "unsubscribed")


def test_who_is_erased_is_erased_where_a_list_was_too(chimp: Chimp, other: Audience, token: str) -> None:
    erasure.erase(ADA)
    settle(chimp, other)
    compare(everybody=True)
    assert chimp.status() == there(chimp, other) == ""


def test_a_list_whose_audience_is_gone_moves_with_everybody(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.settle()
    chimp.double.staff_deletes_audience(chimp.id)
    compare()
    move(weekly, other)
    compare(everybody=True)
    push(other)
    assert reader.gets(token) == ["weekly"]
    assert there(chimp, other) == "subscribed"
