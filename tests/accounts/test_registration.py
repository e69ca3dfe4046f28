"""From nothing to an account that is logged in."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale
from wagtail.users.models import UserProfile

from accounts.guessing import is_like
from accounts.models import AccountSettings, MediaAccount, User
from home.models import Mail, SiteTexts
from newsletter.models import NewsletterList
from tests.accounts.conftest import PASSWORD, Person, code_sent, last_mail

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


def codes_for(password: str, language: str = "en", **facts: Any) -> set[str]:
    """Rules that a registration with this password breaks."""
    person = Person("app", language=language)
    return {one["code"] for one in person.register(password=password, **facts).json().get("errors", ())}


@pytest.mark.parametrize(
    "password",
    "Password123! Qwerty123456! Azertyuiop1! Motdepasse1! Welcome2026! P@ssw0rd1234 Aaaaaaaaaa1! Janvier-Hiver-26 "
    "B1envenue-2026 Zyxwvutsrq9!".split(),
)
def test_common_password_is_one_also_with_trimmings(password: str) -> None:
    assert codes_for(password) == {"password_too_common"}


@pytest.mark.parametrize(
    ("password", "email"),
    [
        ("Nora.Halle2-2026", "nora.halle2@press.example"),
        ("JMartin-2026!!", "jmartin@press.example"),
        ("Ana!Du@rte#2026", "bo@press.example"),
    ],
)
def test_password_is_not_like_the_person(password: str, email: str) -> None:
    assert codes_for(password, email=email) == {"password_too_similar"}


ENDLESS = ["ab" * 30_000, "Aa1-" + "ab" * 1_000, "1" * 60_000 + "a", "a" + "\u0301\u0316" * 12_000, "-" * 127 + "a"]


@pytest.mark.parametrize("password", ENDLESS, ids=range(len(ENDLESS)))
def test_endless_passwords_cost_nothing(password: str, person: Person) -> None:
    began = time.process_time()
    told = person.register("ab" * 30 + "@" + "ab" * 30 + ".example", password, name="abab " * 24)
    assert told.status_code in (400, 413)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("person", ["ab" * 127, "abab " * 50, "ﷺ" * 254, "".join(map(chr, range(97, 351)))])
@pytest.mark.parametrize("password", ["ab" * 64, "aabb" * 32, "ﷺ" * 128, "1@" * 63 + "ab", "abc" * 21 + "cab" * 21])
def test_comparing_takes_no_time_whatever_the_letters(password: str, person: str) -> None:
    began = time.process_time()
    is_like(password, person)
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize("language", ["en", "fr"])
def test_password_does_not_name_the_newsroom_in_any_language(language: str) -> None:
    for code, name in (("en", "Open Seas Newsroom"), ("fr", "Salle de presse du Grand Large")):
        locale, _made = Locale.objects.get_or_create(language_code=code)
        SiteTexts.objects.update_or_create(locale=locale, defaults={"name": name, "organisation": "Pacte Mérovane"})
    for password in ("OpenSeasNewsroom-7", "Merovane-Tide-77!", "Lantern-Large-77!"):
        assert codes_for(password, language) == {"password_has_our_name"}, password
    assert not codes_for("Une-Salle-Obscure-7", language)


@pytest.mark.parametrize("value", ["Ana\nDuarte", "Ana\u202eetraud", "Ana\x07", 7, ["Ana"], {"a": 1}, True])
def test_registration_takes_no_more_than_the_profile_does(value: Any) -> None:
    for field in ("name", "organisation"):
        told = Person("app").register(**{field: value})
        assert told.status_code == 400
        assert [one["param"] for one in told.json()["errors"]] == [field]


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


def test_newsletters_are_offered_to_who_has_registered_and_still_ask_to_confirm(person: Person) -> None:
    weekly = NewsletterList.objects.create(slug="weekly", name_en="The week at sea", name_fr="La semaine")
    person.register()
    told = person.ask("POST", "auth/email/verify", {"key": code_sent()}).json()
    address = told["meta"]["newsletters"]
    assert address == person.who()["newsletters"]
    offered = person.request("GET", urlsplit(address).path).json()
    assert [one["slug"] for one in offered["items"]] == ["weekly"]
    order = {"email": "ana@press.example", "lists": ["weekly"]}
    assert person.api("POST", "newsletter/subscriptions/", order).status_code == 202
    assert last_mail() == "newsletter_confirm"
    assert not weekly.subscriptions.exists()
    # A login, or another address, is no registration.
    assert "newsletters" not in Person(person.client).begin().log_in().json()["meta"]


def test_next_of_a_login_that_failed_does_not_come_back(person: Person) -> None:
    MediaAccount.objects.create_confirmed("ana@press.example", PASSWORD)
    assert person.log_in(password="Tide-and-Lantern-8", next="/videos/").status_code == 400
    assert "next" not in person.log_in().json()["meta"]
