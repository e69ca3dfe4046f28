"""As in `test_convergence`, while a newsletter moves to and fro between two audiences."""

from random import Random
from typing import Any

import pytest

from jobs.lease import stranded
from newsletter import moving
from newsletter.models import Audience, Contact, FormerMapping, NewsletterList, Subscription
from newsletter.sync.reconciling import reconcile
from tests.mailchimp.server import Double
from tests.mailchimp.state import hash_of
from tests.newsletter.conftest import Chimp
from tests.newsletter.test_convergence import ACTS, PEOPLE, SEEDS, SOAK, TAGS, World, world_of

# By audience: what the list that moves is kept as there.
PLACES = {"Newsroom": "Morning", "Press": "Embargoed"}
# What goes wrong begins with somebody who is known where a list moves away from.
BEFORE = [("subscribe here", 0, 0), ("subscribe here", 1, 0), ("push", 0, 0), ("move", 0, 0), ("push", 0, 15)]
OFTEN = [*ACTS, *["move", "leave there", "leave one here", "speak", "push", "deliver"] * 3]

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(7200 if SOAK else 300)]


class MovingWorld(World):
    """With another audience: each act happens in one of them (`chimp`).

    `refused`: lists, by person, that they left at Mailchimp themselves, where they are or where they had them until
    they moved (`had`: audiences), and did not come back to since.
    """

    def __init__(self, double: Double, settings: Any, lists: list[NewsletterList]) -> None:
        super().__init__(double, settings, lists)
        self.chimps = [self.chimp, Chimp(double, settings, "Press")]
        self.refused: dict[str, set[str]] = {email: set() for email in PEOPLE}
        self.had: dict[str, set[str]] = {email: set() for email in PEOPLE}

    def do(self, name: str, person: int, choice: int) -> None:
        """As `World.do`; most of it in the first audience."""
        self.chimp = self.chimps[choice >= 12]
        super().do(name, person, choice % 8)

    def move(self, _email: str, _lists: list[NewsletterList]) -> None:
        """The newsroom keeps a list in the other audience."""
        one, former = self.lists["press"], NewsletterList.objects.get(slug="press")
        left, to = self.chimps if former.audience == self.chimps[0].audience else reversed(self.chimps)
        for email in PEOPLE:
            active = Subscription.objects.filter(subscriber__email=email, list=one, is_active=True)
            chosen = left.status(email) == "subscribed" and PLACES[left.audience.name] in left.groups(email)
            if chosen and active.exists():
                self.had[email].add(left.id)
        one.audience = Audience.objects.get(pk=to.audience.pk)
        one.interest = to.there.interest(PLACES[to.audience.name])
        one.save()
        moving.moved(one, former)
        FormerMapping.objects.filter(pk=FormerMapping.objects.latest("pk").pk).update(until=self.now)

    def subscribe_here(self, email: str, lists: list[NewsletterList]) -> None:
        super().subscribe_here(email, lists)
        self.refused[email] -= {one.slug for one in lists}
        if self.lists["press"] in lists:
            self.had[email] = set()

    def sign_up_there(self, email: str, lists: list[NewsletterList]) -> None:
        here = [one for one in lists if one.audience == self.chimp.audience]
        super().sign_up_there(email, here)
        self.refused[email], self.had[email] = set(), set()

    def leave_here(self, email: str, lists: list[NewsletterList]) -> None:
        super().leave_here(email, lists)
        if self.left.get(email):
            self.refused[email] = set(self.lists)

    def erase(self, email: str, lists: list[NewsletterList]) -> None:
        super().erase(email, lists)
        self.refused[email] = set(self.lists)

    def leave_there(self, email: str, _lists: list[NewsletterList]) -> None:
        if self._is_there(email):
            self.chimp.double.person_unsubscribes(self.chimp.id, email)
            kept = {slug for slug, one in self.lists.items() if one.audience == self.chimp.audience}
            self.refused[email] |= kept | ({"press"} if self.chimp.id in self.had[email] else set())

    def give_a_tag_there(self, email: str, lists: list[NewsletterList]) -> None:
        if self.chimp is self.chimps[0]:
            super().give_a_tag_there(email, lists)

    def take_a_tag_there(self, email: str, lists: list[NewsletterList]) -> None:
        if self.chimp is self.chimps[0]:
            super().take_a_tag_there(email, lists)

    def _group(self, lists: list[NewsletterList]) -> str:
        is_weekly = lists[0].slug == "weekly" and self.chimp is self.chimps[0]
        return self.chimp.there.interest("Weekly" if is_weekly else PLACES[self.chimp.audience.name])

    def settle(self) -> None:
        self.chimp.double.faults.clear()
        for _time in range(3):
            for chimp in self.chimps:
                chimp.audience.refresh_from_db()
                reconcile(chimp.audience, everybody=True)
                chimp.settle()
        assert not stranded(Contact, 1)

    def differing(self, email: str) -> dict[str, tuple[bool, bool]]:
        """Lists of which both sides do not say the same: what we say, what Mailchimp says. Nothing of an audience that
        refuses somebody, or asks them itself.
        """
        found = {}
        for slug, one in self.lists.items():
            chimp = next(chimp for chimp in self.chimps if chimp.audience == one.audience)
            row = Contact.objects.filter(audience=chimp.audience, digest=hash_of(email))
            if chimp.status(email) == "pending" or row.filter(state="failed").exists():
                continue
            here = Subscription.objects.filter(subscriber__email=email, list=one, is_active=True).exists()
            if here != self.is_told(chimp, email, slug):
                found[slug] = (here, not here)
        return found

    def is_told(self, chimp: Chimp, email: str, slug: str) -> bool:
        """Whether somebody gets a list's mails, by what Mailchimp has in its audience."""
        if chimp.status(email) != "subscribed":
            return False
        if slug in TAGS:
            return TAGS[slug] in chimp.tags(email)
        return ("Weekly" if slug == "weekly" else PLACES[chimp.audience.name]) in chimp.groups(email)

    def gets(self, email: str) -> set[str]:
        """What somebody gets, by either side."""
        active = Subscription.objects.filter(subscriber__email=email, is_active=True)
        there = {
            slug
            for slug, one in self.lists.items()
            for chimp in self.chimps
            if chimp.audience == one.audience and self.is_told(chimp, email, slug)
        }
        return there | set(active.values_list("list__slug", flat=True))


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> dict[str, MovingWorld]:
    """The world's clock is also that of what is erased, and of moves."""
    monkeypatch.setattr("newsletter.sync.taking_in.FEW", 0)
    world: dict[str, MovingWorld] = {}
    monkeypatch.setattr("newsletter.erasure.database_now", lambda: world["it"].now)
    monkeypatch.setattr("newsletter.moving.database_now", lambda: world["it"].now)
    return world


def test_random_acts_converge_while_a_newsletter_moves(
    clocked: dict[str, MovingWorld], weekly: NewsletterList, press: NewsletterList
) -> None:
    briefings = NewsletterList.objects.create(slug="briefings", name_en="Briefings", name_fr="Points presse")
    for seed in range(*SEEDS):
        chance = Random(seed)
        done = [*BEFORE, *((chance.choice(OFTEN), chance.randrange(2), chance.randrange(16)) for _act in range(12))]
        with world_of(MovingWorld, [weekly, press, briefings]) as world:
            clocked["it"] = world
            for one in done:
                world.do(*one)
            world.settle()
            for email in PEOPLE:
                assert not world.differing(email), (seed, email, world.differing(email), done)
                assert not world.gets(email) & world.refused[email], (seed, email, world.refused[email], done)
