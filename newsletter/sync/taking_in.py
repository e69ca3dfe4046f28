"""What Mailchimp says is compared with what we have, and either side mended."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.addresses import canonical
from newsletter import acts
from newsletter.mailchimp import Member
from newsletter.models import (
    Audience,
    Author,
    Contact,
    Intention,
    NewsletterList,
    Standing,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.sync.deciding import Here, Plan, decide
from newsletter.sync.mapping import WHOLE, Kept, kept_in

# Fewer than these are compared one by one.
FEW = 10
# What was done, by name: `subscribed here`, `unsubscribed here`, `told there`, `address changed`.
Healed = Counter[str]


def take_in(audience: Audience, members: Iterable[Member], asked_at: datetime | None = None) -> Healed:
    """People as Mailchimp has them now.

    `asked_at`: by our clock, before Mailchimp was asked, where more than one was asked about. Who was told something
    since then is left out: what is here is older than that, and would look as if they had given it up. Whatever they
    did there meanwhile, the next comparison has.
    """
    healed: Healed = Counter()
    for member in _differing(audience, list(members)):
        with transaction.atomic():
            contact = _contact_of(audience, member, healed)
            if asked_at is None or contact.told_at is None or contact.told_at < asked_at:
                healed += _take_in_one(audience, contact, member)
    return healed


def take_absence_in(contact: Contact) -> Healed:
    """Mailchimp does not know this person."""
    with transaction.atomic():
        locked = _locked(contact)
        return _take_in_one(locked.audience, locked, None)


def _differing(audience: Audience, members: Sequence[Member]) -> list[Member]:
    """Those of whom Mailchimp says something new, or other than we do; found with three queries for all of them."""
    if len(members) < FEW:
        return list(members)
    lists_there = kept_in(audience)
    rows = Contact.objects.filter(audience=audience, digest__in=[member.key for member in members])
    contacts = {contact.digest: contact for contact in rows}
    lists: dict[int, dict[int, tuple[bool, datetime]]] = {}
    subscribers = [contact.subscriber_id for contact in contacts.values()]
    kept = Subscription.objects.filter(subscriber__in=subscribers, list__in=lists_there.known)
    for subscriber, one, gets, since in kept.values_list("subscriber_id", "list_id", "is_active", "changed_at"):
        lists.setdefault(subscriber, {})[one] = (gets, since)
    digests = [Suppression.digest_of(canonical(member.email)) for member in members]
    suppressed = set(Suppression.objects.filter(digest__in=digests).values_list("digest", flat=True))
    found = []
    for member, digest in zip(members, digests, strict=True):
        contact = contacts.get(member.key)
        if contact is None or digest in suppressed or not _is_known(contact, member):
            found.append(member)
            continue
        here = _as_here(contact, lists_there, lists.get(contact.subscriber_id or 0, {}), None)
        chosen = lists_there.chosen_there(member, _known(contact, lists_there, here), _active(here))
        if chosen != contact.chosen_there or decide(here, lists_there.there(member)) != Plan():
            found.append(member)
    return found


def _is_known(contact: Contact, member: Member) -> bool:
    heard = (contact.remote_status, contact.remote_id, contact.remote_changed_at)
    return heard == (member.status, member.contact_id, member.changed_at)


def _contact_of(audience: Audience, member: Member, healed: Healed) -> Contact:
    """The row of somebody, locked; found by Mailchimp's own id, too, where the address has changed."""
    rows = Contact.objects.filter(audience=audience)
    contact = rows.filter(digest=member.key).first()
    moved = rows.filter(remote_id=member.contact_id).exclude(digest=member.key).first() if member.contact_id else None
    if moved is not None and (contact is None or contact.subscriber is None):
        if contact is not None:
            # Somebody asked about the new address, before we knew whose it is.
            contact.delete()
        moved = _locked(moved)
        _move(moved, member)
        healed["address changed"] += 1
        return moved
    if moved is not None and contact is not None:
        _merge(moved, contact, member)
        healed["address changed"] += 1
    if contact is None:
        contact = Contact.objects.heard_of(audience, member.key)
    return _locked(contact)


