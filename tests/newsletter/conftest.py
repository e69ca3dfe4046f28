"""Newsletters, and people who subscribe through the public API alone."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from cms.local.installation import BASE_DIR
from home.mail.letters import Letter, write_letter
from home.models import Mail
from jobs.lease import stranded
from jobs.models import JobState
from newsletter import moving
from newsletter.errors import Away
from newsletter.links import leave_token
from newsletter.models import Audience, Contact, NewsletterList, Subscriber
from newsletter.sync.audiences import read_audiences
from newsletter.sync.pushing import push
from newsletter.sync.reconciling import reconcile
from tests.mailchimp.faults import Kind
from tests.mailchimp.server import Double
from tests.mailchimp.state import hash_of
from tests.mailchimp.webhooks import Webhook
from tests.services import environment_on

ADA = "ada@press.example"
SECRET = "sea-and-salt"
TOKEN = re.compile(r"token=(\S+)")
PUSHES = """
import django
django.setup()
from newsletter.models import Audience
from newsletter.sync.pushing import push
push(Audience.objects.get(pk={pk}))
"""


@pytest.fixture(autouse=True)
def clean_counts() -> Iterator[None]:
    """Nobody has tried anything yet."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def weekly(db: None) -> NewsletterList:
    """A newsletter that everybody can subscribe to."""
    return NewsletterList.objects.create(
        slug="weekly",
        name_en="The week at sea",
        name_fr="La semaine en mer",
        description_en="Fridays.",
        description_fr="Le vendredi.",
    )


@pytest.fixture
def press(db: None) -> NewsletterList:
    """Another one."""
    return NewsletterList.objects.create(slug="press", name_en="Press briefings", name_fr="Points presse")


class Reader:
    """Somebody on a frontend. `address`: of the network asked from."""

    def __init__(self, address: str = "192.0.2.77") -> None:
        self.http = Client(enforce_csrf_checks=True)
        self.address = address

    def get(self, path: str, **headers: str) -> Any:
        """The API's answer."""
        return self.http.get(f"/api/v1/newsletter/{path}", headers=headers, REMOTE_ADDR=self.address)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """The API's answer."""
        return self.http.post(
            f"/api/v1/newsletter/{path}",
            json.dumps(body),
            "application/json",
            headers=headers,
            REMOTE_ADDR=self.address,
        )

    def sign_up(self, *lists: str, email: str = ADA, locale: str = "en") -> None:
        """Ask for newsletters."""
        answer = self.post("subscriptions/", {"email": email, "lists": lists, "locale": locale})
        assert answer.status_code == 202, answer.content

    def confirm(self, token: str | None = None) -> Any:
        """Press the button of the page that the last mail leads to."""
        return self.post("subscriptions/confirm/", {"token": token or token_in(last_mail())})

    def subscribe(self, *lists: str, email: str = ADA, locale: str = "en") -> str:
        """Ask, and confirm; the token with which they leave all of it."""
        self.sign_up(*lists, email=email, locale=locale)
        assert self.confirm(token_in(last_mail(email))).status_code == 204
        if mails(email)[-1].template == "newsletter_welcome":
            return token_in(last_mail(email))
        # They are welcomed when Mailchimp writes to them again.
        return leave_token(Subscriber.objects.get(email=email))

    def gets(self, token: str) -> list[str]:
        """Which newsletters somebody gets, as their own page says."""
        answer = self.get(f"preferences/?token={token}")
        assert answer.status_code == 200, answer.content
        return [one["slug"] for one in answer.json()["items"] if one["is_subscribed"]]


@pytest.fixture
def reader(db: None) -> Reader:
    """Somebody."""
    return Reader()


def mails(to: str = ADA) -> list[Mail]:
    """All that were written to somebody, oldest first."""
    return list(Mail.objects.filter(to=to).order_by("pk"))


def last_mail(to: str = ADA) -> Letter:
    """The last one, in words."""
    mail = mails(to)[-1]
    return write_letter(mail.template, mail.language, mail.context)


def token_in(letter: Letter) -> str:
    """What its link knows people by."""
    found = TOKEN.search(letter.text)
    assert found, letter.text
    return found[1]


