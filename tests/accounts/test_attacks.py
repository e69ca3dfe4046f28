"""What strangers try: guessing, racing, forging, replaying. Through the public API alone. `SOAK=1`: 1,000 at once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections

from tests.accounts.conftest import PASSWORD, Person, code_sent, confirmed, last_mail

SOAK = os.environ.get("SOAK", "0") != "0"
THREADS = 24
GUESSES = 1000 if SOAK else 200

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800 if SOAK else 120)]
MEDIA = settings.MEDIA_SESSION_COOKIE_NAME
OTHER = "Harbour-Light-92"


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The clock of codes goes on."""
    now = time.time
    monkeypatch.setattr("allauth.account.internal.flows.code_verification.time.time", lambda: now() + seconds)


def at_once(count: int, ask: Any) -> list[int]:
    """The statuses of so many requests at the same time, as many as there are threads."""

    def one(number: int) -> int:
        try:
            return int(ask(number).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_three_are_looked_at(person: Person) -> None:
    person.register()
    code = code_sent()
    guesses = [f"{(int(code) + 1 + number) % 1_000_000:06}" for number in range(GUESSES)]
    answers = at_once(GUESSES, lambda number: twin(person).ask("POST", "auth/email/verify", {"key": guesses[number]}))
    tell(answers)
    assert answers.count(400) <= 3
    assert set(answers) <= {400, 409, 429}
    assert person.ask("POST", "auth/email/verify", {"key": code}).status_code in (409, 429)


@pytest.mark.django_db(transaction=True)
def test_of_many_passwords_at_once_five_are_looked_at() -> None:
    confirmed()
    answers = at_once(GUESSES, lambda number: Person("app").log_in(password=f"Wrong-Guess-{number}"))
    tell(answers)
    assert answers.count(400) == 5
    assert set(answers) == {400, 429}
    assert Person("app").log_in().status_code == 429
    assert Person("app", address="203.0.113.5").log_in().status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_code_is_good_once_also_for_many_at_once(person: Person) -> None:
    confirmed()
    other = Person(person.client, address="198.51.100.9").begin()
    other.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    code = code_sent()
    answers = at_once(
        GUESSES // 5,
        lambda number: twin(other).ask("POST", "auth/password/reset", {"key": code, "password": f"{OTHER}-{number}"}),
    )
    tell(answers)
    assert answers.count(401) == 1, answers
    assert set(answers) <= {401, 409, 429}


def tell(answers: list[int]) -> None:
    """For who runs it by hand."""
    print(", ".join(f"{answers.count(status)} × {status}" for status in sorted(set(answers))))


def twin(person: Person) -> Person:
    """The same session, in another tab."""
    other = Person(person.client, person.address)
    other.token = person.token
    for name, cookie in person.http.cookies.items():
        other.http.cookies[name] = cookie.value
    return other


@pytest.mark.parametrize(("seconds", "is_good"), [(29 * 60 + 59, True), (30 * 60 + 1, False)])
def test_codes_are_good_for_half_an_hour(
    person: Person, seconds: int, is_good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.register()
    code = code_sent()
    later(monkeypatch, seconds)
    assert (person.ask("POST", "auth/email/verify", {"key": code}).status_code == 200) == is_good


@pytest.mark.parametrize(("seconds", "is_good"), [(29 * 60 + 59, True), (30 * 60 + 1, False)])
def test_codes_for_a_password_too(person: Person, seconds: int, is_good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed()
    other = Person(person.client, address="198.51.100.9").begin()
    other.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    code = code_sent()
    later(monkeypatch, seconds)
    told = other.ask("POST", "auth/password/reset", {"key": code, "password": OTHER})
    assert (told.status_code == 401) == is_good, told.content


def test_code_of_another_session_is_wrong(person: Person) -> None:
    person.register("ana@press.example")
    stranger = Person(person.client).begin()
    stranger.register("eve@press.example")
    assert stranger.ask("POST", "auth/email/verify", {"key": code_sent("ana@press.example")}).status_code == 400


def test_new_code_ends_the_one_before_and_comes_after_a_while(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.register()
    first = code_sent()
    assert person.ask("POST", "auth/email/verify/resend").status_code == 429
    cache.clear()
    assert person.ask("POST", "auth/email/verify/resend").status_code == 200
    second = code_sent()
    refused = person.ask("POST", "auth/email/verify/resend")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 31
    if first != second:
        assert person.ask("POST", "auth/email/verify", {"key": first}).status_code == 400
    assert person.ask("POST", "auth/email/verify", {"key": second}).status_code == 200


VARIANTS = [
    "ANA@PRESS.EXAMPLE",
    "ａｎａ@press.example",
    "ana@press。example",
    "ana@ｐｒｅｓｓ．example",
    " ana@press.example ",
]


@pytest.mark.parametrize("address", VARIANTS)
def test_one_address_is_one_account_and_one_limit(address: str) -> None:
    confirmed()
    assert Person().begin().log_in(address).status_code == 200
    guesser = Person(address="198.51.100.9").begin()
    for number in range(5):
        guesser.log_in(address if number % 2 else "ana@press.example", f"Wrong-Guess-{number}")
    assert guesser.log_in("ana@press.example").status_code == 429
    other = Person(address="203.0.113.5").begin()
    assert other.register(address).status_code == 401
    assert last_mail() == "account_exists"


def test_who_guesses_is_told_how_long_to_wait_and_locks_out_nobody_else(person: Person) -> None:
    confirmed()
    for number in range(5):
        assert person.log_in(password=f"Wrong-Guess-{number}").status_code == 400
    person.language = "fr"
    refused = person.log_in()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 301
    assert "minutes" in refused.json()["errors"][0]["message"]
    assert Person(address="203.0.113.5").begin().log_in().status_code == 200


def test_forged_client_addresses_do_not_help(person: Person) -> None:
    confirmed()
    answers = [
        person.ask(
            "POST",
            "auth/login",
            {"email": "ana@press.example", "password": f"Wrong-Guess-{number}"},
            x_forwarded_for=f"203.0.113.{number}, {person.address}",
        ).status_code
        for number in range(8)
    ]
    assert answers == [400] * 5 + [429] * 3


def test_session_of_before_is_not_that_of_after() -> None:
    confirmed()
    person = Person().begin()
    person.ask("POST", "auth/password/request", {"email": "nobody@press.example"})
    before = person.http.cookies[MEDIA].value
    assert person.log_in().status_code == 200
    after = person.http.cookies[MEDIA].value
    assert after != before
    person.http.cookies[MEDIA] = before
    assert person.ask("GET", "auth/session").status_code == 401


def test_made_up_session_key_is_not_taken(person: Person) -> None:
    confirmed()
    person.http.cookies[MEDIA] = person.token = "a" * 32
    person.log_in()
    person.http.cookies[MEDIA] = person.token = "a" * 32
    assert person.ask("GET", "auth/session").status_code in (401, 410)


def test_page_of_another_site_logs_nobody_in() -> None:
    confirmed()
    person = Person().begin()
    assert (
        person.ask(
            "POST", "auth/login", {"email": "ana@press.example", "password": PASSWORD}, x_csrftoken="x"
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    "address",
    [
        *("//evil.example", "\\\\evil.example", "/\\evil.example", "https://evil.example", "https:evil.example"),
        *(
            "https://www.openseas.example@evil.example/",
            "https://www.openseas.example.evil.example/",
            "javascript:alert(1)",
        ),
        *(
            "https://user:pass@www.openseas.example/",
            "/%0d%0aLocation:x\r\n",
            "///evil.example",
            "http://www.openseas.example/",
        ),
        *(
            "https://www.openseas.example:444/",
            "data:text/html,x",
            "videos/",
            "",
            " /videos/",
            "\t//evil.example",
            "/\t/evil.example",
        ),
    ],
)
def test_nobody_is_led_elsewhere(address: str, settings: Any) -> None:
    settings.FRONTEND_ORIGINS = ["https://www.openseas.example"]
    confirmed()
    told = Person().begin().log_in(next=address)
    assert told.status_code == 400, told.content
    assert told.json()["errors"][0]["param"] == "next"


def test_other_sessions_end_with_the_password(person: Person) -> None:
    confirmed()
    one, other = Person(person.client).begin(), Person(person.client).begin()
    assert one.log_in().status_code == other.log_in().status_code == 200
    told = one.ask("POST", "account/password/change", {"current_password": PASSWORD, "new_password": OTHER})
    assert told.status_code == 200, told.content
    assert last_mail() == "password_changed"
    assert one.ask("GET", "auth/session").status_code == 200
    assert other.ask("GET", "auth/session").status_code in (401, 410)
