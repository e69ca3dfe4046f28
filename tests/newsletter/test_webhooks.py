"""Mailchimp's webhooks: late, twice, lost, forged."""

import pytest
from django.test import Client

from newsletter.models import Contact
from newsletter.sync.reconciling import reconcile
from tests.newsletter.conftest import ADA, SECRET, Chimp, Reader

pytestmark = pytest.mark.django_db


def test_a_lost_webhook_is_made_up_for(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.webhooks.drop()
    healed = reconcile(chimp.audience)
    assert reader.gets(token) == []
    assert healed["unsubscribed here"] == 1


def test_webhooks_may_come_twice_and_in_another_order(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.person_unsubscribes(chimp.id, ADA)
    chimp.double.person_signs_up(chimp.id, ADA, interests={chimp.there.interest("Weekly"): True})
    first, *others = chimp.double.webhooks.held
    chimp.double.webhooks.deliver(*others, first, first)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert reader.gets(token) == ["weekly"]


@pytest.mark.parametrize("secret", ["wrong", "", "sea-and-sal", "é"])
def test_a_forged_webhook_finds_nobody(chimp: Chimp, secret: str) -> None:
    form = {"type": "unsubscribe", "data[list_id]": chimp.id, "data[email]": ADA}
    assert Client().post(f"/hooks/mailchimp/{secret}/", form).status_code == 404
    assert not Contact.objects.exists()


def test_a_forged_webhook_with_the_right_secret_cannot_unsubscribe_anybody(reader: Reader, chimp: Chimp) -> None:
    token = reader.subscribe("weekly")
    chimp.push()
    form = {"type": "unsubscribe", "data[list_id]": chimp.id, "data[email]": ADA}
    assert Client().post(f"/hooks/mailchimp/{SECRET}/", form).status_code == 200
    chimp.push()
    assert reader.gets(token) == ["weekly"]


@pytest.mark.parametrize("kind", ["campaign", "something new", ""])
def test_a_webhook_that_concerns_nobody_is_taken_all_the_same(chimp: Chimp, kind: str) -> None:
    form = {"type": kind, "data[list_id]": chimp.id, "data[id]": "42694e9e57", "data[status]": "sent"}
    assert Client().post(f"/hooks/mailchimp/{SECRET}/", form).status_code == 200
    assert not Contact.objects.exists()


@pytest.mark.parametrize("said", [{"data[list_id]": "\0"}, {"type": "campaign", "data[id]": "\0"}])
def test_a_webhook_that_says_what_cannot_be_has_no_effect(chimp: Chimp, said: dict[str, str]) -> None:
    form = {"type": "subscribe", "data[list_id]": chimp.id, "data[email]": ADA} | said
    assert Client().post(f"/hooks/mailchimp/{SECRET}/", form).status_code == 200
    assert not Contact.objects.exists()


def test_mailchimp_can_check_the_address(chimp: Chimp) -> None:
    assert Client().get(f"/hooks/mailchimp/{SECRET}/").status_code == 200
    assert Client().get("/hooks/mailchimp/wrong/").status_code == 404
