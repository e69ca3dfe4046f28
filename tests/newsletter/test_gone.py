"""What is gone at Mailchimp: people, groups, audiences."""

from datetime import timedelta

import pytest

from delivery.clock import database_now
from jobs.models import JobState
from newsletter import acts
from newsletter.models import Author, Contact, NewsletterList, Subscriber
from newsletter.sync.audiences import read_audiences
from newsletter.sync.reconciling import reconcile
from tests.newsletter.conftest import ADA, Chimp, Reader

pytestmark = pytest.mark.django_db


def test_who_is_missing_there_is_found_out(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    del chimp.there.members[Contact.digest_of(ADA)]
    reconcile(chimp.audience, everybody=True)
    chimp.push()
    assert reader.gets(token) == []


def test_a_group_that_is_gone_is_flagged_and_stops_nothing(
    reader: Reader, chimp: Chimp, weekly: NewsletterList
) -> None:
    chimp.double.staff_deletes_interest(chimp.id, "Weekly")
    read_audiences()
    chimp.audience.refresh_from_db()
    weekly.refresh_from_db()
    assert weekly.is_mapping_gone
    reader.subscribe("weekly")
    chimp.push()
    assert chimp.status() == "subscribed"


def test_an_audience_that_is_gone_is_flagged(chimp: Chimp, weekly: NewsletterList) -> None:
    chimp.double.staff_deletes_audience(chimp.id)
    read_audiences()
    weekly.refresh_from_db()
    assert weekly.is_mapping_gone


def test_an_audience_that_is_gone_refuses_nobody_and_nobody_has_left_by_it(
    reader: Reader, chimp: Chimp, weekly: NewsletterList
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    for number in range(20):
        person = Subscriber.objects.create(email=f"reader{number}@press.example")
        acts.subscribe(person, [weekly], database_now(), Author.PERSON)
    there = chimp.double.account.audiences[chimp.id]
    chimp.double.staff_deletes_audience(chimp.id)
    Contact.objects.filter(pk=chimp.contact().pk).read_again()
    calls = sum(chimp.double.calls.values())
    chimp.push()
    chimp.time_passes()
    Contact.objects.exclude(pk=chimp.contact().pk).update(due_at=database_now() + timedelta(hours=1))
    chimp.push()
    assert sum(chimp.double.calls.values()) - calls < 6
    weekly.refresh_from_db()
    assert weekly.is_mapping_gone
    assert not Contact.objects.parked().exists()
    assert reader.gets(token) == ["weekly"]
    # It was Mailchimp's mistake, and is back.
    chimp.double.account.audiences[chimp.id] = there
    read_audiences()
    chimp.settle()
    assert chimp.status("reader7@press.example") == "subscribed"


def test_who_leaves_a_list_has_left_it_though_the_group_of_another_was_deleted(
    reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    chimp.keep(press, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    chimp.double.staff_deletes_interest(chimp.id, "Science")
    reader.post("preferences/", {"token": token, "lists": ["press"]})
    chimp.push()
    assert chimp.contact().state == JobState.DONE
    assert chimp.groups() == set()
    assert reader.gets(token) == ["press"]


def test_a_group_that_was_deleted_is_found_when_somebody_is_to_be_in_it(
    reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    chimp.keep(press, "Science")
    chimp.double.staff_deletes_interest(chimp.id, "Science")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    press.refresh_from_db()
    assert press.is_mapping_gone
    assert chimp.groups() == {"Weekly"}
    assert set(reader.gets(token)) == {"weekly", "press"}


def test_whom_mailchimp_refused_is_told_again_when_the_audience_has_changed(reader: Reader, chimp: Chimp) -> None:
    chimp.double.faults.refuse(ADA, "Your merge fields were invalid.")
    reader.subscribe("weekly")
    chimp.push()
    assert chimp.contact().state == JobState.FAILED
    chimp.double.faults.clear()
    read_audiences()
    assert chimp.contact().state == JobState.FAILED
    chimp.double.staff_deletes_interest(chimp.id, "Science")
    read_audiences()
    chimp.push()
    assert chimp.status() == "subscribed"
