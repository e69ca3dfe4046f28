"""Sessions: seen and ended by who has them, ended by time; second factors."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core.cache import cache

from accounts.models import MediaAccount, User
from accounts.wall import OPENED, media_session
from home.models import Mail
from tests.accounts.conftest import PASSWORD, Person, code_sent, confirmed, last_mail

pytestmark = pytest.mark.django_db


def code_of(secret: str) -> str:
    """Of now."""
    _before, now, _after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def test_sessions_are_listed_and_ended(person: Person) -> None:
    confirmed()
    one, other = Person(person.client).begin(), Person(person.client).begin()
    one.log_in()
    other.log_in()
    listed = one.ask("GET", "auth/sessions").json()["data"]
    assert len(listed) == 3
    ended = [row["id"] for row in listed if not row["is_current"]]
    assert one.ask("DELETE", "auth/sessions", {"sessions": ended}).status_code == 200
    assert other.ask("GET", "auth/session").status_code in (401, 410)
    assert one.ask("GET", "auth/session").status_code == 200


def test_session_ends_after_a_month_though_it_is_used(person: Person) -> None:
    confirmed()
    person.log_in()
    assert person.ask("GET", "auth/session").status_code == 200
    for row in Session.objects.all():
        session: Any = media_session(row.session_key)
        session[OPENED] = time.time() - 31 * 86_400
        session.save()
    assert person.ask("GET", "auth/session").status_code in (401, 410)


def test_second_factor_is_asked_for_also_after_a_reset(person: Person) -> None:
    confirmed()
    person.log_in()
    assert person.ask("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    secret = person.ask("GET", "account/authenticators/totp").json()["meta"]["secret"]
    assert person.ask("POST", "account/authenticators/totp", {"code": code_of(secret)}).status_code == 200
    kept = Authenticator.objects.get(type="totp")
    assert secret not in str(kept.data)
    other = Person(person.client, address="198.51.100.9").begin()
    other.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    other.ask("POST", "auth/password/reset", {"key": code_sent(), "password": "Harbour-Light-92"})
    pending = other.log_in(password="Harbour-Light-92")
    assert pending.status_code == 401
    assert "mfa_authenticate" in [flow["id"] for flow in pending.json()["data"]["flows"] if flow.get("is_pending")]
    for _ in range(5):
        assert other.ask("POST", "auth/2fa/authenticate", {"code": "123"}).status_code == 400
    assert other.ask("POST", "auth/2fa/authenticate", {"code": "123"}).status_code == 429


def test_second_factors_are_the_newsrooms_and_a_code_is_good_once(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    person = confirmed()
    person.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    told = person.ask("GET", "account/authenticators/totp", host="evil.example").json()["meta"]
    assert "ana%40press.example" in told["totp_url"]
    assert "issuer=Newsroom" in told["totp_url"]
    assert person.ask("POST", "account/authenticators/totp", {"code": code_of(told["secret"])}).status_code == 200
    options = person.ask("GET", "account/authenticators/webauthn", host="evil.example").json()["data"]
    key = options["creation_options"]["publicKey"]
    assert (key["rp"]["id"], key["user"]["name"]) == (settings.PASSKEY_DOMAIN, "ana@press.example")
    _before, _now, after = yield_hotp_counters_from_time()
    early = format_hotp_value(hotp_value(told["secret"], after))
    for status, written in ((200, early), (400, f"{early[:3]} {early[3:]}")):
        other = Person(address=f"198.51.100.{status % 250}").begin()
        assert other.log_in(next="/videos/").status_code == 401
        answer = other.ask("POST", "auth/2fa/authenticate", {"code": written})
        assert answer.status_code == status, answer.content
        # allauth forgets after one step; the code would be right for two more.
        cache.delete(f"allauth.mfa.totp.used?user={User.objects.get(is_media=True).pk}&code={early}")


def test_code_that_turned_the_app_on_logs_nobody_in(person: Person) -> None:
    confirmed()
    person.log_in()
    secret = person.ask("GET", "account/authenticators/totp").json()["meta"]["secret"]
    code = code_of(secret)
    # Who has to show once more who he is has not used it.
    assert person.ask("POST", "account/authenticators/totp", {"code": code}).status_code == 401
    person.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert person.ask("POST", "account/authenticators/totp", {"code": code}).status_code == 200
    other = Person(person.client).begin()
    assert other.log_in().status_code == 401
    assert other.ask("POST", "auth/2fa/authenticate", {"code": code}).status_code == 400
    assert person.ask("POST", "auth/2fa/reauthenticate", {"code": code}).status_code == 400


def test_next_comes_with_a_passkey(person: Person) -> None:
    answer = person.ask("POST", "auth/webauthn/login", {"next": "https://evil.example/", "credential": {}})
    assert [one["param"] for one in answer.json()["errors"]] == ["next"]


def test_address_is_changed_by_a_code_to_the_new_one(person: Person) -> None:
    confirmed()
    person.log_in()
    person.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    told = person.ask("POST", "account/email", {"email": "Ana.Duarte@press.example"})
    assert told.status_code == 200, told.content
    assert person.ask("POST", "auth/email/verify", {"key": code_sent("ana.duarte@press.example")}).status_code == 200
    assert last_mail() == "email_changed"
    other = Person(person.client, address="198.51.100.9").begin()
    assert other.log_in("ana@press.example").status_code == 400
    assert other.log_in("ana.duarte@press.example").status_code == 200


def test_who_changes_to_an_address_that_has_an_account_is_told_there_and_nowhere_else(person: Person) -> None:
    MediaAccount.objects.create_confirmed("bo@press.example", PASSWORD)
    confirmed()
    person.log_in()
    person.ask_for_address("free@press.example")
    free = person.ask("GET", "account/email").json()["data"]
    other = Person(person.client, address="198.51.100.9").begin()
    other.log_in()
    other.ask_for_address("bo@press.example")
    taken = other.ask("GET", "account/email").json()["data"]
    assert [{**one, "email": ""} for one in taken] == [{**one, "email": ""} for one in free]
    assert [mail.template for mail in Mail.objects.filter(to="bo@press.example")] == ["account_exists"]
    wrong = other.ask("POST", "auth/email/verify", {"key": "000000"})
    assert wrong.status_code == 400
