"""Whatever `/_allauth/` refuses is told in French to who reads French: in words, and set as French is."""

import re
from typing import Any

import pytest

from tests.accounts.conftest import FACTS, PASSWORD, Person, code_sent

pytestmark = pytest.mark.django_db

NOBODY: list[tuple[str, str, Any]] = [
    ("POST", "auth/login", {}),
    ("POST", "auth/login", {"email": "bent", "password": "x"}),
    ("POST", "auth/login", {"email": "ana@press.example", "password": "Wrong-Guess-1"}),
    ("POST", "auth/signup", {}),
    ("POST", "auth/signup", {**FACTS, "email": "bent", "password": "a a", "country": "XX", "kind": "bent", "name": 7}),
    ("POST", "auth/signup", {**FACTS, "email": "ana@press.example", "password": "Password123!", "name": "x" * 200}),
    ("POST", "auth/password/request", {"email": "bent"}),
    ("POST", "auth/webauthn/login", {"credential": {}}),
    ("POST", "auth/login", {"email": "a@b.example", "password": "x", "next": "//evil.example"}),
]
OWNER: list[tuple[str, str, Any]] = [
    ("POST", "account/email", {"email": "ana@press.example"}),
    ("PUT", "account/email", {"email": "other@press.example"}),
    ("PATCH", "account/email", {"email": "other@press.example", "primary": True}),
    ("DELETE", "account/email", {"email": "ana@press.example"}),
    ("POST", "account/password/change", {"current_password": "x", "new_password": "motdepasse"}),
    ("POST", "auth/reauthenticate", {"password": "Wrong-Guess-1"}),
    ("POST", "account/authenticators/totp", {"code": "123"}),
    ("POST", "account/authenticators/recovery-codes", {}),
    ("POST", "account/authenticators/webauthn", {"name": "Key", "credential": {}}),
    ("DELETE", "account/authenticators/webauthn", {"authenticators": [1]}),
    ("DELETE", "auth/sessions", {"sessions": [0]}),
]


def said(answer: Any) -> list[str]:
    """The sentences of a refusal, without what somebody sent."""
    assert answer.status_code == 400, answer.content
    return [one["message"] for one in answer.json()["errors"]]


def is_french(sentence: str, english: list[str]) -> bool:
    """Translated, with French apostrophes and quotes, and spaces that do not break before what stands high."""
    return sentence not in english and not re.search(r"""['"“”]| [:;?!»]|« """, sentence)


def refused(method: str, flow: str, body: Any, language: str, *, owner: bool) -> list[str]:
    person = Person("app", language=language)
    if owner:
        person.enter(f"ana-{language}@press.example")
        person.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
        body = {name: own(value, language) for name, value in body.items()}
    return said(person.ask(method, flow, body))


def own(value: Any, language: str) -> Any:
    """The address of whoever asks."""
    return f"ana-{language}@press.example" if value == "ana@press.example" else value


@pytest.mark.parametrize(("method", "flow", "body"), [*NOBODY, *OWNER])
def test_refusals_are_in_french(method: str, flow: str, body: Any) -> None:
    is_owner = (method, flow, body) in OWNER
    english = refused(method, flow, body, "en", owner=is_owner)
    french = refused(method, flow, body, "fr", owner=is_owner)
    assert len(french) == len(english) > 0
    assert [sentence for sentence in french if not is_french(sentence, english)] == []


def test_codes_that_are_wrong_are_told_so_in_french() -> None:
    person = Person("app", language="fr")
    person.register()
    assert said(person.ask("POST", "auth/email/verify", {"key": "12345"})) == ["Code incorrect."]
    person.ask("POST", "auth/email/verify", {"key": code_sent()})
    other = Person("app", "198.51.100.9", language="fr")
    other.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    assert said(other.ask("POST", "auth/password/reset", {"key": "12345", "password": PASSWORD})) == ["Code incorrect."]
