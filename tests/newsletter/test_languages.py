"""A subscriber's language is the same on both sides, whichever they chose it on."""

from datetime import timedelta

import pytest

from newsletter.models import Audience, Contact, NewsletterList, Subscriber
from newsletter.sync.pushing import push
from tests.mailchimp.state import hash_of
from tests.newsletter.conftest import ADA, Chimp, Reader

pytestmark = pytest.mark.django_db


def speaks_there(chimp: Chimp, language: str) -> None:
    """Ada chooses a language at Mailchimp, a minute later."""
    chimp.double.clock.go_on(timedelta(minutes=1))
    member = chimp.there.member(ADA)
    chimp.double.account.change(chimp.there, member, "user", language=language)


def test_a_sign_up_in_another_language_tells_every_audience(
    reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    other = Audience.objects.get(name="Press")
    press.audience = other
    press.save()
    reader.subscribe("press")
    push(other)
    reader.subscribe("weekly", locale="fr")
    push(other)
    members = chimp.double.account.audiences[other.mailchimp_id].members
    assert members[hash_of(ADA)].language == "fr"


def test_a_language_that_was_chosen_there_is_that_of_mails_from_here(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    speaks_there(chimp, "fr")
    chimp.settle()
    assert Subscriber.objects.get().language == "fr"
    assert chimp.there.member(ADA).language == "fr"


def test_a_variant_of_a_language_is_left_as_it_is(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly", locale="fr")
    chimp.push()
    speaks_there(chimp, "fr_CA")
    chimp.settle()
    assert Subscriber.objects.get().language == "fr"
    assert chimp.there.member(ADA).language == "fr_CA"


@pytest.mark.parametrize("goes", ["in a lot", "alone"])
def test_a_variant_stays_when_something_else_is_told(reader: Reader, chimp: Chimp, goes: str) -> None:
    reader.subscribe("weekly", locale="fr")
    chimp.push()
    speaks_there(chimp, "fr_CA")
    chimp.settle()
    Contact.objects.all().change()
    if goes == "alone":
        Contact.objects.all().read_again()
    chimp.push()
    assert chimp.there.member(ADA).language == "fr_CA"
    assert not chimp.contact().has_to_tell


@pytest.mark.parametrize("goes", ["in a lot", "alone"])
def test_another_language_is_told_in_place_of_a_variant(reader: Reader, chimp: Chimp, goes: str) -> None:
    token = reader.subscribe("weekly", locale="fr")
    chimp.push()
    speaks_there(chimp, "fr_CA")
    chimp.settle()
    for locale in ("en", "fr"):
        reader.post("preferences/", {"token": token, "locale": locale})
        if goes == "alone":
            Contact.objects.all().read_again()
        chimp.push()
        assert chimp.there.member(ADA).language == locale


def test_who_comes_back_keeps_their_variant(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly", locale="fr")
    chimp.push()
    speaks_there(chimp, "fr_CA")
    chimp.double.staff_unsubscribes(chimp.id, ADA)
    chimp.settle()
    chimp.double.clock.go_on(timedelta(seconds=-120))
    reader.subscribe("weekly", locale="fr")
    chimp.settle()
    assert chimp.there.member(ADA).language == "fr_CA"
