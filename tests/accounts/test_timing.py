"""How long answers take tells nobody who has an account: registration, login and reset, of known and other addresses.

Timings never fail a test, with this one exception: here a difference *is* the fault. So it has to be both certain and
large before it counts, twice over, and pairs that something else of the machine came between are left out. `SOAK=1`
measures ten times as many, and plants a difference in the server, too.
"""

import os
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import MediaAccount
from accounts.passwords import Argon2
from accounts.wall import MediaBackend
from tests.accounts.conftest import FACTS, PASSWORD, Person

SOAK = os.environ.get("SOAK", "0") != "0"
PAIRS = 400 if SOAK else 40
# Not measured: the first requests of a process do more.
WARMING = 2
KNOWN = "known@press.example"
# Of the pairs: those that differ most, whichever way.
DISTURBED = 0.25
PERMUTATIONS = 5000
CERTAIN = 0.001
# Smaller differences drown in a network: seconds, and a part of the whole time.
LEAST_SECONDS, LEAST_PART = 0.002, 0.03

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(3600 if SOAK else 300)]


@dataclass(frozen=True)
class Comparison:
    """`seconds`: by how much longer known addresses take, the most disturbed pairs left out. `p`: how often chance
    alone would make as large a difference. `typical`: how long an answer takes.
    """

    seconds: float
    p: float
    typical: float

    @property
    def tells(self) -> bool:
        """Whether somebody could learn from it who has an account."""
        return self.p < CERTAIN and abs(self.seconds) > max(LEAST_SECONDS, LEAST_PART * self.typical)


def compared(pairs: list[tuple[float, float]]) -> Comparison:
    """Seconds for (a known, another) address. A permutation test: if it makes no difference which is which, then
    exchanging the two within any pairs makes none either.
    """
    differences = sorted((known - other for known, other in pairs), key=abs)
    undisturbed = differences[: round(len(pairs) * (1 - DISTURBED))]
    found = fmean(undisturbed)
    chance = random.Random(7)
    as_large = sum(
        abs(fmean(chance.choice((-1, 1)) * one for one in undisturbed)) >= abs(found) for _ in range(PERMUTATIONS)
    )
    return Comparison(found, (as_large + 1) / (PERMUTATIONS + 1), median(min(pair) for pair in pairs))


def measured(ask: Callable[[Person, str], Any]) -> list[tuple[float, float]]:
    """Seconds of answers for (a known, another) address, one after the other, in an order of chance."""
    answers: dict[bool, set[bytes]] = {True: set(), False: set()}
    pairs = []
    for number in range(PAIRS + WARMING):
        seconds = {}
        for is_known in random.sample((True, False), 2):
            cache.clear()
            person = Person(address=f"203.0.113.{number % 250}").begin()
            email = KNOWN if is_known else f"{uuid.uuid4().hex[:5]}@press.example"
            began = time.perf_counter()
            answer = ask(person, email)
            seconds[is_known] = time.perf_counter() - began
            answers[is_known].add(answer.content)
        pairs.append((seconds[True], seconds[False]))
    assert answers[True] == answers[False]
    return pairs[WARMING:]


def register(person: Person, email: str) -> Any:
    return person.register(email)


def log_in(person: Person, email: str) -> Any:
    return person.log_in(email, "Wrong-Guess-1")


def reset(person: Person, email: str) -> Any:
    return person.ask("POST", "auth/password/request", {"email": email})


@pytest.fixture(autouse=True)
def passwords_take_their_time(costs_of_hashes: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, cost in costs_of_hashes.items():
        monkeypatch.setattr(Argon2, name, cost)


@pytest.fixture(autouse=True)
def answers_take_no_longer_than_they_need() -> None:
    """Here they take as long as in production."""


@pytest.fixture
def known() -> None:
    """Somebody has an account."""
    MediaAccount.objects.create_confirmed(KNOWN, PASSWORD, **FACTS)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("ask", [register, log_in, reset])
def test_time_and_answers_tell_nobody_who_has_an_account(ask: Callable[[Person, str], Any]) -> None:
    found = compared(measured(ask))
    if found.tells:  # as chance alone does once in a thousand runs: not twice
        print(f"{ask.__name__}, at first: {found}")
        found = compared(measured(ask))
    print(f"{ask.__name__}: {found}")
    assert not found.tells, found


@pytest.mark.usefixtures("known")
@pytest.mark.skipif(not SOAK, reason="on a busy machine it may need more pairs")
def test_server_that_takes_longer_for_known_addresses_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    authenticate = MediaBackend.authenticate

    def slower(self: MediaBackend, request: Any, **credentials: Any) -> Any:
        time.sleep(0.015 if credentials.get("email") == KNOWN else 0)
        return authenticate(self, request, **credentials)

    monkeypatch.setattr(MediaBackend, "authenticate", slower)
    found = compared(measured(log_in))
    print(f"planted: {found}")
    assert found.tells, found


@pytest.mark.parametrize(("planted", "tells"), [(0.0, False), (0.001, False), (0.006, True), (-0.006, True)])
def test_comparison_finds_what_is_there_and_nothing_else(planted: float, tells: bool) -> None:
    """On times that were made up: 60 ms, 3 more or less, and every tenth disturbed."""
    chance = random.Random(40)

    def seconds() -> float:
        return chance.gauss(0.06, 0.003) + (chance.uniform(0, 0.5) if chance.random() < 0.1 else 0)

    pairs = [(seconds() + planted, seconds()) for _ in range(40)]
    assert compared(pairs).tells == tells, compared(pairs)