def _locked(contact: Contact) -> Contact:
    """As it is now. The person first, as their own acts do it: else each would wait for the other."""
    if contact.subscriber_id is not None:
        Subscriber.objects.select_for_update().filter(pk=contact.subscriber_id).first()
    return Contact.objects.select_for_update(of=("self",)).select_related("subscriber").get(pk=contact.pk)


def _move(contact: Contact, member: Member) -> None:
    """The person has another address there, so here as well; unless somebody here has that one already."""
    email = canonical(member.email)
    holder, former = Subscriber.objects.filter(email=email).first(), contact.subscriber
    if holder is None and former is not None:
        Subscriber.objects.filter(pk=former.pk).update(email=email)
        # The address of before is theirs, too: no old table subscribes it, whatever becomes of them.
        Suppression.objects.update_or_create(
            digest=Suppression.digest_of(former.email), defaults={"since": member.changed_at}
        )
        if member.is_subscribed:
            # That they have this one now is their own act, whoever had it when it was erased.
            Suppression.objects.filter(digest=Suppression.digest_of(email)).delete()
        # Elsewhere the person is known by the old address: there the new one is told.
        Contact.objects.filter(subscriber=contact.subscriber_id).exclude(pk=contact.pk).change()
    elif holder is not None:
        contact.subscriber = holder
        if former is not None and former.pk != holder.pk:
            _goes_on(former, contact.audience, member)
    contact.digest = member.key
    contact.save(update_fields=["digest", "subscriber"])


def _merge(moved: Contact, contact: Contact, member: Member) -> None:
    """The person signed up here with their new address before we heard of it: they are one there, so one here, with
    the row that has the address.
    """
    both = [one.subscriber_id for one in (moved, contact) if one.subscriber_id]
    list(Subscriber.objects.select_for_update().filter(pk__in=both).order_by("pk"))
    moved = _locked(moved)
    former, audience = moved.subscriber, moved.audience
    moved.delete()
    if former is not None and former.pk != contact.subscriber_id:
        _goes_on(former, audience, member)


def _goes_on(former: Subscriber, audience: Audience, member: Member) -> None:
    """By another address, which somebody has here: by the one of before they get nothing of this audience any more."""
    acts.unsubscribe(former, audience.lists.all(), member.changed_at, Author.MAILCHIMP, audience)


def _take_in_one(audience: Audience, contact: Contact, member: Member | None) -> Healed:
    lists_there = kept_in(audience)
    there = lists_there.there(member) if member else None
    here = _here(contact, lists_there, member)
    plan = decide(here, there)
    healed: Healed = Counter()
    values: dict[str, Any] = {"remote_status": member.status if member else Standing.GONE}
    if member:
        heard = {"remote_id": member.contact_id, "remote_language": member.language[:10]}
        values |= heard | {"remote_changed_at": member.changed_at}
    known = _known(contact, lists_there, here)
    values["chosen_there"] = lists_there.chosen_there(member, known, _active(here)) if member else {}
    if plan.drops:
        values |= {"intention": Intention.PROFILE, "intended_at": None}
    Contact.objects.filter(pk=contact.pk).update(**values)
    _act(contact, plan, member, healed)
    if member is not None and contact.subscriber is not None and _has_chosen_language(contact, member):
        acts.speak(contact.subscriber, _language_of(member))
        healed["language changed"] += 1
    return healed


def _has_chosen_language(contact: Contact, member: Member) -> bool:
    """Whether somebody who was in step has changed there since. A variant of a language is the language."""
    return (
        not contact.has_to_tell
        and contact.remote_status == Standing.SUBSCRIBED
        and member.is_subscribed
        and contact.remote_changed_at is not None
        and member.changed_at > contact.remote_changed_at
        and member.language.startswith(("en", "fr"))
    )


