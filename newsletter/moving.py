"""A newsletter that is kept elsewhere at Mailchimp from now on: its subscribers are told of there.

A machine's act: whoever refused mails there is not subscribed again, but leaves here, too. The transaction is the
change's: a comparison in between would find everybody missing there, and take that for their will. So it is a few
queries, whether one person gets the list or a hundred thousand.
"""

from django.db import transaction

from delivery.clock import database_now
from newsletter import acts
from newsletter.models import Audience, Contact, FormerMapping, Intention, NewsletterList, Subscriber, Subscription


@transaction.atomic
def moved(one: NewsletterList, former: NewsletterList | None) -> None:
    """A list's mapping has changed: `one` has the new one, `former` the one of before.

    In the audience that it leaves everybody stays as they are: an unsubscription there would count as theirs if the
    list came back. They are unsubscribed there when they leave. Who leaves there, before that is known here or by a
    mail of before, leaves the list where it is now.
    """
    if former is not None and former.audience is not None and former.audience != one.audience:
        FormerMapping.objects.create(list=one, audience=former.audience, interest=former.interest, tag=former.tag)
        _add_no_more(former.audience)
    if one.audience is None:
        return
    # What there is of people there already may be news: everybody is compared once.
    Audience.objects.filter(pk=one.audience.pk).update(heard_until=None)
    at = database_now()
    acts.enlist(one.audience, Subscriber.objects.filter(subscriptions__list=one, subscriptions__is_active=True), at)


def _add_no_more(audience: Audience) -> None:
    """Who waits to be added there, and gets nothing any more that is kept there, is not."""
    getting = Subscription.objects.filter(is_active=True, list__audience=audience).values("subscriber")
    waiting = Contact.objects.filter(audience=audience, intention__in=(Intention.ADD, Intention.CONFIRM))
    waiting.exclude(subscriber__in=getting).change(Intention.PROFILE)
