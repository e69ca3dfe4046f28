"""Guessing editors' passwords at the admin's door, and asking for another one."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from accounts import limits
from accounts.login import editors
from accounts.login.devices import COOKIE
from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> User:
    user = make_editor("Senior editors")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def valkey_is_away(settings: Any) -> Iterator[None]:
    """Nothing listens there."""
    settings.LIMITS_STORAGE = "redis://127.0.0.1:1/0"
    limits._limiter.cache_clear()
    limits._alone.cache_clear()
    yield
    limits._limiter.cache_clear()


def log_in(user: User, password: str = PASSWORD, address: str = "192.0.2.1") -> Any:
    sent = {"username": user.username, "password": password}
    return Client().post("/admin/login/", sent, REMOTE_ADDR=address, headers={"accept-language": "en"})


def test_who_guesses_an_editors_password_is_told_how_long_to_wait(editor: User) -> None:
    answers = [log_in(editor, f"Wrong-Guess-{number}").content.decode() for number in range(70)]
    assert not any("Too many tries" in answer for answer in answers[:5])
    assert all("Too many tries. Try again in" in answer for answer in answers[5:])
    assert "Too many tries" in log_in(editor).content.decode()
    assert log_in(editor, address="203.0.113.5").status_code == 302


def test_right_passwords_of_editors_are_no_guesses(editor: User) -> None:
    assert {log_in(editor).status_code for _ in range(8)} == {302}


def test_strangers_with_many_networks_keep_no_editor_from_where_he_logged_in_before(editor: User) -> None:
    sent = {"username": editor.username, "password": PASSWORD}
    device = Client()
    assert device.post("/admin/login/", sent).status_code == 302
    cookie = device.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/login/", True, "Lax")
    while not editors.NAME.hit(editor.username.casefold()):
        pass
    assert "Too many tries" in log_in(editor, address="203.0.113.5").content.decode()
    again = Client()
    again.cookies[COOKIE] = cookie.value
    guesses = [again.post("/admin/login/", sent | {"password": "Wrong-Guess-1"}).content.decode() for _ in range(4)]
    assert not [guess for guess in guesses if "Too many tries" in guess]
    assert again.post("/admin/login/", sent).status_code == 302
    editor.set_password("Harbour-Light-92")
    editor.save()
    assert "Too many tries" in again.post("/admin/login/", sent | {"password": "Harbour-Light-92"}).content.decode()


@pytest.mark.usefixtures("valkey_is_away")
def test_editors_log_in_though_valkey_is_away_and_guesses_are_counted(editor: User) -> None:
    assert log_in(editor).status_code == 302
    for number in range(4):
        log_in(editor, f"Wrong-Guess-{number}")
    assert "Too many tries" in log_in(editor).content.decode()


def ask_for_another(email: str, address: str = "192.0.2.1") -> Any:
    return Client().post(
        "/admin/password_reset/", {"email": email}, REMOTE_ADDR=address, headers={"accept-language": "en"}
    )


@pytest.fixture
def no_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers come when they are ready."""
    monkeypatch.setattr(editors, "RESET_TAKES", 0)


@pytest.mark.usefixtures("no_evening")
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_reset_of_an_editor_is_asked_for_six_times_from_one_network(editor: User, case: Any) -> None:
    answers = [ask_for_another(case(editor.email) if number % 2 else editor.email) for number in range(60)]
    assert [answer.status_code for answer in answers] == [302] * 6 + [200] * 54
    assert "Too many tries. Try again in" in answers[-1].content.decode()
    assert len(outbox.outbox) == 6
    assert ask_for_another(editor.email, "203.0.113.5").status_code == 302


@pytest.mark.usefixtures("no_evening")
def test_resets_are_counted_by_network_and_by_address(editor: User) -> None:
    guessed = [ask_for_another(f"editor-{number}@openseas.example").status_code for number in range(61)]
    assert guessed == [302] * 60 + [200]
    flooded = [ask_for_another(editor.email, f"203.0.113.{number}").status_code for number in range(31)]
    assert flooded == [302] * 30 + [200]
    assert len(outbox.outbox) == 30


def test_reset_answers_alike_for_editors_and_others(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editors, "RESET_TAKES", 0.05)
    told = []
    for email in (editor.email, "nobody@openseas.example"):
        began = time.monotonic()
        answers = [ask_for_another(email) for _ in range(7)]
        seconds = time.monotonic() - began
        assert seconds >= 6 * editors.RESET_TAKES
        told.append([(answer.status_code, answer.get("Location")) for answer in answers])
    assert told[0] == told[1]


@pytest.mark.usefixtures("no_evening")
def test_nobody_who_publishes_waits_for_who_asks_for_a_password(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.middleware.publishing", lambda _tree: pytest.fail("took the lock of the tree"))
    assert ask_for_another(editor.email).status_code == 302
    assert [message.to for message in outbox.outbox] == [[editor.email]]


@pytest.mark.usefixtures("valkey_is_away", "no_evening")
def test_editors_ask_for_another_password_though_valkey_is_away(editor: User) -> None:
    answers = [ask_for_another(editor.email).status_code for _ in range(7)]
    assert answers == [302] * 6 + [200]
