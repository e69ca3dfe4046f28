"""A newsletter that is kept elsewhere at Mailchimp: its subscribers go with it, and refusals hold."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter import acts, moving
from newsletter.models import (
    Audience,
    Author,
    Contact,
    FormerMapping,
    Intention,
    NewsletterList,
    Subscriber,
    Subscription,
)
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile
from newsletter.tasks import compare
from tests.newsletter.conftest import ADA, Chimp, Reader, move, there

pytestmark = pytest.mark.django_db


def test_subscribers_go_with_their_list(reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience) -> None:
    reader.subscribe("weekly")
    chimp.push()
    move(weekly, other)
    push(other)
    assert there(chimp, other) == "subscribed"
    assert chimp.status() == "subscribed"


def test_a_list_without_mailchimp_gets_an_audience(reader: Reader, chimp: Chimp, press: NewsletterList) -> None:
    reader.subscribe("press")
    assert not Contact.objects.exists()
    move(press, chimp.audience, chimp.there.interest("Morning"))
    chimp.push()
    assert chimp.groups() == {"Morning"}


def test_who_had_refused_the_new_audience_is_not_brought_back(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    chimp.double.person_signs_up(other.mailchimp_id, ADA)
    chimp.double.person_unsubscribes(other.mailchimp_id, ADA)
    token = reader.subscribe("weekly")
    chimp.push()
    move(weekly, other)
    push(other)
    assert there(chimp, other) == "unsubscribed"
    assert reader.gets(token) == []


def test_who_left_where_a_list_was_before_that_was_heard_of_has_left_it(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.person_unsubscribes(chimp.id, ADA)
    move(weekly, other)
    push(other)
    assert there(chimp, other) == "subscribed"
    compare()
    push(other)
    assert reader.gets(token) == []
    assert there(chimp, other) == "unsubscribed"


def test_who_leaves_by_a_mail_of_before_the_move_has_left(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    token, staying = reader.subscribe("weekly", "press"), reader.subscribe("weekly", email="ben@press.example")
    chimp.push()
    move(weekly, other)
    push(other)
    chimp.settle()
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.deliver()
    chimp.push()
    push(other)
    assert reader.gets(token) == []
    assert reader.gets(staying) == ["weekly"]
    assert there(chimp, other) == "unsubscribed"


def test_who_gives_up_the_group_that_a_list_was_has_left_that_list_alone(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    token, group = reader.subscribe("weekly", "press"), weekly.interest
    chimp.push()
    move(weekly, other)
    chimp.settle()
    chimp.double.changes_profile(chimp.id, ADA, interests={group: False})
    chimp.settle()
    assert reader.gets(token) == ["press"]


def test_that_the_newsroom_archives_people_where_a_list_was_is_no_wish_of_theirs(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    move(weekly, other)
    chimp.double.staff_archives(chimp.id, ADA)
    Contact.objects.all().read_again()
    chimp.push()
    assert chimp.contact().remote_status == "archived"
    assert reader.gets(token) == ["weekly"]


def test_who_leaves_another_list_where_a_list_was_keeps_that_one(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    move(weekly, other)
    push(other)
    reader.post("preferences/", {"token": token, "lists": ["weekly"]})
    chimp.push_unanswered()
    assert chimp.status() == "unsubscribed"
    reconcile(chimp.audience)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]


def test_that_a_group_is_anothers_now_is_told_without_anybody_leaving(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    token, group = reader.subscribe("weekly", "press"), weekly.interest
    chimp.settle()
    move(weekly, other)
    third = NewsletterList.objects.create(slug="third", name_en="Tides", name_fr="Marées")
    move(third, chimp.audience, group)
    reconcile(chimp.audience, everybody=True)
    chimp.push_unanswered()
    assert chimp.groups() == {"Science"}
    chimp.settle()
    assert reader.gets(token) == ["press", "weekly"]


def test_who_came_back_to_a_list_where_it_is_now_keeps_it_when_they_leave_what_is_where_it_was(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    move(weekly, other)
    reader.post("preferences/", {"token": token, "lists": ["press"]})
    reader.subscribe("weekly")
    chimp.settle()
    push(other)
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]


def test_who_had_not_been_added_where_a_list_was_has_not_left_it_there(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    reader.subscribe("press")
    chimp.settle()
    token = reader.subscribe("weekly")
    move(weekly, other)
    chimp.double.clock.go_on(timedelta(seconds=10))
    chimp.double.changes_profile(chimp.id, ADA, {"FNAME": "Ada"})
    chimp.settle()
    assert reader.gets(token) == ["press", "weekly"]


def test_where_a_list_was_long_ago_says_nothing_of_it(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    move(weekly, other)
    push(other)
    FormerMapping.objects.update(until=timezone.now() - timedelta(days=31))
    Subscription.objects.update(changed_at=timezone.now() - timedelta(days=40))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]


def test_a_large_newsletter_moves_in_as_few_queries_as_a_small_one(
    chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    counts = []
    for first, number, to in ((0, 1, other), (1, 5, chimp.audience), (6, 50, other)):
        people = Subscriber.objects.bulk_create(
            Subscriber(email=f"reader{each}@press.example") for each in range(first, first + number)
        )
        what = {"list": weekly, "is_active": True, "changed_at": timezone.now(), "changed_by": Author.PERSON}
        Subscription.objects.bulk_create(Subscription(subscriber=each, **what) for each in people)
        with CaptureQueriesContext(connection) as queries:
            move(weekly, to)
        counts.append(len(queries))
        waiting = Contact.objects.filter(audience=to, intention=Intention.ADD)
        assert {one.digest for one in waiting} == {
            Contact.digest_of(email) for email in Subscriber.objects.values_list("email", flat=True)
        }
    assert len(set(counts)) == 1, counts


def test_who_left_does_not_move(reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    move(weekly, other)
    push(other)
    assert there(chimp, other) == ""


def test_a_list_that_comes_back_finds_everybody(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    interest = weekly.interest
    chimp.push()
    move(weekly, other)
    push(other)
    move(weekly, chimp.audience, interest)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]
    assert chimp.groups() == {"Weekly"}


def test_who_leaves_after_the_move_has_left_the_former_audience(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    move(weekly, other)
    push(other)
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    assert chimp.status() == "unsubscribed"
    move(press, chimp.audience)
    reconcile(chimp.audience, everybody=True)
    assert reader.gets(token) == []


def test_who_was_not_added_yet_is_not_added_where_the_list_was(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, other: Audience
) -> None:
    reader.subscribe("weekly")
    move(weekly, other)
    chimp.push()
    push(other)
    assert chimp.status() == ""
    assert there(chimp, other) == "subscribed"


def test_another_group_is_told_of_people_who_are_there_already(
    reader: Reader, chimp: Chimp, weekly: NewsletterList
) -> None:
    reader.subscribe("weekly")
    chimp.push()
    move(weekly, chimp.audience, chimp.there.interest("Science"))
    chimp.push()
    assert "Science" in chimp.groups()


def test_who_leaves_after_the_move_has_left_the_former_audience_where_another_list_is_kept_too(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    reader.subscribe("weekly")
    chimp.push()
    move(weekly, other)
    push(other)
    one = Subscription.objects.get()
    acts.unsubscribe(one.subscriber, [weekly], one.changed_at + timedelta(seconds=1), Author.PERSON)
    chimp.push()
    assert chimp.status() == "unsubscribed"


def test_a_list_that_gets_the_group_of_another_gains_nobody(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList
) -> None:
    chimp.keep(press, "Science")
    former = weekly.interest
    token = reader.subscribe("weekly", "press")
    left = reader.subscribe("press", email="ben@press.example")
    chimp.settle()
    reader.post("preferences/", {"token": left, "lists": []})
    # Within one second, leaving would count.
    chimp.double.clock.go_on(timedelta(seconds=-60))
    chimp.settle()
    chimp.double.clock.go_on(timedelta(seconds=60))
    left = reader.subscribe("weekly", email="ben@press.example")
    chimp.settle()
    move(weekly, chimp.audience, chimp.there.interest("Morning"))
    chimp.settle()
    reader.post("preferences/", {"token": token, "lists": ["weekly"]})
    chimp.settle()
    move(press, chimp.audience, former)
    chimp.settle()
    third = NewsletterList.objects.create(slug="third", name_en="Tides", name_fr="Marées")
    move(third, chimp.audience, chimp.there.interest("Science"))
    chimp.settle()
    reconcile(chimp.audience, everybody=True)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]
    assert reader.gets(left) == ["weekly"]
    assert chimp.groups() == chimp.groups("ben@press.example") == {"Morning"}
    # What they choose there themselves from now on counts.
    reconcile(chimp.audience, everybody=True)
    chimp.double.changes_profile(chimp.id, ADA, interests={chimp.there.interest("Science"): True})
    chimp.settle()
    assert reader.gets(token) == ["third", "weekly"]


def test_a_list_that_gets_the_tag_of_another_gains_nobody(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(weekly, tag="Briefings")
    token = reader.subscribe("weekly")
    chimp.settle()
    weekly.tag = ""
    move(weekly, other)
    chimp.keep(press, tag="Briefings")
    moving.moved(press, None)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]
    assert chimp.tags() == set()


def test_a_list_that_gets_the_whole_audience_of_another_gains_nobody(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.double.person_signs_up(chimp.id, "ben@press.example")
    token = reader.subscribe("weekly")
    chimp.settle()
    move(weekly, other)
    push(other)
    move(press, chimp.audience)
    chimp.settle()
    assert reader.gets(token) == ["weekly"]
    # All who are in the audience get its mails.
    assert chimp.status() == "unsubscribed"
    assert [one.subscriber.email for one in Subscription.objects.filter(list=press)] == ["ben@press.example"]


def test_who_left_a_list_while_it_was_away_does_not_get_it_again_when_it_is_back(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList, other: Audience
) -> None:
    chimp.keep(press, "Science")
    interest = weekly.interest
    token = reader.subscribe("weekly", "press")
    chimp.settle()
    move(weekly, other)
    push(other)
    reader.post("preferences/", {"token": token, "lists": ["press"]})
    chimp.settle()
    reader.subscribe("press")
    chimp.settle()
    move(weekly, chimp.audience, interest)
    chimp.settle()
    assert reader.gets(token) == ["press"]
    assert chimp.groups() == {"Science"}
