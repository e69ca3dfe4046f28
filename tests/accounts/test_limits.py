"""What is counted, by what, and what is not. Through the public API alone."""

import time
from threading import BoundedSemaphore
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.test import Client
from django_redis import get_redis_connection

from accounts.login import gate
from tests.accounts.conftest import PASSWORD, Person, code_sent, confirmed, last_mail

pytestmark = pytest.mark.django_db
STRANGER = "203.0.113.5"


def test_tries_of_a_stranger_that_are_refused_lock_nobody_else_out(person: Person) -> None:
    confirmed()
    stranger = Person(address=STRANGER).begin()
    assert [stranger.log_in(password=f"Wrong-Guess-{number}").status_code for number in range(65)].count(429) == 60
    assert person.log_in().status_code == 200


@pytest.mark.parametrize("flow", ["auth/signup", "auth/password/request"])
def test_a_strangers_flood_of_requests_leaves_the_owner_his_code(person: Person, flow: str) -> None:
    stranger = Person(address=STRANGER).begin()
    answers = [
        stranger.register() if flow == "auth/signup" else stranger.ask("POST", flow, {"email": "ana@press.example"})
        for _ in range(60)
    ]
    assert [answer.status_code for answer in answers] == [401] + [429] * 59
    assert person.register().status_code == 401
    assert last_mail() == "registration_code"


def test_right_passwords_are_no_guesses() -> None:
    confirmed()
    assert {Person("app").log_in().status_code for _ in range(61)} == {200}


