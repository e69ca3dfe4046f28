"""A person goes: here, and at Mailchimp."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from delivery.clock import database_now
from newsletter.models import (
    Author,
    Contact,
    Export,
    Intention,
    SignUp,
    Subscriber,
    Subscription,
    SubscriptionChange,
    Suppression,
)


@transaction.atomic
def erase(email: str, by: Author = Author.PERSON) -> None:
    """Forget somebody for ever; Mailchimp is told to do so, too. Only they themselves subscribe them again.
    `by`: who did it.

    Of the address, and of those that they had before, a digest is left, and until Mailchimp has done it, the digest
    that is its key there.
    """
    # The person first, then what hangs on them: as everybody does it.
    Subscriber.objects.select_for_update().filter(email=email).first()
    at = database_now()
    for each in {email, *_former(email)}:
        Suppression.objects.update_or_create(digest=Suppression.digest_of(each), defaults={"since": at})
    # How many get a list is told without them, also of the time before.
    active = Subscription.objects.filter(subscriber__email=email, is_active=True).values_list("list_id", flat=True)
    SubscriptionChange.objects.bulk_create(
        SubscriptionChange(list_id=one, is_active=False, at=at, by=by) for one in active
    )
    contacts = Contact.objects.filter(subscriber__email=email)
    for contact in contacts.exclude(chosen_there=None):
        # Whoever comes back before Mailchimp has done it comes back to what they confirm, not to what they still have.
        contacts.filter(pk=contact.pk).update(chosen_there=dict.fromkeys(contact.chosen_there or {}, 0))
    contacts.change(Intention.ERASE)
    # Whoever writes one holds its row; what was written of them by then goes, too.
    exports = Export.objects.filter(list__subscriptions__subscriber__email=email).select_for_update(of=("self",))
    Export.objects.filter(pk__in=[export.pk for export in exports]).delete()
    SignUp.objects.filter(email=email).delete()
    Subscriber.objects.filter(email=email).delete()


def _former(email: str) -> Iterable[str]:
    """Addresses by which this person confirmed before, and that are nobody else's now."""
    theirs = SignUp.objects.filter(subscriber__email=email).exclude(email__in=Subscriber.objects.values("email"))
    return theirs.values_list("email", flat=True)


def kept_of(email: str) -> dict[str, list[dict[str, Any]]]:
    """What is kept of somebody: newsletters, how they came by them, and when they confirmed it."""
    subscriptions = Subscription.objects.filter(subscriber__email=email).select_related("list")
    imported = SubscriptionChange.objects.filter(subscriber__email=email, imported__isnull=False)
    sign_ups = SignUp.objects.filter(email=email).select_related("consent").prefetch_related("lists")
    return {
        "newsletters": [
            {
                "newsletter": one.list.slug,
                "subscribed": one.is_active,
                "changed_at": one.changed_at.isoformat(),
                "changed_by": one.changed_by,
            }
            for one in subscriptions
        ],
        "newsletter_imports": [
            {"newsletter": one.list.slug, "at": one.at.isoformat(), "consent": one.imported.consent}
            for one in imported.select_related("list", "imported")
            if one.imported is not None
        ],
        "newsletter_sign_ups": [
            {
                "newsletters": [each.slug for each in one.lists.all()],
                "text_version": one.consent.version,
                "asked_at": one.asked_at.isoformat(),
                "asked_from": one.asked_from,
                "confirmed_at": one.confirmed_at.isoformat() if one.confirmed_at else None,
                "confirmed_from": one.confirmed_from,
            }
            for one in sign_ups
        ],
    }
