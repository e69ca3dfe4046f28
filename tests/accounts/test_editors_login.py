"""Guessing editors' passwords at the admin's door."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts import limits
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


@pytest.mark.usefixtures("valkey_is_away")
def test_editors_log_in_though_valkey_is_away_and_guesses_are_counted(editor: User) -> None:
    assert log_in(editor).status_code == 302
    for number in range(4):
        log_in(editor, f"Wrong-Guess-{number}")
    assert "Too many tries" in log_in(editor).content.decode()