def test_forms_that_are_refused_are_no_registrations(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("accounts.login.gate.time.sleep", slept.append)
    assert {person.register(password="short").status_code for _ in range(8)} == {400}
    assert slept == []
    assert person.register().status_code == 401
    assert len(slept) == 1


def test_only_some_may_register_at_the_same_moment(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "EVENING", BoundedSemaphore(1))
    with gate.evening():
        refused = person.register()
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert person.register().status_code == 401


@pytest.mark.parametrize("address", ["ana@press.example", "new@press.example"])
def test_first_new_code_has_to_wait_too_and_tells_nothing(person: Person, address: str) -> None:
    Person(address=STRANGER).enter()
    assert person.register(address).status_code == 401
    refused = person.ask("POST", "auth/email/verify/resend")
    assert (refused.status_code, 0 < int(refused["Retry-After"]) <= 31) == (429, True)
    again = person.ask("POST", "auth/password/request", {"email": address})
    assert again.status_code == 429


def test_new_code_has_to_wait_whatever_address_the_body_names(person: Person) -> None:
    assert person.register().status_code == 401
    for number in range(3):
        asked = {"email": f"other-{number}@press.example"}
        assert person.ask("POST", "auth/email/verify/resend", asked).status_code == 429


def test_new_password_that_breaks_a_rule_is_no_guess(person: Person) -> None:
    person.enter()
    short = {"current_password": PASSWORD, "new_password": "short"}
    answers = [person.ask("POST", "account/password/change", short).status_code for _ in range(8)]
    assert answers == [400] * 8
    wrong = short | {"current_password": "Wrong-Guess-1"}
    answers = [person.ask("POST", "account/password/change", wrong).status_code for _ in range(7)]
    assert answers == [400] * 5 + [429] * 2


def test_address_that_an_account_changes_to_gets_no_flood_of_codes(person: Person) -> None:
    person.enter()
    person.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    told = [person.ask("POST", "account/email", {"email": "other@press.example"}).status_code for _ in range(3)]
    assert told == [200, 429, 429]
    assert person.ask("PUT", "account/email", {"email": "other@press.example"}).status_code == 429


def test_second_factors_are_counted_for_the_account_whatever_the_session() -> None:
    account = Person().enter().account
    Authenticator.objects.create(
        user=account.user, type="totp", data={"secret": get_adapter().encrypt("JBSWY3DPEHPK3PXP")}
    )
    answers = []
    for _ in range(6):
        person = Person("app")
        assert person.log_in().status_code == 401
        answers.append(person.ask("POST", "auth/2fa/authenticate", {"code": "123"}).status_code)
    assert answers == [400] * 5 + [429]


@pytest.mark.parametrize("address", ["ü" * 30_000 + ".example", "a@" + "ü" * 15_000, "a@" + "ﷺ" * 250, "a" * 60_000])
def test_endless_addresses_cost_nothing(person: Person, address: str) -> None:
    began = time.monotonic()
    assert {person.register(address).status_code, person.log_in(address).status_code} <= {400, 413}
    assert time.monotonic() - began < 2
    assert max(map(len, get_redis_connection("default").keys("*")), default=0) < 200


def test_body_that_is_too_long_is_refused(person: Person) -> None:
    assert person.log_in("a" * 70_000).status_code == 413


@pytest.mark.parametrize(
    ("flow", "body"),
    [
        ("auth/login", '{"email": "ana@press.example", "password": "\\ud800"}'),
        ("auth/login", '{"email": "\\ud800@press.example", "password": "x"}'),
        ("auth/signup", '{"name": "\\udfff"}'),
        ("account/password/change", '{"current_password": "\\ud800", "new_password": "\\ud800"}'),
        ("auth/login", '{"email": ' + "[" * 20_000 + "]" * 20_000 + "}"),
        ("auth/login", "[" * 399 + "]" * 399),
        ("auth/login", b'{"email": "\xff"}'.decode("latin-1")),
    ],
)
def test_what_is_no_text_is_refused(person: Person, flow: str, body: str) -> None:
    person.enter()
    assert person.ask("POST", flow, body).status_code in (400, 409)


@pytest.mark.parametrize("address", ['"ana"@press.example', '"\\ana"@press.example'])
def test_address_in_quotes_is_none(person: Person, address: str) -> None:
    told = person.register(address)
    assert (told.status_code, told.json()["errors"][0]["param"]) == (400, "email")
    assert person.ask("POST", "auth/password/request", {"email": address}).status_code == 400
    assert person.api("POST", "newsletter/sign-ups/", {"email": address, "lists": ["x"]}).status_code in (404, 422)


def test_long_wait_is_told_in_minutes() -> None:
    confirmed()
    person = Person().begin()
    for number in range(5):
        person.log_in(password=f"Wrong-Guess-{number}")
    assert person.log_in(password=PASSWORD).json()["errors"][0]["message"] == "Too many tries. Try again in 5 minutes."


def test_code_that_was_right_is_none_of_the_guesses(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr("accounts.limits.Limit.give_back", lambda limit, key: given.append(limit.name))
    person.register()
    person.ask("POST", "auth/email/verify", {"key": code_sent()})
    assert given == ["codes by session", "codes by client"]


def flows() -> list[str]:
    """What stands behind `/_allauth/app/v1/`, every path."""
    described = Client().get("/_allauth/openapi.json").json()["paths"]
    return [path.split("/v1/")[1] for path in described if "{client}" in path]


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "PROPFIND"])
def test_no_method_passes_by_the_limits(method: str, person: Person) -> None:
    confirmed()
    body = {"email": "ana@press.example", "password": PASSWORD}
    told = {(person.ask(method, flow, body).status_code, person.token) for flow in flows()}
    assert {status for status, _token in told} == {405}
    assert person.ask("GET", "auth/session").status_code == 401
    assert person.ask("OPTIONS", "auth/login", "[" * 60_000).status_code == 405
    assert {person.ask(other, "auth/login", body).status_code for other in ("PUT", "PATCH", "DELETE")} == {405}


def test_browsers_still_ask_whether_a_frontend_may(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://www.press.example"]
    asked = {"origin": "https://www.press.example", "access-control-request-method": "POST"}
    told = Client().options("/_allauth/app/v1/auth/login", headers=asked)
    assert (told.status_code, told["Access-Control-Allow-Origin"]) == (200, "https://www.press.example")
