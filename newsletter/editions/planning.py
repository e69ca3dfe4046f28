"""What the newsroom does with an edition. It is written down here; a worker tells Mailchimp."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from delivery.clock import database_now
from home.mail import post
from newsletter.editions.hindrances import Hindrance, hindrances_of
from newsletter.editions.letters import TEMPLATE, context_of
from newsletter.errors import EditionError
from newsletter.models import Campaign, Edition, Plan

# Mailchimp sends at :00, :15, :30 and :45, and wants to know a while before.
QUARTER = 15
AHEAD = timedelta(minutes=5)
LONGEST = timedelta(days=366)


@transaction.atomic
def put_as_draft(edition: Edition) -> None:
    """Have its mails at Mailchimp as drafts. Raises EditionError."""
    _plan(edition, Plan.DRAFT, None, hindrances_by(edition, database_now()))


@transaction.atomic
def schedule(edition: Edition, send_at: datetime) -> None:
    """Have Mailchimp send its mails at a time. Raises EditionError.

    A story whose embargo ends before that may be in it: until then Mailchimp has nothing.
    """
    if send_at < database_now() + AHEAD:
        raise EditionError("too_soon")
    if send_at > database_now() + LONGEST:
        raise EditionError("too_late")
    if send_at.minute % QUARTER or send_at.second or send_at.microsecond:
        raise EditionError("not_a_quarter")
    _plan(edition, Plan.SCHEDULED, send_at, hindrances_by(edition, send_at))


@transaction.atomic
def call_back(edition: Edition) -> None:
    """Have nothing of it at Mailchimp any more. Raises EditionError, for what has gone out."""
    _plan(edition, Plan.PREPARING, None, [])


def send_test(edition: Edition, language: str, to: str) -> None:
    """Send its mail in a language to somebody, by our own server: it needs no Mailchimp, and tells it nothing.

    Raises ValidationError for an address that is none.
    """
    post(TEMPLATE, to, language, context_of(edition, language) | {"is_campaign": False})


def hindrances_by(edition: Edition, moment: datetime) -> list[Hindrance]:
    """What keeps it from going out in all its languages, and does not end by itself until then."""
    found = dict.fromkeys(
        hindrance for language in edition.languages_to_go for hindrance in hindrances_of(edition, language)
    )
    return [hindrance for hindrance in found if not hindrance.is_over_by(moment)]


def _plan(edition: Edition, plan: Plan, send_at: datetime | None, hindrances: Sequence[Hindrance]) -> None:
    locked = Edition.objects.select_for_update().get(pk=edition.pk)
    if locked.has_gone_out:
        raise EditionError("gone_out")
    if hindrances:
        raise EditionError("hindered", hindrances)
    locked.plan, locked.send_at = plan, send_at
    locked.save(update_fields=["plan", "send_at"])
    edition.plan, edition.send_at = plan, send_at
    for language in locked.languages_to_go if plan else ():
        Campaign.objects.get_or_create(edition=locked, language=language)
