"""Finds campaigns of which something else is wanted than what was done: a story was withdrawn, edited, is public now.

It asks how things are, and hears of nothing: so no act, no clock and no lost message is missed.
"""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from delivery.clock import database_now
from jobs import lease
from jobs.models import JobState
from newsletter.editions.wishes import wish_of
from newsletter.models import GONE_OUT, Campaign, Edition, Plan, RemoteState

# Until Mailchimp says that it has sent what was to go out, it is asked so often; of drafts, which somebody there may
# send, rarely: a webhook tells of them.
ASK_AGAIN = timedelta(minutes=1)
ASK_OF_DRAFTS = timedelta(minutes=15)


def watch() -> bool:
    """Have campaigns worked on of which something else is wanted now.

    Whether Mailchimp is to be told at once, even if it did not answer just now: it would send what may not go out.
    """
    open_ones = Campaign.objects.exclude(remote_state__in=GONE_OUT).exclude(state=JobState.RUNNING)
    wanted = ~Q(edition__plan=Plan.PREPARING) | ~Q(mailchimp_id="")
    editions: dict[int, Edition] = {}
    is_urgent = False
    for campaign in open_ones.filter(wanted):
        if campaign.edition_id not in editions:
            editions[campaign.edition_id] = _edition(campaign.edition_id)
        wish = wish_of(campaign, editions[campaign.edition_id])
        has_to_be_taken_back = wish.context is None and bool(campaign.mailchimp_id)
        if wish.digest != campaign.handled:
            _again(campaign, at_once=has_to_be_taken_back)
            is_urgent |= has_to_be_taken_back
    for edition in editions.values():
        _complete(edition)
    _ask_what_went_out()
    return is_urgent


def _complete(edition: Edition) -> None:
    """The newsletter may have another language since it was planned."""
    known = {campaign.language for campaign in edition.campaigns.all()}
    for language in edition.languages if edition.plan != Plan.PREPARING else ():
        if language not in known:
            Campaign.objects.get_or_create(edition=edition, language=language)


def _edition(pk: int) -> Edition:
    return Edition.objects.select_related("newsletter__audience").prefetch_related("stories", "campaigns").get(pk=pk)


def _again(campaign: Campaign, *, at_once: bool) -> None:
    """What waits already may be in a pause, as Mailchimp is away: it goes on to wait, unless `at_once`."""
    states = [JobState.DONE, JobState.FAILED, *([JobState.QUEUED] if at_once else [])]
    idle = Campaign.objects.filter(pk=campaign.pk, state__in=states)
    idle.update(state=JobState.QUEUED, attempts=0, error="", due_at=Now())


def _ask_what_went_out() -> None:
    now = database_now()
    is_time = Q(remote_state=RemoteState.SENDING) | Q(remote_state=RemoteState.SCHEDULED, scheduled_at__lte=now)
    goes_out = is_time & Q(due_at__lte=now - ASK_AGAIN)
    may_go_out = Q(remote_state__in=(RemoteState.DRAFT, RemoteState.SCHEDULED), due_at__lte=now - ASK_OF_DRAFTS)
    due = Campaign.objects.filter(goes_out | may_go_out, state=JobState.DONE)
    due.update(state=JobState.QUEUED, attempts=0, due_at=Now())


def heard_of(mailchimp_id: str) -> None:
    """Mailchimp says that something happened to a campaign: it is asked what."""
    idle = Campaign.objects.filter(mailchimp_id=mailchimp_id, state=JobState.DONE)
    idle.update(state=JobState.QUEUED, attempts=0, due_at=Now())


def try_again(campaign: Campaign) -> None:
    """Have a campaign that Mailchimp refused told once more; one that was deleted there is made anew."""
    lease.requeue(campaign, handled="", refusal="")
