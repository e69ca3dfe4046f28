"""What mails that are sent by Mailchimp know of a subscriber: their language, and the page on which they choose."""

import logging

import pytest
from django.core.exceptions import ValidationError

from delivery.clock import database_now
from jobs.models import JobState
from newsletter import acts
from newsletter.errors import Away
from newsletter.models import Audience, Author, Contact, NewsletterList, Subscriber
from newsletter.sync.audiences import read_audiences
from newsletter.sync.pushing import push
from tests.mailchimp.faults import Kind
from tests.mailchimp.state import MergeField
from tests.newsletter.conftest import ADA, TOKEN, Chimp, Reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(chimp: Chimp) -> Audience:
    """The audience, which has a merge field for the language and one for the link."""
    for number, (tag, kind) in enumerate([("SPEAKS", "text"), ("CHOOSE", "url"), ("AGE", "number")]):
        chimp.there.merge_fields[tag] = MergeField(10 + number, tag, tag.title(), kind)
    read_audiences()
    return choose(chimp, language="SPEAKS", preferences="CHOOSE")


def choose(chimp: Chimp, language: str, preferences: str) -> Audience:
    """As somebody in the admin does."""
    chimp.audience.refresh_from_db()
    chimp.audience.language_field, chimp.audience.preferences_field = language, preferences
    chimp.audience.clean()
    chimp.audience.save()
    return chimp.audience


def known_of(chimp: Chimp, email: str = ADA) -> dict[str, str]:
    """What Mailchimp keeps of somebody."""
    return {tag: value for tag, value in chimp.there.member(email).merge_fields.items() if value}


def test_mails_sent_there_know_the_language_and_the_page_of_whom_they_go_to(
    reader: Reader, chimp: Chimp, filled: Audience
) -> None:
    reader.subscribe("weekly", locale="fr")
    chimp.push()
    assert known_of(chimp)["SPEAKS"] == "fr"
    token = TOKEN.search(known_of(chimp)["CHOOSE"])
    assert token
    assert reader.gets(token[1]) == ["weekly"]


def test_a_change_of_language_is_told_there(reader: Reader, chimp: Chimp, filled: Audience) -> None:
    token = reader.subscribe("weekly", locale="fr")
    chimp.push()
    reader.post("preferences/", {"token": token, "locale": "en"})
    chimp.push()
    assert known_of(chimp)["SPEAKS"] == "en"


def test_nothing_is_told_before_fields_are_chosen_and_everything_afterwards(
    reader: Reader, chimp: Chimp, filled: Audience
) -> None:
    choose(chimp, "", "")
    reader.subscribe("weekly")
    chimp.push()
    assert known_of(chimp) == {}
    choose(chimp, "SPEAKS", "CHOOSE")
    assert chimp.contact().state == JobState.QUEUED
    chimp.push()
    assert known_of(chimp).keys() == {"SPEAKS", "CHOOSE"}
    # The same choice again changes nothing.
    choose(chimp, "SPEAKS", "CHOOSE")
    assert chimp.contact().state == JobState.DONE


def test_a_field_that_is_gone_is_flagged_and_not_sent(reader: Reader, chimp: Chimp, filled: Audience) -> None:
    chimp.double.staff_deletes_merge_field(chimp.id, "CHOOSE")
    read_audiences()
    chimp.audience.refresh_from_db()
    assert chimp.audience.unusable_fields == ["preferences_field"]
    reader.subscribe("weekly")
    chimp.push()
    assert known_of(chimp).keys() == {"SPEAKS"}
    assert chimp.contact().state == JobState.DONE


def test_a_field_that_comes_back_is_filled_again(reader: Reader, chimp: Chimp, filled: Audience) -> None:
    reader.subscribe("weekly")
    chimp.push()
    field = chimp.there.merge_fields["CHOOSE"]
    chimp.double.staff_deletes_merge_field(chimp.id, "CHOOSE")
    read_audiences()
    chimp.there.merge_fields["CHOOSE"] = field
    read_audiences()
    chimp.audience.refresh_from_db()
    chimp.push()
    assert known_of(chimp).keys() == {"SPEAKS", "CHOOSE"}


@pytest.mark.parametrize(
    ("language", "preferences", "blamed"),
    [
        ("NOTHING", "", "language_field"),
        ("CHOOSE", "", "language_field"),
        ("", "AGE", "preferences_field"),
        ("SPEAKS", "SPEAKS", "preferences_field"),
    ],
)
def test_only_fields_that_there_are_and_that_fit_can_be_chosen(
    chimp: Chimp, filled: Audience, language: str, preferences: str, blamed: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        choose(chimp, language, preferences)
    assert set(raised.value.message_dict) == {blamed}


def test_who_lacks_a_field_that_mailchimp_requires_is_parked_with_its_name(
    reader: Reader, chimp: Chimp, filled: Audience
) -> None:
    chimp.there.merge_fields["FNAME"].required = True
    read_audiences()
    chimp.audience.refresh_from_db()
    assert chimp.audience.unfilled_fields == ["FNAME"]
    reader.subscribe("weekly")
    chimp.push()
    assert chimp.contact().state == JobState.FAILED
    assert "FNAME: Please enter a value" in chimp.contact().error
    # Somebody mends it at Mailchimp, and presses the button.
    chimp.there.merge_fields["FNAME"].required = False
    Contact.objects.parked().change()
    chimp.push()
    assert chimp.status() == "subscribed"


def test_what_mailchimp_requires_later_keeps_nobody_from_leaving(
    reader: Reader, chimp: Chimp, filled: Audience
) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.there.merge_fields["FNAME"].required = True
    reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.push()
    assert chimp.status() == "unsubscribed"
    assert chimp.contact().state == JobState.DONE


def test_the_link_is_in_no_log(
    chimp: Chimp, filled: Audience, weekly: NewsletterList, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for email in (ADA, "bob@press.example"):
        acts.subscribe(Subscriber.objects.create(email=email), [weekly], database_now(), Author.PERSON)
    chimp.double.faults.refuse("bob@press.example", "He is not welcome.")
    for kind in (Kind.EMPTY, Kind.DROP):
        chimp.double.faults.plan(kind)
        with pytest.raises(Away):
            push(chimp.audience)
        chimp.time_passes()
    chimp.push()
    assert known_of(chimp).keys() == {"SPEAKS", "CHOOSE"}
    assert caplog.text
    assert "token=" not in caplog.text
