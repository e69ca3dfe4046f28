"""Both sides in step: what people do here is told to Mailchimp, what they do there is heard, and refusals hold."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery.clock import database_now
from jobs.models import JobState
from newsletter import acts, erasure
from newsletter.errors import NoKey
from newsletter.models import Audience, Author, Contact, NewsletterList, Subscriber, Subscription, Suppression
from newsletter.sync.pushing import push
from tests.newsletter.conftest import ADA, Chimp, Reader

pytestmark = pytest.mark.django_db


def test_who_confirms_is_subscribed_there(reader: Reader, chimp: Chimp) -> None:
    reader.sign_up("weekly", locale="fr")
    chimp.push()
    assert chimp.status() == ""
    reader.confirm()
    chimp.push()
    assert chimp.status() == "subscribed"
    assert chimp.groups() == {"Weekly"}
    assert chimp.there.member(ADA).language == "fr"
    assert chimp.contact().state == JobState.DONE


def test_who_leaves_is_unsubscribed_there(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    assert chimp.status() == "unsubscribed"


def test_who_leaves_before_it_was_told_never_gets_there(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    assert chimp.status() == ""


def test_who_leaves_one_of_two_lists_stays_for_the_other(reader: Reader, chimp: Chimp, press: NewsletterList) -> None:
    chimp.keep(press, "Morning")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    reader.post("preferences/", {"token": token, "lists": ["press"]})
    chimp.push()
    assert chimp.status() == "subscribed"
    assert chimp.groups() == {"Morning"}


def test_a_list_can_be_a_whole_audience(reader: Reader, chimp: Chimp, weekly: NewsletterList) -> None:
    chimp.keep(weekly)
    token = reader.subscribe("weekly")
    chimp.push()
    assert chimp.status() == "subscribed"
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.settle()
    assert reader.gets(token) == []


def test_who_leaves_there_has_left_here(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.deliver()
    chimp.push()
    assert reader.gets(token) == []
    assert Subscription.objects.get().changed_by == Author.MAILCHIMP


def test_who_signs_up_at_mailchimp_is_subscribed_here(chimp: Chimp) -> None:
    chimp.double.person_signs_up(chimp.id, ADA, interests={chimp.there.interest("Weekly"): True}, language="fr")
    chimp.settle()
    subscriber = Subscriber.objects.get(email=ADA)
    assert subscriber.language == "fr"
    assert subscriber.subscriptions.get().is_active


def test_who_left_here_is_not_brought_back_by_an_import_there(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    # Another program of the newsroom, with an old list, and the moment at which she had agreed.
    opted = chimp.there.member(ADA).timestamp_opt
    weekly = {chimp.there.interest("Weekly"): True}
    member = chimp.there.member(ADA)
    chimp.double.account.change(chimp.there, member, "api", status="subscribed", interests=weekly, timestamp_opt=opted)
    chimp.settle()
    assert reader.gets(token) == []
    assert chimp.status() == "unsubscribed"


def test_a_group_that_a_machine_gave_back_is_taken_away_again(
    reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    chimp.keep(press, "Morning")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    reader.post("preferences/", {"token": token, "lists": ["press"]})
    chimp.push()
    chimp.double.changes_profile(chimp.id, ADA, interests={chimp.there.interest("Weekly"): True}, source="api")
    chimp.settle()
    assert reader.gets(token) == ["press"]
    assert chimp.groups() == {"Morning"}


def test_a_group_that_was_given_up_there_is_given_up_here(reader: Reader, chimp: Chimp, press: NewsletterList) -> None:
    chimp.keep(press, "Morning")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    chimp.double.changes_profile(chimp.id, ADA, interests={chimp.there.interest("Weekly"): False})
    chimp.settle()
    assert reader.gets(token) == ["press"]


def test_a_change_of_profile_never_sends_a_status(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.drop()
    # Nothing of that was heard here.
    reader.post("preferences/", {"token": token, "locale": "fr"})
    chimp.push()
    assert chimp.status() == "unsubscribed"
    assert reader.gets(token) == []
    bodies = [seen.json() for seen in chimp.double.seen if seen.body][1:]
    assert all("status" not in member for body in bodies for member in body.get("members", [body]))


def test_who_left_there_comes_back_by_their_own_confirmation(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    # Within one second, leaving would count.
    chimp.double.clock.go_on(timedelta(seconds=-5))
    chimp.double.staff_unsubscribes(chimp.id, ADA)
    chimp.settle()
    assert reader.gets(token) == []
    reader.subscribe("weekly")
    chimp.push()
    assert chimp.status() == "subscribed"


def test_where_mailchimp_holds_them_it_asks_the_person_itself(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    chimp.double.clock.go_on(timedelta(seconds=-60))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.settle()
    reader.subscribe("weekly")
    chimp.push()
    assert chimp.status() == "pending"
    assert chimp.contact().state == JobState.DONE
    chimp.double.person_confirms(chimp.id, ADA)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert Subscription.objects.get().is_active


def test_the_newsroom_subscribes_nobody_who_left(reader: Reader, chimp: Chimp, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    subscriber = Subscriber.objects.get()
    acts.subscribe(subscriber, [weekly], Subscription.objects.get().changed_at + timedelta(seconds=60), Author.NEWSROOM)
    chimp.settle()
    assert reader.gets(token) == []
    assert chimp.status() == "unsubscribed"


def test_the_newsroom_subscribes_nobody_who_left_at_mailchimp_before(chimp: Chimp, weekly: NewsletterList) -> None:
    chimp.double.person_signs_up(chimp.id, ADA)
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.drop()
    subscriber = Subscriber.objects.create(email=ADA)
    acts.subscribe(subscriber, [weekly], database_now(), Author.NEWSROOM)
    chimp.settle()
    assert chimp.status() == "unsubscribed"
    assert not Subscription.objects.get().is_active


def test_who_is_erased_is_deleted_there_for_ever(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    erasure.erase(ADA)
    chimp.settle()
    assert chimp.status() == ""
    assert Contact.digest_of(ADA) in chimp.there.forgotten
    assert not Contact.objects.exists()


def test_who_was_erased_is_not_brought_back_by_an_old_list_there(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    opted = chimp.there.member(ADA).timestamp_opt
    erasure.erase(ADA)
    chimp.push()
    chimp.there.forgotten.clear()
    member = chimp.double.account.new_member(ADA)
    chimp.double.account.change(chimp.there, member, "api", status="subscribed", timestamp_opt=opted)
    chimp.settle()
    assert not Subscriber.objects.exists()
    assert chimp.status() == ""


def test_whom_mailchimp_deleted_for_ever_is_parked_with_its_reason(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    chimp.double.staff_deletes_permanently(chimp.id, ADA)
    chimp.settle()
    assert not Subscription.objects.get().is_active
    reader.subscribe("weekly")
    chimp.push()
    contact = chimp.contact()
    assert contact.state == JobState.FAILED
    assert contact.refusal == "Forgotten Email Not Subscribed"
    # Mailchimp's form lifts that; whoever looks has it tried again.
    chimp.there.forgotten.clear()
    Contact.objects.parked().change()
    chimp.push()
    assert chimp.status() == "subscribed"


def test_one_who_is_refused_holds_up_nobody_else(reader: Reader, chimp: Chimp, weekly: NewsletterList) -> None:
    emails = [f"reader{number}@press.example" for number in range(6)]
    for email in emails:
        acts.subscribe(Subscriber.objects.create(email=email), [weekly], database_now(), Author.PERSON)
    chimp.double.faults.refuse(emails[2], "She is not welcome.")
    chimp.push()
    assert [chimp.status(email) for email in emails].count("subscribed") == 5
    assert chimp.contact(emails[2]).state == JobState.FAILED
    assert "not welcome" in chimp.contact(emails[2]).error


def test_an_address_that_changed_there_changes_here(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.changes_address(chimp.id, ADA, "ada@gazette.example")
    chimp.settle()
    assert Subscriber.objects.get().email == "ada@gazette.example"
    assert reader.gets(token) == ["weekly"]
    assert chimp.status("ada@gazette.example") == "subscribed"
    assert chimp.status() == ""


def test_an_address_that_changed_there_while_webhooks_were_lost(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.changes_address(chimp.id, ADA, "ada@gazette.example")
    chimp.double.webhooks.drop()
    # Something else concerns her, by the address of before.
    reader.post("preferences/", {"token": token, "locale": "fr"})
    chimp.settle()
    assert Subscriber.objects.get().email == "ada@gazette.example"
    assert reader.gets(token) == ["weekly"]
    assert chimp.there.member("ada@gazette.example").language == "fr"


def test_an_address_that_changed_there_changes_in_other_audiences_too(
    reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    other = Audience.objects.get(name="Press")
    NewsletterList.objects.filter(pk=press.pk).update(audience=other)
    token = reader.subscribe("weekly", "press")
    chimp.push()
    push(other)
    chimp.double.changes_address(chimp.id, ADA, "ada@gazette.example")
    chimp.settle()
    push(other)
    assert reader.gets(token) == ["press", "weekly"]
    there = chimp.double.account.audiences[other.mailchimp_id].members.values()
    assert [(one.email, one.status) for one in there] == [("ada@gazette.example", "subscribed")]


def test_who_changes_to_an_address_that_was_erased_stays_subscribed(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    erasure.erase(ADA)
    chimp.settle()
    chimp.there.forgotten.clear()
    token = reader.subscribe("weekly", email="bo@press.example")
    chimp.push()
    chimp.double.clock.go_on(timedelta(seconds=2))
    chimp.double.changes_address(chimp.id, "bo@press.example", ADA)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert reader.gets(token) == ["weekly"]
    assert not Suppression.objects.filter(digest=Suppression.digest_of(ADA)).exists()


def test_without_a_key_everything_works_and_is_made_up_for_later(reader: Reader, chimp: Chimp, settings: Any) -> None:
    key, settings.MAILCHIMP_API_KEY = settings.MAILCHIMP_API_KEY, ""
    token = reader.subscribe("weekly")
    assert reader.gets(token) == ["weekly"]
    with pytest.raises(NoKey):
        push(chimp.audience)
    settings.MAILCHIMP_API_KEY = key
    chimp.push()
    assert chimp.status() == "subscribed"


def test_who_leaves_everything_has_left_what_they_had_just_chosen_there(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    Subscription.objects.update(changed_at=database_now() - timedelta(minutes=1))
    chimp.double.clock.go_on(timedelta(seconds=-10))
    chimp.double.person_signs_up(chimp.id, ADA, interests={chimp.there.interest("Weekly"): True})
    chimp.double.clock.go_on(timedelta(seconds=10))
    # Nobody here has heard of it; the mail's link leads to leaving all the same.
    reader.post("preferences/", {"token": token, "lists": []})
    chimp.settle()
    assert chimp.status() == "unsubscribed"
    assert reader.gets(token) == []


def test_more_people_of_whom_something_changed_take_no_more_queries(reader: Reader, chimp: Chimp) -> None:
    everybody = [f"reader{number}@press.example" for number in range(12)]
    for number, email in enumerate(everybody):
        Reader(f"198.51.{number}.1").subscribe("weekly", email=email)
    chimp.push()
    counts = []
    for some in (everybody[:1], everybody):
        Contact.objects.filter(subscriber__email__in=some).change()
        with CaptureQueriesContext(connection) as queries:
            assert push(chimp.audience) == len(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_left_everything_there_comes_back_to_what_they_confirm_alone(
    reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    chimp.keep(press, "Morning")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    Subscription.objects.update(changed_at=database_now() - timedelta(minutes=2))
    chimp.double.clock.go_on(timedelta(seconds=-60))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    # Nothing of it was heard of here.
    reader.subscribe("weekly")
    chimp.push()
    assert reader.gets(token) == ["weekly"]
    chimp.double.person_confirms(chimp.id, ADA)
    chimp.settle()
    assert (reader.gets(token), chimp.groups()) == (["weekly"], {"Weekly"})
