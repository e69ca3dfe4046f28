"""A worker is killed while it takes a table of addresses into a newsletter: none is lost, none is taken twice."""

import time
from collections.abc import Callable

import pytest
from django.db.models.functions import Now

from jobs.models import JobState
from newsletter.imports import running
from newsletter.models import Audience, Contact, Import, NewsletterList, Subscription, SubscriptionChange
from newsletter.tasks import wake_importer
from tests.services import Worker

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]
LINES = 30_000


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, Import.objects.values("state", "position", "taken", "error").get()
        time.sleep(0.05)


def test_a_table_is_taken_in_whole_whenever_a_worker_dies(worker: Worker) -> None:
    audience = Audience.objects.create(mailchimp_id="a1", name="Newsroom")
    one = NewsletterList.objects.create(slug="weekly", name_en="Weekly", name_fr="Hebdo", audience=audience)
    table = "e-mail\n" + "".join(f"reader{number}@press.example\n" for number in range(LINES)) + "nobody\n"
    job = running.begin(one, table.encode(), "cards.csv", consent="Cards.", language="en")
    wake_importer()
    wait_until(lambda: bool(Import.objects.get().position), 60)
    worker.kill()
    job.refresh_from_db(fields=["position"])
    assert job.position < LINES, "It was done too soon to be killed."
    assert Subscription.objects.count() == job.position - 1  # the first line has the names
    Import.objects.update(leased_until=Now())  # as if the lease had run out
    worker.start()
    wake_importer()
    wait_until(lambda: Import.objects.get().state == JobState.DONE, 120)
    job.refresh_from_db()
    assert (job.taken, job.already, job.refused) == (LINES, 0, 1)
    assert Subscription.objects.count() == SubscriptionChange.objects.count() == Contact.objects.count() == LINES
