"""An address is nobody's until a code came back: who registers with another's gets, learns and keeps nothing."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import MediaAccount, User
from accounts.tasks import forget_logins
from tests.accounts.conftest import PASSWORD, Person, code_sent, confirmed, last_mail

pytestmark = pytest.mark.django_db
OTHER = "Harbour-Light-92"


@pytest.fixture
def stranger() -> Person:
    """Somebody who registered with an address that is not his."""
    person = Person(address="203.0.113.5").begin()
    assert person.register(password=OTHER, name="Eve").status_code == 401
    return person


def test_owner_of_an_address_registers_though_a_stranger_did_before(person: Person, stranger: Person) -> None:
    assert person.register().status_code == 401
    assert last_mail() == "registration_code"
    assert person.ask("POST", "auth/email/verify", {"key": code_sent()}).status_code == 200
    assert MediaAccount.objects.get().name == "Ana Duarte"
    assert Person(person.client).begin().log_in().status_code == 200
    assert stranger.log_in(password=OTHER).status_code == 400
    assert stranger.ask("POST", "auth/email/verify", {"key": code_sent()}).status_code in (400, 409)


def test_reset_makes_nobody_the_owner_of_what_a_stranger_registered(person: Person, stranger: Person) -> None:
    assert person.ask("POST", "auth/password/request", {"email": "ana@press.example"}).status_code == 401
    assert last_mail() == "reset_unknown"
    told = person.ask("POST", "auth/password/reset", {"key": code_sent(), "password": PASSWORD})
    assert told.status_code == 400, told.content
    assert User.objects.get(is_media=True).media_email is None


def test_login_of_who_only_registered_does_not_tell_that_the_address_was_free(person: Person) -> None:
    confirmed("known@press.example")
    answers = []
    for email in ("known@press.example", "new@press.example"):
        person.register(email, OTHER)
        told = Person(person.client).begin().log_in(email, OTHER)
        answers.append((told.status_code, told.json()["errors"]))
    assert answers[0] == answers[1]


def test_registrations_and_sessions_that_ended_are_forgotten(stranger: Person) -> None:
    confirmed("kept@press.example")
    forget_logins()
    assert MediaAccount.objects.count() == 2
    MediaAccount.objects.update(registered_at=timezone.now() - timedelta(days=8))
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    forget_logins()
    assert [account.user.media_email for account in MediaAccount.objects.all()] == ["kept@press.example"]
    assert not Session.objects.exists()
