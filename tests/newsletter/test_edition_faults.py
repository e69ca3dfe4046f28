"""Editions while Mailchimp fails, refuses, or somebody changes them there."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection

from cms.local.installation import BASE_DIR
from delivery import stories
from delivery.clock import database_now
from home.models import Mail
from newsletter.editions.planning import put_as_draft, schedule
from newsletter.editions.telling import tell_next
from newsletter.editions.watching import try_again, watch
from newsletter.errors import Away
from newsletter.mailchimp import Mailchimp
from newsletter.models import Campaign, NewsletterList
from tests.factories.newsroom import edit, story
from tests.mailchimp.faults import Kind
from tests.newsletter.conftest import Chimp
from tests.newsletter.editions import at_quarter, both, make_edition, planned_by_an_editor, refusing, there, work
from tests.services import environment_on

pytestmark = pytest.mark.django_db
CALLS = [
    "GET /campaigns",
    "POST /campaigns",
    "PATCH /campaigns/*",
    "PUT /campaigns/*/content",
    "POST /campaigns/*/actions/schedule",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("kind", "acts"),
    [(Kind.ERROR, False), (Kind.EMPTY, True), (Kind.DROP, False), (Kind.DROP, True), (Kind.TOO_MANY, False)],
)
def test_whatever_fails_at_any_step_it_is_there_once_in_the_end(
    chimp: Chimp, weekly: NewsletterList, call: str, kind: Kind, acts: bool
) -> None:
    chimp.double.faults.plan(kind, on=call, acts=acts, times=2)
    edition = make_edition(weekly, both())
    schedule(edition, at_quarter())
    for _round in range(6):
        try:
            work()
        except Away:
            cache.clear()
            Campaign.objects.update(due_at=database_now())
    assert there(chimp).status == there(chimp, "FR").status == "schedule"
    assert set(Campaign.objects.values_list("state", flat=True)) == {"done"}


def test_what_may_not_go_out_is_taken_back_though_mailchimp_failed_just_now(
    chimp: Chimp, weekly: NewsletterList
) -> None:
    page = both()
    schedule(make_edition(weekly, page), at_quarter())
    work()
    stories.withdraw(story(page), reason="Wrong")
    chimp.double.faults.plan(Kind.ERROR, on="POST /campaigns/*/actions/unschedule")
    assert watch() is True
    with pytest.raises(Away):
        tell_next()
    assert watch() is True, "it does not wait for the end of the pause"
    while tell_next():
        pass
    assert not chimp.double.account.campaigns


def test_what_somebody_deleted_at_mailchimp_is_not_made_again_by_itself(chimp: Chimp, weekly: NewsletterList) -> None:
    page = both()
    put_as_draft(make_edition(weekly, page))
    work()
    chimp.double.account.campaigns.clear()
    edit(page, title="Great storm")
    work()
    assert there(chimp) is None
    campaign = Campaign.objects.get(language="en")
    assert campaign.refusal == "Deleted at Mailchimp"
    try_again(campaign)
    work()
    assert "Great storm" in there(chimp).content["html"]


def test_a_draft_that_was_scheduled_at_mailchimp_stays_so(chimp: Chimp, weekly: NewsletterList) -> None:
    page, at = both(), at_quarter()
    put_as_draft(make_edition(weekly, page))
    work()
    campaign = there(chimp)
    campaign.status, campaign.send_time = "schedule", at.isoformat()
    edit(page, title="Great storm")
    work()
    assert there(chimp).status == "schedule"
    assert datetime.fromisoformat(there(chimp).send_time) == at
    assert "Great storm" in there(chimp).content["html"]


def test_what_mailchimp_refuses_is_parked_with_its_word(chimp: Chimp, weekly: NewsletterList) -> None:
    put_as_draft(make_edition(weekly, both()))
    chimp.double.account.audiences[chimp.id].categories.clear()
    work()
    campaign = Campaign.objects.get(language="en")
    assert campaign.state == "failed"
    assert campaign.refusal
    assert campaign.error
    before = sum(chimp.double.calls.values())
    work()
    assert sum(chimp.double.calls.values()) == before, "it is not asked for ever"


def test_who_unschedules_it_at_mailchimp_is_heard_and_who_planned_it_told(chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    to = planned_by_an_editor(edition)
    schedule(edition, at_quarter())
    work()
    there(chimp).status = "save"
    Campaign.objects.update(due_at=database_now() - timedelta(hours=1))
    work()
    work()
    assert there(chimp).status == "save"
    assert Mail.objects.filter(to=to).count() == 1
    try_again(Campaign.objects.get(language="en"))
    work()
    assert there(chimp).status == "schedule"


def test_another_time_chosen_at_mailchimp_stays_so_through_a_small_edit(chimp: Chimp, weekly: NewsletterList) -> None:
    page = both()
    edition = make_edition(weekly, page)
    schedule(edition, at_quarter())
    work()
    later = at_quarter(30)
    there(chimp).send_time = later.isoformat()
    edit(page, title="Great storm", change_kind="small_edit")
    work()
    assert "Great storm" in there(chimp).content["html"]
    assert datetime.fromisoformat(there(chimp).send_time) == later
    schedule(edition, at_quarter(48))
    work()
    assert datetime.fromisoformat(there(chimp).send_time) == at_quarter(48)


def test_what_mailchimp_refuses_to_take_back_is_tried_until_it_does(
    chimp: Chimp, weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = both()
    edition = make_edition(weekly, page)
    to = planned_by_an_editor(edition)
    schedule(edition, at_quarter())
    work()
    stories.withdraw(story(page), reason="Wrong")
    for name in ("unschedule_campaign", "delete_campaign"):
        monkeypatch.setattr(Mailchimp, name, refusing)
    for _time in range(3):
        watch()
        tell_next()
        tell_next()
    assert there(chimp).status == "schedule"
    assert Mail.objects.filter(to=to).count() == 2, "once for each language"
    monkeypatch.undo()
    work()
    assert not chimp.double.account.campaigns


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("call", CALLS[1:])
def test_a_worker_that_is_killed_after_a_call_makes_nothing_twice(
    chimp: Chimp, weekly: NewsletterList, call: str
) -> None:
    schedule(make_edition(weekly, both()), at_quarter())
    fault = chimp.double.faults.plan(Kind.SLOW, on=call, seconds=30)
    code = "import django; django.setup(); from newsletter.editions.telling import tell_next; tell_next()"
    environment = environment_on(str(connection.settings_dict["NAME"])) | {
        "MAILCHIMP_API_KEY": chimp.double.key,
        "MAILCHIMP_URL": chimp.double.api_url,
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while not fault.happened:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    Campaign.objects.filter(state="running").update(leased_until=database_now() - timedelta(seconds=1))
    cache.clear()
    work()
    assert there(chimp).status == there(chimp, "FR").status == "schedule"
    assert there(chimp).content["html"]
