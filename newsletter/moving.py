"""A newsletter that is kept elsewhere at Mailchimp from now on: its subscribers are told of there.

A machine's act: whoever refused mails there is not subscribed again, but leaves here, too.
"""

from collections.abc import Iterator
from itertools import islice

from django.db import transaction

from delivery.clock import database_now
from newsletter import acts
from newsletter.models import Audience, Contact, Intention, NewsletterList, Subscriber, Subscription

# Subscribers in memory at a time.
CHUNK = 5000


@transaction.atomic
def moved(one: NewsletterList, former: Audience | None) -> None:
    """A list's mapping has changed: `one` has the new one, it was kept in `former`.

    In the audience that it leaves everybody stays as they are: an unsubscription there would count as theirs if the
    list came back. They are unsubscribed there when they leave.
    """
    if former is not None and former != one.audience:
        _add_no_more(former)
    if one.audience is None:
        return
    # What there is of people there already may be news: everybody is compared once.
    Audience.objects.filter(pk=one.audience.pk).update(heard_until=None)
    at = database_now()
    people = Subscriber.objects.filter(subscriptions__list=one, subscriptions__is_active=True).only("email")
    for lot in _lots(people.iterator(CHUNK)):
        acts.enlist(one.audience, lot, at)


def _add_no_more(audience: Audience) -> None:
    """Who waits to be added there, and gets nothing any more that is kept there, is not."""
    getting = Subscription.objects.filter(is_active=True, list__audience=audience).values("subscriber")
    waiting = Contact.objects.filter(audience=audience, intention__in=(Intention.ADD, Intention.CONFIRM))
    keys = list(waiting.exclude(subscriber__in=getting).values_list("pk", flat=True))
    Contact.objects.filter(pk__in=keys).change(Intention.PROFILE)


def _lots(rows: Iterator[Subscriber]) -> Iterator[list[Subscriber]]:
    while lot := list(islice(rows, CHUNK)):
        yield lot
