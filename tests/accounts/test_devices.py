"""Whoever logged in before is not locked out by strangers, however many networks they have."""

from typing import Any

import pytest
from django.core import signing
from django.test import RequestFactory

from accounts.callers import client_of
from accounts.limits import Limit
from accounts.login.devices import COOKIE, HEADER, MOST, SALT
from accounts.login.rules import ACTS
from tests.accounts.conftest import PASSWORD, Person, confirmed

pytestmark = pytest.mark.django_db
ANA, BO = "ana@press.example", "bo@press.example"


def limit_named(name: str) -> Limit:
    return next(rule.limit for rule in ACTS["auth/login"].rules if rule.limit.name == name)


@pytest.fixture
def flooded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Uses up what an address has, from a hundred networks; as many as there are, without a hash for each."""
    limit = limit_named("passwords by address")

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
        answer = person.ask("POST", "auth/login", {"email": email, "password": PASSWORD} | sent, **headers)
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


def test_devices_of_an_account_are_few_and_the_oldest_ends(device: Device, flooded: Any) -> None:
    confirmed()
    assert device.log_in().status_code == 200
    others = [Device(device.client) for _ in range(MOST)]
    assert {other.log_in().status_code for other in others} == {200}
    flooded(ANA)
    assert device.log_in().status_code == 429
    assert {other.log_in().status_code for other in others} == {200}


def test_devices_of_an_account_together_have_as_many_tries_as_strangers(device: Device) -> None:
    confirmed()
    assert device.log_in().status_code == 200
    limit = limit_named("passwords by devices")
    for _ in range(100):
        limit.hit(ANA)
    assert device.log_in().status_code == 429
    assert Device(device.client).log_in(address="203.0.113.5").status_code == 200


def test_devices_end_with_the_password(device: Device, flooded: Any) -> None:
    confirmed()
    assert device.log_in().status_code == 200
    owner = Person(device.client).begin()
    owner.log_in(ANA)
    changed = {"current_password": PASSWORD, "new_password": "Harbour-Light-92"}
    assert owner.ask("POST", "account/password/change", changed).status_code == 200
    flooded(ANA)
    assert device.log_in(password="Harbour-Light-92").status_code == 429


def test_guesses_from_ones_own_network_lock_nobody_out_who_logged_in_before(device: Device) -> None:
    confirmed()
    assert device.log_in().status_code == 200
    limit = limit_named("passwords by client")
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    while not limit.hit(client_of(request)):
        pass
    assert Device(device.client).log_in().status_code == 429
    assert device.log_in().status_code == 200


def test_device_tells_nobody_who_has_an_account(person: Person) -> None:
    confirmed(BO)
    person.address = "198.51.100.9"
    person.enter(ANA)
    stranger = Person(person.client, address=person.address).begin()
    for address in (BO, "nobody@press.example"):
        assert stranger.ask("POST", "auth/password/request", {"email": address}).status_code == 401
        assert person.ask("POST", "auth/password/request", {"email": address}).status_code == 429


def test_code_is_mailed_once_in_a_while_from_whichever_device(device: Device) -> None:
    confirmed()
    device.log_in()
    asked: list[int] = []
    for person in [Person(device.client, "198.51.100.9").begin() for _ in range(2)]:
        headers = {HEADER.lower(): device.token} if asked and device.client == "app" else {}
        if asked and device.client == "browser":
            person.http.cookies[COOKIE] = device.token
        asked.append(person.ask("POST", "auth/password/request", {"email": ANA}, **headers).status_code)
    assert asked == [401, 429]
