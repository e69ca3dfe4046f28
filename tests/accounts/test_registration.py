"""From nothing to an account that is logged in."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.users.models import UserProfile

from accounts.models import AccountSettings, MediaAccount, User
from home.models import Mail
from tests.accounts.conftest import Person, code_sent, last_mail

pytestmark = pytest.mark.django_db


def test_code_of_the_mail_makes_an_account(person: Person) -> None:
    answer = person.register()
    assert answer.status_code == 401, answer.content
    assert {"id": "verify_email", "is_pending": True} in answer.json()["data"]["flows"]
    answer = person.ask("POST", "auth/email/verify", {"key": code_sent()})
    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["user"]["email"] == "ana@press.example"
    account = MediaAccount.objects.get()
    assert (account.name, account.level) == ("Ana Duarte", "registered")
    assert person.ask("GET", "auth/session").status_code == 200
    other = Person(person.client).begin()
    assert other.log_in().status_code == 200


def test_known_address_is_answered_like_a_new_one(person: Person) -> None:
    fresh = person.register()
    person.ask("POST", "auth/email/verify", {"key": code_sent()})
    other = Person(person.client, address="198.51.100.9").begin()
    known = other.register()
    assert known.status_code == fresh.status_code == 401
    assert known.json()["data"] == fresh.json()["data"]
    assert last_mail() == "account_exists"
    cache.clear()
    assert other.ask("POST", "auth/email/verify/resend").status_code == 200
    assert [mail.template for mail in Mail.objects.order_by("pk")][1:] == ["account_exists"] * 2
    assert MediaAccount.objects.confirmed().count() == 1


def test_every_broken_rule_of_a_password_is_told(person: Person) -> None:
    person.language = "fr"
    told = person.register(password="ana press").json()["errors"]
    assert {one["code"] for one in told} >= {"password_too_short", "password_has_space", "password_no_upper"}


def test_at_most_three_codes_are_tried(person: Person) -> None:
    person.register()
    code = code_sent()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(3):
        assert person.ask("POST", "auth/email/verify", {"key": wrong}).status_code == 400
    assert person.ask("POST", "auth/email/verify", {"key": code}).status_code == 409


def test_next_comes_back(person: Person, settings: Any) -> None:
    settings.FRONTEND_ORIGINS = ["https://www.openseas.example"]
    assert person.register(next="https://evil.example/").json()["errors"][0]["param"] == "next"
    assert person.register(next="https://www.openseas.example/videos/?a=b").status_code == 401
    answer = person.ask("POST", "auth/email/verify", {"key": code_sent()})
    assert answer.json()["meta"]["next"] == "https://www.openseas.example/videos/?a=b"


def test_reset(person: Person) -> None:
    person.register()
    person.ask("POST", "auth/email/verify", {"key": code_sent()})
    other = Person(person.client, address="198.51.100.7").begin()
    assert other.ask("POST", "auth/password/request", {"email": "ANA@press.example", "next": "/v"}).status_code == 401
    assert last_mail() == "reset_code"
    told = other.ask("POST", "auth/password/reset", {"key": code_sent(), "password": "Harbour-Light-92"})
    assert told.status_code == 401, told.content
    assert told.json()["meta"]["next"] == "/v"
    assert last_mail() == "password_changed"
    assert person.ask("GET", "auth/session").status_code in (401, 410)
    assert other.log_in(password="Harbour-Light-92").status_code == 200


def test_staff_are_told_of_new_accounts_in_their_own_language(person: Person) -> None:
    for name, language in (("paule", "fr"), ("pat", "")):
        user = User.objects.create_user(name, email=f"{name}@openseas.example")
        UserProfile.objects.create(user=user, preferred_language=language)
    AccountSettings.objects.create(told_by_mail="Paule@openseas.example\npat@openseas.example\ndesk@openseas.example")
    person.language = "fr"
    person.register()
    person.ask("POST", "auth/email/verify", {"key": code_sent()})
    told = dict(Mail.objects.filter(template="new_account").values_list("to", "language"))
    assert told == {"Paule@openseas.example": "fr", "pat@openseas.example": "en", "desk@openseas.example": "en"}


@pytest.mark.parametrize("flow", ["auth/signup", "auth/password/request"])
def test_known_and_new_addresses_ask_the_same_of_the_database(flow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.login.gate.time.sleep", lambda _seconds: None)
    Person().enter("known@press.example")
    numbers = []
    for number, email in enumerate(["known@press.example", "new@press.example"] * 2):
        person = Person(address=f"203.0.113.{number}").begin()
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            told = person.register(email) if flow == "auth/signup" else person.ask("POST", flow, {"email": email})
        assert told.status_code == 401
        numbers.append([query["sql"].split(" ")[0] for query in asked])
    assert sorted(numbers[2]) == sorted(numbers[3])
