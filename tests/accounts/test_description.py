"""`/_allauth/openapi.json` says what we ask and answer, and not only what allauth does."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV30SpecValidator
from redis.exceptions import RedisError

from tests.accounts.conftest import Person, code_sent

pytestmark = pytest.mark.django_db
FLOWS = "/_allauth/{client}/v1/"


@pytest.fixture(scope="module")
def description() -> Any:
    return Client().get("/_allauth/openapi.json").json()


def resolved(part: Any, description: Any) -> Any:
    """What a reference leads to."""
    while "$ref" in part:
        found = description
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def properties(schema: Any, description: Any) -> dict[str, Any]:
    """Every field that a schema names, in whichever of its parts."""
    schema = resolved(schema, description)
    fields = dict(schema.get("properties", {}))
    for part in [one for word in ("allOf", "oneOf", "anyOf") for one in schema.get(word, [])]:
        for name, field in properties(part, description).items():
            fields[name] = {"anyOf": [fields[name], field]} if name in fields else field
    return fields


def unnamed(value: Any, schema: Any, description: Any, path: str = "") -> Iterator[str]:
    """Fields of an answer that its schema does not name."""
    if isinstance(value, dict):
        known = properties(schema, description)
        for name, field in value.items():
            if name in known:
                yield from unnamed(field, known[name], description, f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif isinstance(value, list) and (items := resolved(schema, description).get("items")):
        for entry in value:
            yield from unnamed(entry, items, description, path)


def check(answer: Any, flow: str, description: Any) -> Any:
    """The content of an answer to a `POST`, every field of which the description names."""
    responses = description["paths"][FLOWS + flow]["post"]["responses"]
    told = resolved(responses[str(answer.status_code)], description)
    assert set(told.get("headers", {})) <= set(answer.headers)
    content = answer.json()
    assert list(unnamed(content, told["content"]["application/json"]["schema"], description)) == []
    return content


def test_description_is_valid_and_shown(description: Any) -> None:
    OpenAPIV30SpecValidator(description).validate()
    page = Client().get("/_allauth/docs")
    assert "/_allauth/openapi.json" in page.content.decode()
    assert "default-src 'none'" in page["Content-Security-Policy"]


UNUSED = ("account/phone", "auth/phone/verify", "auth/phone/verify/resend", "auth/code/confirm", "tokens/refresh")


def test_what_nobody_can_use_is_not_there(person: Person, description: Any) -> None:
    assert not [path for path in description["paths"] if path.endswith(UNUSED)]
    person.enter()
    asked = [(method, flow) for method in ("GET", "POST", "DELETE") for flow in UNUSED]
    assert {person.ask(method, flow, {"phone": "+33123456789"}).status_code for method, flow in asked} == {404}


def test_registration_and_login_ask_and_answer_as_described(person: Person, description: Any) -> None:
    sent = {"email", "password", "name", "organisation", "country", "kind", "language", "accepts", "next"}
    for flow, fields in {"auth/signup": sent, "auth/login": {"email", "password", "next"}}.items():
        body = description["paths"][FLOWS + flow]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert set(properties(body, description)) == fields
    check(person.register(next="/videos/"), "auth/signup", description)
    wrong = person.ask("POST", "auth/email/verify", {"key": "12345"})
    check(wrong, "auth/email/verify", description)
    told = check(person.ask("POST", "auth/email/verify", {"key": code_sent()}), "auth/email/verify", description)
    assert told["meta"]["next"] == "/videos/"
    again = person.ask("POST", "auth/email/verify", {"key": "123456"})
    assert again.status_code == 409
    check(again, "auth/email/verify", description)
    other = Person(person.client, address="203.0.113.9").begin()
    check(
        other.ask("POST", "auth/password/request", {"email": "ana@press.example", "next": "/"}),
        "auth/password/request",
        description,
    )
    reset = other.ask("POST", "auth/password/reset", {"key": code_sent(), "password": "Harbour-Light-92"})
    assert check(reset, "auth/password/reset", description)["meta"]["next"] == "/"
    other = Person(person.client, address="198.51.100.9").begin()
    assert (
        check(other.log_in(password="Harbour-Light-92", next="/clips/"), "auth/login", description)["meta"]["next"]
        == "/clips/"
    )


def test_answers_of_the_gate_are_described(person: Person, description: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _try in range(6):
        answer = person.log_in(password="Wrong-Guess-1")
        check(answer, "auth/login", description)
    assert answer.status_code == 429
    monkeypatch.setattr("accounts.limits.Limit.hit", nobody_counts)
    answer = person.log_in()
    assert answer.status_code == 503
    check(answer, "auth/login", description)


def nobody_counts(*_asked: Any) -> int:
    raise RedisError