class Chimp:
    """Both sides: the double of Mailchimp, and what goes to and fro. `audience`: the one that the lists are kept in."""

    def __init__(self, double: Double, settings: Any, audience: str = "Newsroom") -> None:
        self.double = double
        settings.MAILCHIMP_API_KEY = double.key
        settings.MAILCHIMP_URL = double.api_url
        settings.MAILCHIMP_WEBHOOK_SECRET = SECRET
        read_audiences()
        self.audience = Audience.objects.get(name=audience)
        self.id = self.audience.mailchimp_id
        self.there = double.account.audiences[self.id]
        double.webhooks.send = self._call
        self.there.webhooks["hook"] = Webhook("hook", f"http://newsroom.example/hooks/mailchimp/{SECRET}/")

    def keep(self, one: NewsletterList, interest: str = "", tag: str = "") -> NewsletterList:
        """Have a list kept in the audience: as a whole, as a group, or as a tag."""
        one.audience, one.interest = self.audience, self.there.interest(interest) if interest else ""
        if tag and tag not in self.there.tags:
            self.double.staff_makes_tag(self.id, tag)
            read_audiences()
            self.audience.refresh_from_db()
        one.tag = tag
        one.full_clean()
        one.save()
        return one

    def push(self) -> None:
        """All that is due, whenever Mailchimp is there."""
        while stranded(Contact, 1, audience=self.audience):
            push(self.audience)

    def push_unanswered(self) -> None:
        """Mailchimp does what it is told, and we do not hear of it: as if the worker died before it wrote that down."""
        self.double.faults.plan(Kind.DROP, "P* *", acts=True)
        with pytest.raises(Away):
            self.push()

    def time_passes(self) -> None:
        """Pauses are over, and leases of workers that died."""
        cache.clear()
        Contact.objects.update(due_at=Now())
        Contact.objects.filter(state=JobState.RUNNING).update(leased_until=Now() - timedelta(seconds=1))

    def settle(self) -> None:
        """Everything has gone to and fro."""
        self.time_passes()
        self.double.webhooks.deliver()
        self.push()
        reconcile(self.audience)
        self.time_passes()
        self.push()
        self.double.webhooks.deliver()
        self.push()

    def status(self, email: str = ADA) -> str:
        """What Mailchimp has of somebody; empty for nobody."""
        member = self.there.members.get(hash_of(email))
        return member.status if member else ""

    def groups(self, email: str = ADA) -> set[str]:
        """The groups that somebody has there, by name."""
        chosen = self.there.member(email).interests
        return {name for key, name in self.there.interests().items() if chosen.get(key)}

    def tags(self, email: str = ADA) -> set[str]:
        """The tags that somebody has there."""
        return set(self.there.member(email).tags)

    def contact(self, email: str = ADA) -> Contact:
        """The outbox's row of somebody."""
        return Contact.objects.get(audience=self.audience, digest=Contact.digest_of(email))

    def kill_a_worker(self, when: Callable[[], bool]) -> None:
        """One that pushes, a process of its own: without warning, as soon as this is so."""
        variables = {"MAILCHIMP_API_KEY": self.double.key, "MAILCHIMP_URL": self.double.api_url}
        worker = subprocess.Popen(
            [sys.executable, "-c", PUSHES.format(pk=self.audience.pk)],
            cwd=BASE_DIR,
            env=environment_on(str(connection.settings_dict["NAME"])) | variables,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not when() and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def _call(self, url: str, form: dict[str, str]) -> int:
        return Client().post(urlsplit(url).path, form).status_code


@pytest.fixture
def chimp(mailchimp: Double, settings: Any, weekly: NewsletterList) -> Chimp:
    """Mailchimp, in whose audience `Newsroom` the weekly newsletter is the group `Weekly`."""
    both = Chimp(mailchimp, settings)
    both.double.webhooks.hold()
    both.keep(weekly, "Weekly")
    return both


@pytest.fixture
def other(chimp: Chimp) -> Audience:
    """Another audience at Mailchimp."""
    return Audience.objects.get(name="Press")


def move(one: NewsletterList, to: Audience | None, interest: str = "") -> None:
    """Have a list kept elsewhere: in another audience, or in another group."""
    former = NewsletterList.objects.get(pk=one.pk)
    one.audience, one.interest = to, interest
    one.save()
    moving.moved(one, former)


def there(chimp: Chimp, audience: Audience, email: str = ADA) -> str:
    """What Mailchimp has of somebody in an audience; empty for nobody."""
    member = chimp.double.account.audiences[audience.mailchimp_id].members.get(hash_of(email))
    return member.status if member else ""
