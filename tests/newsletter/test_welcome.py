"""The mail that welcomes somebody: not before Mailchimp writes to them."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from newsletter import tasks
from newsletter.links import leave_token
from newsletter.models import NewsletterList, SignUp, Subscriber
from tests.newsletter.conftest import ADA, Chimp, Reader, last_mail, mails

pytestmark = pytest.mark.django_db


def welcomes() -> int:
    return sum(mail.template == "newsletter_welcome" for mail in mails())


def comes_back(reader: Reader, chimp: Chimp, *, has_left: str) -> None:
    """Somebody who had left confirms once more; the mail of the first time is forgotten."""
    token = reader.subscribe("weekly")
    chimp.push()
    chimp.double.clock.go_on(timedelta(seconds=-60))
    if has_left == "there":
        chimp.double.person_unsubscribes(chimp.id, ADA)
    else:
        reader.post("subscriptions/unsubscribe/", {"token": token})
    chimp.settle()
    for mail in mails():
        mail.delete()
    reader.subscribe("weekly")


def test_whom_mailchimp_holds_is_welcomed_when_they_have_confirmed_there(reader: Reader, chimp: Chimp) -> None:
    comes_back(reader, chimp, has_left="there")
    assert welcomes() == 0
    tasks.push_contacts(chimp.audience.pk)
    assert chimp.status() == "pending"
    tasks.compare()
    assert welcomes() == 0
    chimp.double.person_confirms(chimp.id, ADA)
    tasks.compare()
    tasks.compare()
    assert welcomes() == 1
    assert "The week at sea" in last_mail().text


def test_who_confirms_while_mailchimp_holds_them_is_not_welcomed(reader: Reader, chimp: Chimp) -> None:
    comes_back(reader, chimp, has_left="there")
    chimp.push()
    reader.subscribe("weekly")
    tasks.push_contacts(chimp.audience.pk)
    assert chimp.status() == "pending"
    assert welcomes() == 0


def test_who_left_here_is_welcomed_as_soon_as_mailchimp_has_them_again(reader: Reader, chimp: Chimp) -> None:
    comes_back(reader, chimp, has_left="here")
    tasks.push_contacts(chimp.audience.pk)
    assert chimp.status() == "subscribed"
    assert welcomes() == 1


def test_nobody_is_welcomed_to_what_they_left_before_mailchimp_had_them_again(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList
) -> None:
    chimp.keep(press, "Morning")
    comes_back(reader, chimp, has_left="here")
    reader.subscribe("press")
    token = leave_token(Subscriber.objects.get(), weekly)
    assert reader.post("subscriptions/unsubscribe/", {"token": token}).status_code == 204
    tasks.push_contacts(chimp.audience.pk)
    assert chimp.groups() == {"Morning"}
    assert welcomes() == 1
    assert "The week at sea" not in last_mail().text


def test_who_never_confirms_there_is_not_welcomed_later(reader: Reader, chimp: Chimp) -> None:
    comes_back(reader, chimp, has_left="there")
    tasks.push_contacts(chimp.audience.pk)
    SignUp.objects.update(confirmed_at=Now() - timedelta(days=8))
    tasks.forget_sign_ups()
    assert not SignUp.objects.filter(waits_for_welcome=True).exists()
    assert SignUp.objects.filter(confirmed_at__isnull=False).count() == 2


def test_whom_mailchimp_refuses_is_not_welcomed_though_nobody_heard_of_it(reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    chimp.double.staff_deletes_permanently(chimp.id, ADA)
    for mail in mails():
        mail.delete()
    reader.subscribe("weekly")
    tasks.push_contacts(chimp.audience.pk)
    assert welcomes() == 0


def test_a_list_that_is_kept_nowhere_welcomes_at_once(reader: Reader, chimp: Chimp, press: NewsletterList) -> None:
    reader.subscribe("press")
    assert welcomes() == 1
