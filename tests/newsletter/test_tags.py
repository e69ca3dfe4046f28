"""Newsletters that stand for a tag at Mailchimp: the newsroom gives tags there, and nobody chooses them themselves."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from delivery.clock import database_now
from jobs.models import JobState
from newsletter import acts
from newsletter.errors import Away
from newsletter.models import Author, Contact, NewsletterList, Subscriber
from newsletter.sync.audiences import read_audiences
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile
from tests.mailchimp.faults import Kind
from tests.newsletter.conftest import ADA, Chimp, Reader

pytestmark = pytest.mark.django_db

EMAILS = [f"reader{number}@press.example" for number in range(12)]
MANY = "POST /lists/*/segments/*"
ONE = "POST /lists/*/members/*/tags"


@pytest.fixture
def briefings(chimp: Chimp, press: NewsletterList) -> NewsletterList:
    """A list that stands for the tag `Briefings`; the weekly one stands for a group of the same audience."""
    return chimp.keep(press, tag="Briefings")


def subscribe_all(*lists: NewsletterList, by: Author = Author.PERSON) -> None:
    """All of them confirm."""
    for email in EMAILS:
        acts.subscribe(Subscriber.objects.get_or_create(email=email)[0], lists, database_now(), by)


def compare(chimp: Chimp) -> None:
    """As every night, after some time: nothing else tells of tags."""
    chimp.double.clock.go_on(timedelta(hours=1))
    reconcile(chimp.audience, everybody=True)
    chimp.settle()


def test_who_confirms_has_the_tag(reader: Reader, chimp: Chimp, briefings: NewsletterList) -> None:
    reader.subscribe("press")
    chimp.push()
    assert chimp.status() == "subscribed"
    assert chimp.tags() == {"Briefings"}
    assert chimp.groups() == set()
    assert chimp.contact().state == JobState.DONE


def test_many_are_given_a_tag_with_one_call(chimp: Chimp, briefings: NewsletterList) -> None:
    subscribe_all(briefings)
    chimp.push()
    assert [chimp.tags(email) for email in EMAILS] == [{"Briefings"}] * len(EMAILS)
    assert chimp.double.calls["POST /lists/{list_id}"] == 1
    assert chimp.double.calls["POST /lists/{list_id}/segments/{segment_id}"] == 1
    assert Contact.objects.in_step().count() == len(EMAILS)


def test_no_call_is_made_for_tags_that_nobody_has_to_have(chimp: Chimp, weekly: NewsletterList, briefings: Any) -> None:
    subscribe_all(weekly)
    chimp.push()
    assert chimp.double.calls["POST /lists/{list_id}/segments/{segment_id}"] == 0


def test_who_leaves_the_tag_s_list_stays_for_the_other(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, briefings: NewsletterList
) -> None:
    token = reader.subscribe("weekly", "press")
    chimp.push()
    reader.post("preferences/", {"token": token, "lists": ["weekly"]})
    chimp.push()
    assert chimp.status() == "subscribed"
    assert chimp.groups() == {"Weekly"}
    assert chimp.tags() == set()


def test_a_tag_that_the_newsroom_gives_there_brings_nobody_back(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    token = reader.subscribe("weekly", "press")
    chimp.push()
    reader.post("preferences/", {"token": token, "lists": ["weekly"]})
    chimp.push()
    # Even if the person agreed to something else there since.
    chimp.double.clock.go_on(timedelta(hours=1))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.person_signs_up(chimp.id, ADA, interests={chimp.there.interest("Weekly"): True})
    chimp.double.staff_tags(chimp.id, ADA, "Briefings")
    compare(chimp)
    assert reader.gets(token) == ["weekly"]
    assert chimp.status() == "subscribed"
    assert chimp.tags() == set()


def test_who_comes_back_there_stays_without_the_tag_of_before(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    token = reader.subscribe("press")
    chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    chimp.double.clock.go_on(timedelta(hours=1))
    chimp.double.person_signs_up(chimp.id, ADA)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert chimp.tags() == set()
    assert reader.gets(token) == []


def test_a_tag_that_was_taken_there_is_an_unsubscription(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    token = reader.subscribe("weekly", "press")
    chimp.push()
    chimp.double.staff_tags(chimp.id, ADA, "Briefings", gives=False)
    compare(chimp)
    assert reader.gets(token) == ["weekly"]
    assert chimp.tags() == set()


def test_a_change_of_language_gives_no_tag_back(reader: Reader, chimp: Chimp, briefings: NewsletterList) -> None:
    token = reader.subscribe("weekly", "press")
    chimp.push()
    chimp.double.staff_tags(chimp.id, ADA, "Briefings", gives=False)
    reader.post("preferences/", {"token": token, "locale": "fr"})
    chimp.push()
    assert chimp.there.member(ADA).language == "fr"
    assert chimp.tags() == set()
    assert reader.gets(token) == ["weekly"]


def test_whom_the_newsroom_tags_there_and_who_never_had_the_list_gets_it(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.staff_tags(chimp.id, ADA, "Briefings")
    compare(chimp)
    assert set(reader.gets(token)) == {"weekly", "press"}


def test_whom_mailchimp_holds_has_the_tag_once_they_confirmed_there(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    token = reader.subscribe("press")
    chimp.push()
    chimp.double.clock.go_on(timedelta(seconds=-60))
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.settle()
    chimp.there.member(ADA).tags = []
    reader.subscribe("press")
    chimp.push()
    assert chimp.status() == "pending"
    chimp.double.person_confirms(chimp.id, ADA)
    compare(chimp)
    assert reader.gets(token) == ["press"]
    assert chimp.tags() == {"Briefings"}


@pytest.mark.parametrize("how", ["told", "never told", "with another language since"])
@pytest.mark.parametrize("by", ["a group", "a tag"])
def test_who_left_everything_is_not_brought_back_by_a_list_that_they_never_had(
    reader: Reader, chimp: Chimp, briefings: NewsletterList, by: str, how: str
) -> None:
    token = reader.subscribe("weekly")
    if how != "never told":
        chimp.push()
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    if how == "with another language since":
        reader.post("preferences/", {"token": token, "locale": "fr"})
    # Another program of the newsroom imports an old list.
    long_ago = "2020-01-01T00:00:00+00:00"
    chimp.double.clock.go_on(timedelta(hours=1))
    if not chimp.status():
        member = chimp.double.account.new_member(ADA)
    else:
        member = chimp.there.member(ADA)
    other = chimp.keep(NewsletterList.objects.create(slug="morning", name_en="Morning", name_fr="Matin"), "Morning")
    given: dict[str, Any] = {"interests": {other.interest: True}} if by == "a group" else {"tags": ["Briefings"]}
    chimp.double.account.change(chimp.there, member, "api", status="subscribed", timestamp_opt=long_ago, **given)
    compare(chimp)
    assert reader.gets(token) == []
    assert chimp.status() == "unsubscribed"


def test_a_tag_of_before_is_taken_before_mails_go_out_again(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    reader.subscribe("press")
    chimp.push()
    chimp.double.clock.go_on(timedelta(seconds=-60))
    chimp.double.staff_unsubscribes(chimp.id, ADA)
    chimp.settle()
    assert chimp.tags() == {"Briefings"}
    reader.subscribe("weekly")
    chimp.push()
    assert chimp.status() == "subscribed"
    assert chimp.tags() == set()
    told = [seen.call.rsplit("/", 1)[-1] for seen in chimp.double.seen if seen.call.startswith(("POST", "PATCH"))]
    assert told[-2:] == ["tags", "{subscriber_hash}"]


FAULTS = {
    "too many": {"kind": Kind.TOO_MANY},
    "an empty error": {"kind": Kind.EMPTY},
    "an empty error after the act": {"kind": Kind.EMPTY, "acts": True},
    "cut before the act": {"kind": Kind.DROP},
    "cut after the act": {"kind": Kind.DROP, "acts": True},
    "no answer, but done": {"kind": Kind.HANG, "acts": True},
}


@pytest.mark.parametrize("name", FAULTS)
def test_nobody_counts_as_told_before_their_tags_are(
    chimp: Chimp, briefings: NewsletterList, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.mailchimp.client.TIMEOUTS", (1, 0.5))
    subscribe_all(briefings)
    chimp.double.faults.plan(on=MANY, **FAULTS[name])  # type: ignore[arg-type]
    with pytest.raises(Away):
        push(chimp.audience)
    assert chimp.status(EMAILS[0]) == "subscribed"
    assert not Contact.objects.in_step().exists()
    # Nobody takes their lacking tags for an unsubscription.
    compare(chimp)
    assert [chimp.tags(email) for email in EMAILS] == [{"Briefings"}] * len(EMAILS)
    assert Contact.objects.in_step().count() == len(EMAILS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_with_one_person_s_tags_is_made_up_for(
    reader: Reader, chimp: Chimp, briefings: NewsletterList, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.mailchimp.client.TIMEOUTS", (1, 0.5))
    token = reader.subscribe("weekly")
    chimp.push()
    reader.subscribe("press")
    chimp.double.faults.plan(on=ONE, **FAULTS[name])  # type: ignore[arg-type]
    with pytest.raises(Away):
        push(chimp.audience)
    compare(chimp)
    assert set(reader.gets(token)) == {"weekly", "press"}
    assert chimp.tags() == {"Briefings"}
    assert chimp.contact().state == JobState.DONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("acts_first", [False, True])
def test_a_worker_may_be_killed_between_profile_and_tags(
    chimp: Chimp, briefings: NewsletterList, acts_first: bool
) -> None:
    subscribe_all(briefings)
    hang = chimp.double.faults.plan(Kind.HANG, on=MANY, acts=acts_first, seconds=30)
    chimp.kill_a_worker(lambda: hang.happened > 0)
    assert chimp.status(EMAILS[-1]) == "subscribed"
    assert not Contact.objects.in_step().exists()
    compare(chimp)
    assert [chimp.tags(email) for email in EMAILS] == [{"Briefings"}] * len(EMAILS)
    assert Contact.objects.in_step().count() == len(EMAILS)
    assert briefings.subscriptions.filter(is_active=True).count() == len(EMAILS)


def test_one_whose_tag_is_refused_is_parked_with_the_reason_and_holds_up_nobody(
    chimp: Chimp, briefings: NewsletterList
) -> None:
    subscribe_all(briefings)
    chimp.double.faults.refuse(EMAILS[2], "This contact takes no tags.", tags=True)
    chimp.push()
    assert [chimp.tags(email) for email in EMAILS].count({"Briefings"}) == len(EMAILS) - 1
    parked = chimp.contact(EMAILS[2])
    assert parked.state == JobState.FAILED
    assert "takes no tags" in parked.error
    # Whoever looks mends it, and has it tried again.
    chimp.double.faults.accept(EMAILS[2])
    compare(chimp)
    Contact.objects.parked().change()
    chimp.push()
    assert chimp.tags(EMAILS[2]) == {"Briefings"}


def test_who_has_the_tag_already_is_not_parked(chimp: Chimp, briefings: NewsletterList) -> None:
    chimp.double.staff_subscribes(chimp.id, ADA)
    chimp.double.staff_tags(chimp.id, ADA, "Briefings")
    acts.subscribe(Subscriber.objects.create(email=ADA), [briefings], database_now(), Author.PERSON)
    chimp.push()
    assert chimp.contact().state == JobState.DONE
    assert chimp.tags() == {"Briefings"}


def test_a_tag_that_is_gone_is_flagged_and_nobody_has_left_because_of_it(
    reader: Reader, chimp: Chimp, briefings: NewsletterList
) -> None:
    token = reader.subscribe("press")
    chimp.push()
    chimp.double.staff_deletes_tag(chimp.id, "Briefings")
    read_audiences()
    compare(chimp)
    briefings.refresh_from_db()
    assert briefings.is_mapping_gone
    assert reader.gets(token) == ["press"]


def test_a_tag_that_goes_while_it_is_given_is_flagged_at_once(chimp: Chimp, briefings: NewsletterList) -> None:
    chimp.double.staff_deletes_tag(chimp.id, "Briefings")
    subscribe_all(briefings)
    chimp.push()
    briefings.refresh_from_db()
    assert briefings.is_mapping_gone
    assert Contact.objects.in_step().count() == len(EMAILS)
    assert briefings.subscriptions.filter(is_active=True).count() == len(EMAILS)


def test_a_tag_that_was_made_anew_is_given_to_everybody_again(chimp: Chimp, briefings: NewsletterList) -> None:
    subscribe_all(briefings)
    chimp.push()
    chimp.double.staff_deletes_tag(chimp.id, "Briefings")
    chimp.double.staff_makes_tag(chimp.id, "Briefings")
    read_audiences()
    compare(chimp)
    assert [chimp.tags(email) for email in EMAILS] == [{"Briefings"}] * len(EMAILS)
    assert briefings.subscriptions.filter(is_active=True).count() == len(EMAILS)


def test_a_group_that_is_gone_is_no_unsubscription_either(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.staff_deletes_interest(chimp.id, "Weekly")
    read_audiences()
    compare(chimp)
    assert reader.gets(token) == ["weekly"]


def test_a_list_stands_for_a_group_or_a_tag_that_no_other_has(
    chimp: Chimp, weekly: NewsletterList, briefings: NewsletterList
) -> None:
    briefings.interest = chimp.there.interest("Morning")
    with pytest.raises(ValidationError, match="or a tag"):
        briefings.full_clean()
    briefings.interest, briefings.tag = "", "Nothing of the kind"
    with pytest.raises(ValidationError, match="any more"):
        briefings.full_clean()
    weekly.interest, weekly.tag = "", "Briefings"
    with pytest.raises(ValidationError, match="Another newsletter"):
        weekly.full_clean()
    weekly.tag = ""
    with pytest.raises(ValidationError, match="as a whole"):
        weekly.full_clean()
