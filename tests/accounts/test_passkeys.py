"""Passkeys that are broken are wrong ones, and nothing worse."""

import json
from typing import Any

import pytest

from tests.accounts.conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db

SOUND = {
    "id": "AAAA",
    "rawId": "AAAA",
    "type": "public-key",
    "clientExtensionResults": {},
    "response": {
        "clientDataJSON": "e30",
        "authenticatorData": "AAAA",
        "attestationObject": "oA",
        "signature": "AAAA",
        "userHandle": "MQ",
    },
}
BROKEN = [
    *({}, [], "x", 1, {"response": None}, {"response": []}, {"response": {"userHandle": {}}}),
    *(SOUND, SOUND | {"rawId": "!"}, SOUND | {"id": 1}, SOUND | {"type": "x"}, SOUND | {"response": {}}),
    *(
        SOUND | {"response": SOUND["response"] | {name: value}}  # type: ignore[operator]
        for name in ("clientDataJSON", "authenticatorData", "attestationObject", "userHandle")
        for value in (None, 1, "", "AA", "é", "gQ" * 9000, "eyJ0eXBlIjoxfQ")
    ),
]


@pytest.mark.parametrize("credential", BROKEN, ids=lambda one: json.dumps(one)[:40])
def test_broken_passkeys_are_wrong_ones(credential: Any) -> None:
    person = Person("app")
    person.ask("GET", "auth/webauthn/login")
    assert person.ask("POST", "auth/webauthn/login", {"credential": credential}).status_code == 400
    person.enter()
    person.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert person.ask("GET", "account/authenticators/webauthn").status_code == 200
    added = person.ask("POST", "account/authenticators/webauthn", {"name": "Key", "credential": credential})
    assert added.status_code == 400
    again = person.ask("POST", "auth/webauthn/reauthenticate", {"credential": credential})
    assert again.status_code == 400
