"""Whoever logged in before is not locked out by strangers, however many networks they have."""

from typing import Any

import pytest
from django.core import signing

from accounts.login.devices import COOKIE, HEADER, SALT
from accounts.login.rules import ACTS
from tests.accounts.conftest import Person, code_sent, confirmed

pytestmark = pytest.mark.django_db
ANA, BO = "ana@press.example", "bo@press.example"


@pytest.fixture
def flooded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Uses up what an address has, from a hundred networks; as many as there are, without a hash for each."""
    limit = next(rule.limit for rule in ACTS["auth/login"].rules if rule.limit.name == "passwords by address")

    def flood(email: str) -> None:
        for _ in range(99):
            limit.hit(email)
        answers = [Person(address=f"203.0.113.{number}").begin().log_in(email, "Wrong-Guess-1") for number in (1, 2)]
        assert [answer.status_code for answer in answers] == [400, 429]

    return flood


class Device:
    """A browser or an app that keeps what it is known by, and nothing else."""

    def __init__(self, client: str, token: str = "") -> None:
        self.client, self.token = client, token

    def log_in(self, email: str = ANA, address: str = "192.0.2.7", **sent: str) -> Any:
        """The answer, in a session of its own."""
        person = Person(self.client, address).begin()
        headers = {}
        if self.client == "app" and self.token:
            headers[HEADER.lower()] = self.token
        elif self.token:
            person.http.cookies[COOKIE] = self.token
        answer = person.ask("POST", "auth/login", {"email": email, "password": "Tide-and-Lantern-7"} | sent, **headers)
        if answer.status_code == 200:
            self.token = answer[HEADER] if self.client == "app" else answer.cookies[COOKIE].value
        return answer


@pytest.fixture(params=["browser", "app"])
def device(request: pytest.FixtureRequest) -> Device:
    return Device(request.param)


def test_strangers_with_many_networks_lock_nobody_out_who_logged_in_before(device: Device, flooded: Any) -> None:
    confirmed()
    assert device.log_in().status_code == 200
    flooded(ANA)
    assert Device(device.client).log_in().status_code == 429
    assert [device.log_in(address=f"198.51.100.{number}").status_code for number in (1, 2)] == [200, 200]
    # Guesses from there have the narrow limit, too, and it is one for all networks that it moves through.
    wrong = [device.log_in(address=f"198.51.100.{number}", password="Wrong-Guess-1").status_code for number in range(7)]
    assert wrong == [400] * 5 + [429] * 2


def test_device_is_known_for_its_own_account_only(device: Device, flooded: Any) -> None:
    confirmed()
    confirmed(BO)
    device.log_in(BO)
    flooded(ANA)
    assert device.log_in().status_code == 429
    made_up = [signing.dumps(["1", "x"], salt="another"), "x", signing.dumps({"a": 1}, salt=SALT)]
    assert {Device(device.client, token).log_in().status_code for token in made_up} == {429}


def test_device_stays_the_same_one_and_is_of_use_to_no_script(device: Device) -> None:
    person = confirmed(client=device.client)
    assert (COOKIE in person.http.cookies) == (device.client == "browser")
    device.log_in()
    first = device.token
    answer = device.log_in()
    assert signing.loads(device.token, salt=SALT) == signing.loads(first, salt=SALT)
    if device.client == "browser":
        cookie = answer.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/_allauth/")


def test_floods_of_resets_leave_the_owner_his_code_where_he_logged_in_before() -> None:
    owner = confirmed()
    owner.ask("DELETE", "auth/session")
    limit = next(rule.limit for rule in ACTS["auth/password/request"].rules if rule.limit.name == "mails by address")
    while not limit.hit(ANA):
        pass
    stranger = Person(address="203.0.113.5").begin()
    assert stranger.ask("POST", "auth/password/request", {"email": ANA}).status_code == 429
    before = code_sent()
    assert owner.ask("POST", "auth/password/request", {"email": ANA}).status_code == 401
    assert code_sent() != before
