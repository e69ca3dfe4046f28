"""What changes how somebody logs in, or reaches beyond his session, asks him once more who he is."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts.models import MediaAccount
from accounts.wall import media_session
from tests.accounts.conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db
SENSITIVE: list[tuple[str, str, Any]] = [
    ("POST", "account/email", {"email": "other@press.example"}),
    ("GET", "account/authenticators/webauthn", None),
    ("DELETE", "account/authenticators/totp", None),
    ("GET", "account/authenticators/recovery-codes", None),
    ("POST", "account/authenticators/recovery-codes", {}),
]


@pytest.fixture
def holder(person: Person) -> Person:
    """Somebody with an authenticator app and recovery codes, who logged in an hour ago."""
    person.enter()
    secret = get_adapter().encrypt("x")
    for kind, data in (("totp", {"secret": secret}), ("recovery_codes", {"seed": secret, "used_mask": 0})):
        Authenticator.objects.create(user=person.account.user, type=kind, data=data)
    grow_old(3600)
    return person


def grow_old(seconds: int) -> None:
    """So long ago everybody logged in."""
    for row in UserSession.objects.all():
        session: Any = media_session(row.session_key)
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            login | {"at": time.time() - seconds} for login in session[AUTHENTICATION_METHODS_SESSION_KEY]
        ]
        session.save()


def asks_again(answer: Any) -> bool:
    """Whether an answer of `/_allauth/` wants the password, or a second factor."""
    return answer.status_code == 401 and "reauthenticate" in {flow["id"] for flow in answer.json()["data"]["flows"]}


@pytest.mark.parametrize(("method", "flow", "body"), SENSITIVE)
def test_address_and_second_factors_ask_once_more(holder: Person, method: str, flow: str, body: Any) -> None:
    assert asks_again(holder.ask(method, flow, body))
    assert holder.ask("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    answer = holder.ask(method, flow, body)
    assert answer.status_code == 200, answer.content


def test_passkeys_are_removed_by_who_showed_once_more_who_he_is(holder: Person) -> None:
    passkey = Authenticator.objects.create(user=holder.account.user, type="webauthn", data={"name": "Laptop"})
    remove = ("DELETE", "account/authenticators/webauthn", {"authenticators": [passkey.pk]})
    assert asks_again(holder.ask(*remove))
    holder.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    grow_old(600)
    assert asks_again(holder.ask(*remove))
    holder.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert holder.ask(*remove).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_sessions_elsewhere_are_ended_by_who_showed_a_moment_ago_who_he_is(holder: Person) -> None:
    Authenticator.objects.all().delete()
    other = Person(holder.client, "198.51.100.9").begin()
    other.log_in()
    grow_old(3600)
    ids = [row["id"] for row in holder.ask("GET", "auth/sessions").json()["data"] if not row["is_current"]]
    assert asks_again(holder.ask("DELETE", "auth/sessions", {"sessions": ids}))
    assert other.who()["account"]
    holder.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert holder.ask("DELETE", "auth/sessions", {"sessions": ids}).status_code == 200
    assert other.who()["account"] is None
    # His own ends whenever he likes.
    grow_old(3600)
    holder.ask("DELETE", "auth/session")
    assert holder.who()["account"] is None


def test_tokens_and_the_end_of_the_account_ask_once_more(holder: Person) -> None:
    ends = (timezone.now() + timedelta(days=30)).isoformat()
    order = {"name": "Archive", "scopes": ["account"], "expires_at": ends}
    assert holder.api("POST", "account/tokens/", order).status_code == 401
    assert holder.api("DELETE", "account/", {}).status_code == 422
    wrong = {"current_password": "Wrong-Guess-1", "new_password": "Harbour-Light-92"}
    assert holder.ask("POST", "account/password/change", wrong).status_code == 400
    holder.ask("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert holder.api("POST", "account/tokens/", order).status_code == 201
    assert holder.api("DELETE", "account/", {"password": PASSWORD}).status_code == 204
    assert not MediaAccount.objects.exists()
