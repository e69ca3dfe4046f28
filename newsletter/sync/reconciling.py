"""Everybody who changed at Mailchimp since the last time is compared with what we have, and either side mended."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from delivery.clock import database_now
from newsletter.mailchimp import connected
from newsletter.models import Audience, Contact, Standing
from newsletter.sync.taking_in import Healed, take_in

logger = logging.getLogger(__name__)

# An advisory lock for each audience, whose first half is this.
COMPARING = 1_850_322_117
# Mailchimp's servers need not agree on the time.
OVERLAP = timedelta(minutes=10)


def reconcile(audience: Audience, *, everybody: bool = False) -> Healed:
    """Compare, and mend; what was mended, by name. It goes on where it broke off. Raises NoKey, Away, Refused.

    `everybody`: not only who changed. Then those are looked up as well whom Mailchimp does not list any more.
    Where somebody compares this audience already, nothing is done: that one goes on to its end.
    """
    with _alone(audience) as is_alone:
        return _reconcile(audience, everybody) if is_alone else Healed()


def _reconcile(audience: Audience, everybody: bool) -> Healed:
    healed: Healed = Healed()
    since = audience.heard_until - OVERLAP if audience.heard_until and not everybody else None
    seen: set[str] = set()
    with connected() as mailchimp:
        pages = mailchimp.members_since(audience.mailchimp_id, since)
        while (asked_at := database_now()) and (page := next(pages, None)) is not None:
            healed += take_in(audience, page, asked_at)
            seen |= {member.key for member in page} if everybody else set()
            if page:
                heard = max(page[-1].changed_at, audience.heard_until or page[-1].changed_at)
                Audience.objects.filter(pk=audience.pk).update(heard_until=heard)
    if everybody:
        listed = Contact.objects.filter(audience=audience, remote_status=Standing.SUBSCRIBED)
        missing = [pk for pk, digest in listed.values_list("pk", "digest").iterator() if digest not in seen]
        if missing:
            healed["looked up"] += Contact.objects.filter(pk__in=missing).read_again()
    Audience.objects.filter(pk=audience.pk).update(compared_at=Now(), healed=dict(healed))
    if healed:
        logger.warning("Mailchimp, %s: %s", audience.name, dict(healed))
    return healed


@contextmanager
def _alone(audience: Audience) -> Iterator[bool]:
    """Whether nobody else compares this audience, and nobody does while this lasts. A worker that dies lets go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [COMPARING, audience.pk])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [COMPARING, audience.pk])
