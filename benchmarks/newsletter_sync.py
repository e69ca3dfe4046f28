"""Newsletters' subscribers pushed to Mailchimp: how many calls, how long, how much memory.

`python -m benchmarks.newsletter_sync` has 100,000 people confirm a newsletter, pushes them to the double of Mailchimp
(`tests.mailchimp`, a process of its own), then changes one in a hundred and pushes again, then compares both sides. The
peer is Mailchimp's own client as its guide shows it: one call a person, for some of them.
"""

import argparse
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.tables import megabytes, table
from benchmarks.throwaway import newsroom
from cms.local.installation import BASE_DIR
from tests.mailchimp.server import KEY

ONE_BY_ONE = 500


@dataclass(frozen=True)
class Took:
    """What some work cost: seconds, seconds of this process's CPU, calls, and its memory at the most so far (bytes)."""

    wall: float
    cpu: float
    calls: int
    memory: int

    def row(self, name: str, people: int) -> list[str]:
        """For a table."""
        return [
            name,
            f"{people:,}",
            f"{self.calls:,}",
            f"{self.wall:.1f}",
            f"{self.cpu:.1f}",
            megabytes(self.memory),
            f"{1000 * self.wall / people:.2f}",
        ]


@contextmanager
def mailchimp() -> Iterator[str]:
    """The double, in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    double = subprocess.Popen([sys.executable, "-m", "tests.mailchimp", "--port", str(port)], cwd=BASE_DIR)
    try:
        for _try in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/3.0"
    finally:
        double.terminate()
        double.wait()


class Meter:
    """Counts calls, and times work."""

    def __init__(self) -> None:
        import requests

        self.calls = 0
        request = requests.Session.request

        def counted(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            return request(*arguments, **options)

        requests.Session.request = counted  # type: ignore[method-assign]

    def take(self, work: Callable[[], object]) -> Took:
        """Do it; what it cost."""
        calls, wall, cpu = self.calls, time.perf_counter(), time.process_time()
        work()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return Took(time.perf_counter() - wall, time.process_time() - cpu, self.calls - calls, memory)


def subscribe(count: int) -> Any:
    """So many people confirm a newsletter that is a group of an audience; that audience."""
    from django.utils import timezone

    from newsletter.models import Audience, Contact, Intention, NewsletterList, Subscriber, Subscription
    from newsletter.sync.audiences import read_audiences

    read_audiences()
    audience = Audience.objects.get(name="Newsroom")
    interest = audience.interests[0]["id"]
    weekly = NewsletterList.objects.create(
        slug="weekly", name_en="Weekly", name_fr="Hebdo", audience=audience, interest=interest
    )
    now = timezone.now()
    for begin in range(0, count, 5000):
        emails = [f"reader{number}@press.example" for number in range(begin, min(count, begin + 5000))]
        people = Subscriber.objects.bulk_create(Subscriber(email=email) for email in emails)
        Subscription.objects.bulk_create(
            Subscription(subscriber=one, list=weekly, is_active=True, changed_at=now, changed_by="person")
            for one in people
        )
        Contact.objects.bulk_create(
            Contact(
                audience=audience,
                subscriber=one,
                digest=Contact.digest_of(one.email),
                intention=Intention.CONFIRM,
                intended_at=now,
            )
            for one in people
        )
    return audience


def main() -> None:
    """Subscribe, push, change, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.newsletter_sync", description=__doc__.split("\n\n")[0])
    parser.add_argument("--people", type=int, default=100_000, metavar="N", help="subscribers (100,000)")
    options = parser.parse_args()
    with mailchimp() as address, newsroom(durable=True, MAILCHIMP_API_KEY=KEY, MAILCHIMP_URL=address):
        measure(options.people)


def measure(people: int) -> None:
    """Print what each step costs."""
    from newsletter.mailchimp import connected
    from newsletter.models import Contact
    from newsletter.sync.pushing import push
    from newsletter.sync.reconciling import reconcile

    meter = Meter()
    audience = subscribe(people)
    print(f"{os.cpu_count()} cores, {people:,} people")

    def push_all() -> None:
        while push(audience):
            pass

    def some() -> None:
        for _batch in range(4):
            push(audience)

    def change() -> None:
        changed = Contact.objects.filter(pk__in=Contact.objects.order_by("pk").values("pk")[: people // 100])
        changed.change()
        push_all()

    def one_by_one() -> None:
        with connected() as there:
            for number in range(ONE_BY_ONE):
                email = f"other{number}@press.example"
                there.put(
                    audience.mailchimp_id,
                    Contact.digest_of(email),
                    {"email_address": email, "status_if_new": "subscribed"},
                )

    rows = [
        meter.take(some).row("pushed, the first", 2000),
        (pushed := meter.take(push_all)).row("pushed, all others", people - 2000),
        (changed := meter.take(change)).row("changed, pushed", people // 100),
        meter.take(lambda: reconcile(audience, everybody=True)).row("compared, all", people),
        meter.take(one_by_one).row("one call a person", ONE_BY_ONE),
    ]
    print(table(["", "people", "calls", "wall s", "CPU s", "peak MB", "ms a person"], rows))
    print(f"A change of 1 %: {100 * changed.wall / pushed.wall:.1f} % of the time, {changed.calls} calls.")


if __name__ == "__main__":
    main()
