"""Where Mailchimp fails, a worker dies, or both: afterwards both sides are equal, and nobody got what they refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from delivery.clock import database_now
from jobs.models import JobState
from newsletter import acts
from newsletter.errors import Away
from newsletter.mailchimp import Mailchimp, Member, connected
from newsletter.models import Author, Contact, NewsletterList, Subscriber, Subscription
from newsletter.sync import pauses
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile
from newsletter.tasks import push_contacts
from tests.mailchimp.faults import Kind
from tests.newsletter.conftest import ADA, Chimp, Reader

EMAILS = [f"reader{number}@press.example" for number in range(12)]
BATCH = "POST /lists/*"
NEW = "ada@gazette.example"


def subscribe_all(weekly: NewsletterList) -> None:
    """All of them confirm."""
    for email in EMAILS:
        acts.subscribe(Subscriber.objects.create(email=email), [weekly], database_now(), Author.PERSON)


FAULTS = {
    "too many": {"kind": Kind.TOO_MANY},
    "an error": {"kind": Kind.ERROR},
    "an empty error": {"kind": Kind.EMPTY},
    "an empty error after the act": {"kind": Kind.EMPTY, "acts": True},
    "cut before the act": {"kind": Kind.DROP},
    "cut after the act": {"kind": Kind.DROP, "acts": True},
    "no answer, not done": {"kind": Kind.HANG},
    "no answer, but done": {"kind": Kind.HANG, "acts": True},
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", FAULTS)
def test_a_failed_batch_is_made_up_for(
    chimp: Chimp, weekly: NewsletterList, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.mailchimp.client.TIMEOUTS", (1, 0.5))
    subscribe_all(weekly)
    chimp.double.faults.plan(on=BATCH, **FAULTS[name])  # type: ignore[arg-type]
    with pytest.raises(Away):
        push(chimp.audience)
    assert not Contact.objects.in_step().exists()
    assert pauses.left() > 0
    chimp.settle()
    assert [chimp.status(email) for email in EMAILS] == ["subscribed"] * len(EMAILS)
    assert Contact.objects.in_step().count() == len(EMAILS)
    assert not Contact.objects.parked().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("on", ["GET /lists/*/members/*", "P* /lists/*/members/*"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_with_one_person_is_made_up_for(
    chimp: Chimp, weekly: NewsletterList, name: str, on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.mailchimp.client.TIMEOUTS", (1, 0.5))
    subscriber = Subscriber.objects.create(email=ADA)
    chimp.double.staff_subscribes(chimp.id, ADA)
    chimp.double.staff_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.drop()
    acts.subscribe(subscriber, [weekly], database_now() + timedelta(minutes=1), Author.PERSON)
    chimp.double.faults.plan(on=on, **FAULTS[name])  # type: ignore[arg-type]
    with pytest.raises(Away):
        push(chimp.audience)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert chimp.contact().state == JobState.DONE


@pytest.mark.django_db
def test_what_mailchimp_asks_for_is_honoured(chimp: Chimp, weekly: NewsletterList) -> None:
    subscribe_all(weekly)
    chimp.double.faults.plan(Kind.TOO_MANY, on=BATCH, retry_after=90)
    push_contacts(chimp.audience.pk)
    assert 85 < pauses.left() <= 90
    # Nobody asks meanwhile.
    calls = sum(chimp.double.calls.values())
    push_contacts(chimp.audience.pk)
    assert sum(chimp.double.calls.values()) == calls


@pytest.mark.django_db
def test_pauses_grow_and_end(chimp: Chimp, weekly: NewsletterList) -> None:
    subscribe_all(weekly)
    chimp.double.faults.plan(Kind.ERROR, times=None)
    lengths = []
    for _time in range(9):
        with pytest.raises(Away):
            push(chimp.audience)
        lengths.append(round(pauses.left()))
        Contact.objects.update(due_at=database_now() - timedelta(hours=1))
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (5, 600)
    chimp.double.faults.clear()
    push(chimp.audience)
    assert pauses.left() == 0


@pytest.mark.django_db
def test_a_day_without_mailchimp_loses_nothing(reader: Reader, chimp: Chimp, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.faults.plan(Kind.EMPTY, times=None)
    for _half_hour in range(48):
        with pytest.raises(Away):
            push(chimp.audience) if Contact.objects.exclude(state=JobState.DONE).exists() else reconcile(chimp.audience)
        chimp.time_passes()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    subscribe_all(weekly)
    with pytest.raises(Away):
        push(chimp.audience)
    chimp.double.faults.clear()
    chimp.settle()
    assert chimp.status() == "unsubscribed"
    assert {chimp.status(email) for email in EMAILS} == {"subscribed"}
    assert Contact.objects.in_step().count() == len(EMAILS) + 1


@pytest.mark.django_db
def test_who_left_there_before_our_push_was_repeated_is_not_subscribed_again(
    chimp: Chimp, weekly: NewsletterList
) -> None:
    acts.subscribe(Subscriber.objects.create(email=ADA), [weekly], database_now(), Author.PERSON)
    chimp.double.faults.plan(Kind.DROP, on=BATCH, acts=True)
    with pytest.raises(Away):
        push(chimp.audience)
    chimp.double.clock.go_on(timedelta(seconds=2))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.drop()
    chimp.settle()
    assert chimp.status() == "unsubscribed"
    assert not Subscription.objects.get().is_active


@pytest.mark.django_db
def test_a_webhook_may_come_before_our_own_answer(chimp: Chimp, weekly: NewsletterList) -> None:
    acts.subscribe(Subscriber.objects.create(email=ADA), [weekly], database_now(), Author.PERSON)
    contact = chimp.contact()
    # As if it were being pushed at this moment.
    Contact.objects.filter(pk=contact.pk).update(state=JobState.RUNNING)
    Contact.objects.filter(pk=contact.pk).read_again()
    Contact.objects.filter(pk=contact.pk).update(state=JobState.QUEUED)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert chimp.contact().state == JobState.DONE


@pytest.mark.django_db
def test_who_leaves_while_they_are_pushed_is_not_forgotten(
    chimp: Chimp, weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber = Subscriber.objects.create(email=ADA)
    acts.subscribe(subscriber, [weekly], database_now(), Author.PERSON)
    add = Mailchimp.add

    def slowly(self: Mailchimp, *arguments: Any, **options: Any) -> Any:
        answer = add(self, *arguments, **options)
        acts.unsubscribe(subscriber, [weekly], database_now(), Author.PERSON)
        return answer

    monkeypatch.setattr(Mailchimp, "add", slowly)
    push(chimp.audience)
    monkeypatch.undo()
    assert chimp.status() == "subscribed"
    chimp.push()
    assert chimp.status() == "unsubscribed"
    assert chimp.contact().state == JobState.DONE


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_between_call_and_commit_does_no_harm(chimp: Chimp, weekly: NewsletterList) -> None:
    subscribe_all(weekly)
    chimp.double.faults.plan(Kind.SLOW, on=BATCH, seconds=30)
    chimp.kill_a_worker(lambda: chimp.status(EMAILS[-1]) == "subscribed")
    assert not Contact.objects.in_step().exists()
    # Meanwhile one of them has left there.
    chimp.double.clock.go_on(timedelta(seconds=2))
    chimp.double.person_unsubscribes(chimp.id, EMAILS[3])
    chimp.double.webhooks.drop()
    # Its lease holds, its connection's lock does not: nobody takes these rows before it ends.
    assert push(chimp.audience) == 0
    chimp.settle()
    expected = ["unsubscribed" if email == EMAILS[3] else "subscribed" for email in EMAILS]
    assert [chimp.status(email) for email in EMAILS] == expected
    assert Subscription.objects.filter(is_active=True).count() == len(EMAILS) - 1


@pytest.mark.django_db(transaction=True)
def test_people_and_mailchimp_may_act_at_the_same_moment(chimp: Chimp, weekly: NewsletterList) -> None:
    subscriber = Subscriber.objects.create(email=ADA)
    acts.subscribe(subscriber, [weekly], database_now(), Author.PERSON)
    chimp.push()
    stop = Event()

    def leave_and_come_back() -> None:
        while not stop.is_set():
            acts.unsubscribe(subscriber, [weekly], database_now(), Author.PERSON)
            acts.subscribe(subscriber, [weekly], database_now(), Author.PERSON)
        connection.close()

    def hear() -> None:
        groups = chimp.there.interest("Weekly")
        for number in range(25):
            chimp.double.clock.go_on(timedelta(seconds=1))
            chimp.double.changes_profile(chimp.id, ADA, interests={groups: bool(number % 2)}, source="api")
            reconcile(chimp.audience)
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        person, other = threads.submit(leave_and_come_back), threads.submit(hear)
        other.result(60)
        stop.set()
        person.result(10)
    chimp.double.webhooks.drop()
    chimp.settle()
    assert Subscription.objects.get().is_active == (chimp.status() == "subscribed" and chimp.groups() == {"Weekly"})


@pytest.mark.django_db(transaction=True)
def test_ten_connections_are_never_used_up(chimp: Chimp, weekly: NewsletterList) -> None:
    subscribe_all(weekly)
    chimp.double.faults.plan(Kind.SLOW, times=None, seconds=0.3)

    def ping(_number: int) -> None:
        with connected() as mailchimp:
            mailchimp.ping()
        connection.close()

    with ThreadPoolExecutor(24) as threads:
        list(threads.map(ping, range(24)))
    assert chimp.double.most_at_once <= 8
    cache.clear()


@pytest.mark.django_db
def test_who_signs_up_here_with_the_address_they_changed_to_there_is_one_person(reader: Reader, chimp: Chimp) -> None:
    former = reader.subscribe("weekly")
    chimp.push()
    chimp.double.changes_address(chimp.id, ADA, NEW)
    chimp.double.webhooks.drop()
    token = reader.subscribe("weekly", email=NEW)
    chimp.push()
    reconcile(chimp.audience, everybody=True)
    chimp.push()
    assert chimp.contact(NEW).state == JobState.DONE
    assert not Contact.objects.exclude(pk=chimp.contact(NEW).pk).exists()
    assert reader.gets(token) == ["weekly"]
    assert reader.gets(former) == []
    assert chimp.status(NEW) == "subscribed"


@pytest.mark.django_db
def test_a_failure_that_nobody_foresaw_holds_up_one_person_alone_and_longer_each_time(
    reader: Reader, chimp: Chimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in (ADA, NEW):
        reader.subscribe("weekly", email=email)
    chimp.push()
    look_up, ill = Mailchimp.member, Contact.digest_of(ADA)

    def failing(self: Mailchimp, audience: str, *keys: str) -> Member | None:
        if ill in keys:
            raise ValueError("no moment")
        return look_up(self, audience, *keys)

    monkeypatch.setattr(Mailchimp, "member", failing)
    Contact.objects.update(has_to_read=True, state=JobState.QUEUED)
    waits = []
    for _ in range(2):
        chimp.time_passes()
        push(chimp.audience)
        waits.append(chimp.contact().due_at - database_now())
    assert chimp.contact(NEW).state == JobState.DONE
    assert chimp.contact().state == JobState.QUEUED
    assert "no moment" in chimp.contact().error
    assert waits[1] > waits[0] > timedelta(seconds=5)


@pytest.mark.django_db
@pytest.mark.parametrize("kept_by", ["group", "tag"])
def test_what_was_asked_for_before_a_push_takes_nobody_away(
    reader: Reader, chimp: Chimp, press: NewsletterList, monkeypatch: pytest.MonkeyPatch, kept_by: str
) -> None:
    chimp.keep(press, **({"interest": "Morning"} if kept_by == "group" else {"tag": "Press"}))
    token = reader.subscribe("weekly")
    chimp.push()
    subscriber = Subscriber.objects.get(email=ADA)
    members_since = Mailchimp.members_since

    def slowly(self: Mailchimp, *arguments: Any) -> Any:
        for page in members_since(self, *arguments):
            if not Subscription.objects.filter(subscriber=subscriber, list=press).exists():
                acts.subscribe(subscriber, [press], database_now(), Author.PERSON)
                push(chimp.audience)
            yield page

    monkeypatch.setattr(Mailchimp, "members_since", slowly)
    reconcile(chimp.audience, everybody=True)
    assert reader.gets(token) == ["press", "weekly"]
    monkeypatch.undo()
    chimp.settle()
    assert reader.gets(token) == ["press", "weekly"]


@pytest.mark.django_db(transaction=True)
def test_one_comparison_of_an_audience_runs_at_a_time(
    chimp: Chimp, weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe_all(weekly)
    chimp.push()
    asked = []
    members_since = Mailchimp.members_since

    def slowly(self: Mailchimp, *arguments: Any) -> Any:
        asked.append(1)
        with ThreadPoolExecutor(1) as other:
            other.submit(_compare_and_close, chimp.audience).result()
        return members_since(self, *arguments)

    monkeypatch.setattr(Mailchimp, "members_since", slowly)
    reconcile(chimp.audience)
    assert len(asked) == 1
    monkeypatch.undo()
    chimp.audience.refresh_from_db()
    assert chimp.audience.compared_at is not None


def _compare_and_close(audience: Any) -> None:
    try:
        reconcile(audience)
    finally:
        connection.close()