def _language_of(member: Member) -> str:
    return "fr" if member.language.startswith("fr") else "en"


def _act(contact: Contact, plan: Plan, member: Member | None, healed: Healed) -> None:
    subscriber = contact.subscriber
    if plan.subscribe and member is not None:
        subscriber = subscriber or _new_subscriber(contact, member)
        at = member.opted_at or member.changed_at
        acts.subscribe(subscriber, _lists(plan.subscribe), at, Author.MAILCHIMP)
        healed["subscribed here"] += 1
    if plan.unsubscribe and subscriber is not None:
        at = member.changed_at if member else max(one.changed_at for one in subscriber.subscriptions.all())
        acts.unsubscribe(subscriber, _lists(plan.unsubscribe), at, Author.MAILCHIMP, contact.audience)
        healed["unsubscribed here"] += 1
    if plan.tell is not None:
        Contact.objects.filter(pk=contact.pk).change(plan.tell)
        healed["told there"] += 1


def _new_subscriber(contact: Contact, member: Member) -> Subscriber:
    email = canonical(member.email)
    Suppression.objects.filter(digest=Suppression.digest_of(email)).delete()
    subscriber, _is_new = Subscriber.objects.get_or_create(email=email, defaults={"language": _language_of(member)})
    Contact.objects.filter(pk=contact.pk).update(subscriber=subscriber)
    return subscriber


def _lists(keys: Iterable[int]) -> Sequence[NewsletterList]:
    return list(NewsletterList.objects.filter(pk__in=keys))


def _here(contact: Contact, lists_there: Kept, member: Member | None) -> Here:
    if contact.subscriber is not None:
        # Who is known was not erased; theirs may be the address of before still.
        kept = contact.subscriber.subscriptions.filter(list__in=lists_there.known)
        return _as_here(contact, lists_there, {one.list_id: (one.is_active, one.changed_at) for one in kept}, None)
    digest = Suppression.digest_of(canonical(member.email)) if member else ""
    return _as_here(contact, lists_there, {}, Suppression.objects.filter(digest=digest).first())


def _active(here: Here) -> set[int]:
    return {one for one, (is_active, _since) in here.lists.items() if is_active}


def _known(contact: Contact, lists_there: Kept, here: Here) -> dict[str, int] | None:
    """What somebody had there until now. Who may have been told of, by a worker that did not come back, before a list
    moved away, may have had its place.
    """
    if contact.chosen_there is None and here.former:
        return {WHOLE: 0} | {one.key: 0 for one in lists_there.former if one.list in here.former}
    return contact.chosen_there


def _as_here(
    contact: Contact, lists_there: Kept, lists: dict[int, tuple[bool, datetime]], suppressed: Suppression | None
) -> Here:
    known = contact.chosen_there or {}
    return Here(
        lists={one: kept for one, kept in lists.items() if one in lists_there.lists},
        is_waiting=contact.has_to_tell,
        intention=contact.intention,
        intended_at=contact.intended_at,
        suppressed_since=suppressed.since if suppressed else None,
        was_subscribed=contact.remote_status in (Standing.SUBSCRIBED, Standing.PENDING),
        left_over=frozenset(one for one, key in lists_there.keys.items() if known.get(key, one) != one),
        told=frozenset(one for one, key in lists_there.keys.items() if known.get(key) == one and one in lists),
        former=_former(contact, lists_there, lists),
    )


def _former(
    contact: Contact, lists_there: Kept, lists: dict[int, tuple[bool, datetime]]
) -> dict[int, tuple[bool, datetime]]:
    """Lists that moved away, and that somebody gets who was in the audience then: as in `Here`."""
    found: dict[int, tuple[bool, datetime]] = {}
    known = contact.chosen_there
    for one in lists_there.former:
        is_active, since = lists.get(one.list, (False, one.until))
        if is_active and since < one.until and (known is None or WHOLE in known):
            has_place = known is not None and one.key in known
            found[one.list] = (has_place or found.get(one.list, (False,))[0], since)
    return found
