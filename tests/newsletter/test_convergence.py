"""Whatever people and machines do on both sides, with whatever faults: afterwards both sides say the same.

`SOAK=1`: far more of it, and differently each time.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from jobs.lease import stranded
from newsletter import acts, erasure
from newsletter.errors import Away
from newsletter.models import Author, Contact, NewsletterList, Subscriber, Subscription, Suppression
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile
from tests.mailchimp.faults import Kind
from tests.mailchimp.fixtures import stock
from tests.mailchimp.server import Double
from tests.mailchimp.state import hash_of
from tests.newsletter.conftest import Chimp

SOAK = os.environ.get("SOAK", "0") != "0"
PEOPLE = ["ada@press.example", "bob@press.example"]
GROUPS = {"weekly": "Weekly", "press": "Morning"}
TAGS = {"briefings": "Briefings"}
KINDS = [Kind.TOO_MANY, Kind.ERROR, Kind.EMPTY, Kind.DROP]
HERE = ["subscribe here", "leave here", "leave one here", "speak", "erase"]
THERE = ["sign up there", "leave there", "give a group up there", "old list there", "archive there", "bounce there"]
STAFF = ["give a tag there", "take a tag there"]
MACHINES = ["push", "compare", "deliver", "deliver backwards", "lose webhooks", "fail", "fail after the act"]
# Most of what can go wrong begins with somebody who is known on both sides.
OFTEN = [*HERE[:3], *THERE[1:3], "subscribe here", "subscribe here", "push", "push", "push", "deliver", "compare"]
ACTS = [*HERE, *THERE, *STAFF, *MACHINES, *OFTEN]
# Worlds that did not converge once.
FOUND = [700355, 1795701367]
SEEDS = (int(time.time()), int(time.time()) + 3000) if SOAK else (0, 60)

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(7200 if SOAK else 300)]


class World:
    """Both sides, a clock that they share, and what people themselves last wanted."""

    def __init__(self, double: Double, settings: Any, lists: list[NewsletterList]) -> None:
        self.chimp = Chimp(double, settings)
        double.webhooks.hold()
        self.lists = {one.slug: self.chimp.keep(one, GROUPS.get(one.slug, ""), TAGS.get(one.slug, "")) for one in lists}
        self.now = datetime.fromisoformat("2027-01-01T12:00:00+00:00")
        # Whose own last act was to leave everything.
        self.left: dict[str, bool] = {}

    def do(self, name: str, person: int, choice: int) -> None:
        """One act. Seconds lie between two."""
        self.now += timedelta(seconds=10)
        self.chimp.double.clock.set(self.now)
        email = PEOPLE[person]
        lists = [one for number, one in enumerate(self.lists.values()) if not choice or choice >> number & 1]
        with suppress(Away):
            getattr(self, name.replace(" ", "_"))(email, lists)

    def subscribe_here(self, email: str, lists: list[NewsletterList]) -> None:
        subscriber, _is_new = Subscriber.objects.get_or_create(email=email)
        Suppression.objects.filter(digest=Suppression.digest_of(email)).delete()
        acts.subscribe(subscriber, lists, self.now, Author.PERSON)
        self.left[email] = False

    def leave_here(self, email: str, _lists: list[NewsletterList]) -> None:
        if subscriber := Subscriber.objects.filter(email=email).first():
            acts.leave_everything(subscriber, self.now, Author.PERSON)
            self.left[email] = True

    def leave_one_here(self, email: str, lists: list[NewsletterList]) -> None:
        if subscriber := Subscriber.objects.filter(email=email).first():
            acts.unsubscribe(subscriber, lists[:1], self.now, Author.PERSON)

    def speak(self, email: str, lists: list[NewsletterList]) -> None:
        if subscriber := Subscriber.objects.filter(email=email).first():
            acts.speak(subscriber, "fr" if len(lists) > 1 else "en")

    def erase(self, email: str, _lists: list[NewsletterList]) -> None:
        erasure.erase(email)
        self.left[email] = True

    def sign_up_there(self, email: str, lists: list[NewsletterList]) -> None:
        chosen = {one.interest: True for one in lists if one.interest}
        member = self.chimp.there.members.get(hash_of(email))
        if member is None or member.status != "subscribed":
            self.chimp.double.person_signs_up(self.chimp.id, email, interests=chosen)
            self.left[email] = False

    def leave_there(self, email: str, _lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.person_unsubscribes(self.chimp.id, email)
            self.left[email] = True

    def give_a_group_up_there(self, email: str, lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.changes_profile(self.chimp.id, email, interests={self._group(lists): False})

    def old_list_there(self, email: str, lists: list[NewsletterList]) -> None:
        """Another program of the newsroom imports people, with the moment at which they had agreed."""
        member = self.chimp.there.members.get(hash_of(email))
        if member is not None and not member.held and member.status == "unsubscribed" and member.timestamp_opt:
            groups = member.interests | {self._group(lists): True}
            self.chimp.double.account.change(
                self.chimp.there,
                member,
                "api",
                status="subscribed",
                interests=groups,
                timestamp_opt=member.timestamp_opt,
            )

    def give_a_tag_there(self, email: str, _lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.staff_tags(self.chimp.id, email, TAGS["briefings"])

    def take_a_tag_there(self, email: str, _lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.staff_tags(self.chimp.id, email, TAGS["briefings"], gives=False)

    def archive_there(self, email: str, _lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.staff_archives(self.chimp.id, email)

    def bounce_there(self, email: str, _lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.address_bounces(self.chimp.id, email)

    def push(self, _email: str, _lists: list[NewsletterList]) -> None:
        self.chimp.time_passes()
        push(self.chimp.audience)

    def compare(self, _email: str, _lists: list[NewsletterList]) -> None:
        self.chimp.audience.refresh_from_db()
        reconcile(self.chimp.audience)

    def deliver(self, _email: str, _lists: list[NewsletterList]) -> None:
        self.chimp.double.webhooks.deliver()

    def deliver_backwards(self, _email: str, _lists: list[NewsletterList]) -> None:
        if held := self.chimp.double.webhooks.held:
            self.chimp.double.webhooks.deliver(*reversed(held), held[0])

    def lose_webhooks(self, _email: str, _lists: list[NewsletterList]) -> None:
        self.chimp.double.webhooks.drop()

    def fail(self, _email: str, lists: list[NewsletterList]) -> None:
        self.chimp.double.faults.plan(KINDS[len(lists) % 4])

    def fail_after_the_act(self, _email: str, lists: list[NewsletterList]) -> None:
        self.chimp.double.faults.plan(KINDS[1 + len(lists) % 3], acts=True)

    def _group(self, lists: list[NewsletterList]) -> str:
        return lists[0].interest or self.lists["press"].interest

    def _is_there(self, email: str) -> bool:
        return self.chimp.status(email) == "subscribed"

    def settle(self) -> None:
        """Nothing fails any more, and everything has gone to and fro."""
        self.chimp.double.faults.clear()
        self.chimp.audience.refresh_from_db()
        reconcile(self.chimp.audience, everybody=True)
        for _time in range(2):
            self.chimp.settle()
        assert not stranded(Contact, 1)

    def both_sides(self, email: str) -> tuple[set[str], set[str], str]:
        """What somebody gets, as we say; as Mailchimp says; and their status there."""
        active = Subscription.objects.filter(subscriber__email=email, is_active=True)
        here = {(GROUPS | TAGS)[slug] for slug in active.values_list("list__slug", flat=True)}
        status = self.chimp.status(email)
        if status != "subscribed":
            return here, set(), status
        return here, self.chimp.groups(email) & set(GROUPS.values()) | self.chimp.tags(email), status


AnyWorld = TypeVar("AnyWorld", bound=World)


@contextmanager
def world_of(kind: type[AnyWorld], lists: list[NewsletterList]) -> Iterator[AnyWorld]:
    """A new one, of which nothing is left; all that Mailchimp was asked was right."""
    # Not pytest's `settings`: what it changes is kept until the end, one around the other, for 300 at most.
    with transaction.atomic(), Double() as double, override_settings():
        stock(double)
        yield kind(double, settings, lists)
        assert not double.violations
        transaction.set_rollback(True)


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> dict[str, World]:
    """The world's clock is also that of what is erased. Few people are compared as many would be."""
    monkeypatch.setattr("newsletter.sync.taking_in.FEW", 0)
    world: dict[str, World] = {}
    monkeypatch.setattr("newsletter.erasure.database_now", lambda: world["it"].now)
    return world


def test_random_acts_on_both_sides_converge(
    clocked: dict[str, World], weekly: NewsletterList, press: NewsletterList
) -> None:
    briefings = NewsletterList.objects.create(slug="briefings", name_en="Briefings", name_fr="Points presse")
    for seed in (*FOUND, *range(*SEEDS)):
        # Not Hypothesis: of its examples most are alike, and short, and the rules could be broken without its noticing.
        chance = Random(seed)
        done = [
            (chance.choice(ACTS), chance.randrange(2), chance.randrange(8)) for _act in range(chance.randint(4, 30))
        ]
        with world_of(World, [weekly, press, briefings]) as world:
            clocked["it"] = world
            for one in done:
                world.do(*one)
            world.settle()
            for email in PEOPLE:
                here, there, status = world.both_sides(email)
                parked = Contact.objects.parked().filter(digest=hash_of(email)).exists()
                if not parked and status != "pending":
                    assert here == there, (seed, email, status, done)
                if world.left.get(email):
                    assert not here, (seed, email, done)
                    assert not there, (seed, email, status, done)
