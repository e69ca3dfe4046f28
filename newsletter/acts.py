"""The one place that changes a subscription, and writes down with it what Mailchimp is to be told.

Whose act it is decides what follows: only a person's own confirmation overrides a refusal at Mailchimp, and what
Mailchimp told is not told back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import MD5

from jobs.models import JobState
from newsletter.models import (
    Audience,
    Author,
    Contact,
    Import,
    Intention,
    NewsletterList,
    Standing,
    Subscriber,
    Subscription,
    SubscriptionChange,
)
from newsletter.models.contacts import ContactQuerySet

# For many at once: the ORM's way takes a millisecond of processor time a row. Whose address has changed has a row by
# that of before, until that is told there (as in `contact_in`).
ENLIST = f"""
    INSERT INTO newsletter_contact (
        audience_id, subscriber_id, digest, intention, intended_at, state, progress, attempts, error, fence,
        has_to_read, version, told_version, refusal, remote_status, remote_id, remote_language
    )
    SELECT %s, person.pk, person.digest, '{Intention.ADD.value}', %s, '{JobState.QUEUED.value}', 0, 0, '', 0,
        false, 1, 0, '', '', '', ''
    FROM ({{people}}) AS person(pk, digest)
    WHERE NOT EXISTS (SELECT FROM newsletter_contact WHERE audience_id = %s AND subscriber_id = person.pk)
    ON CONFLICT (audience_id, digest) DO UPDATE SET subscriber_id = excluded.subscriber_id
        WHERE newsletter_contact.subscriber_id IS DISTINCT FROM excluded.subscriber_id
"""  # noqa: S608

SUBSCRIBE_NEW = f"""
    WITH person AS (SELECT unnest(%s::bigint[]) AS pk), subscription AS (
        INSERT INTO newsletter_subscription (subscriber_id, list_id, is_active, changed_at, changed_by)
        SELECT pk, %s, true, %s, '{Author.NEWSROOM.value}' FROM person
    )
    INSERT INTO newsletter_subscriptionchange (subscriber_id, list_id, is_active, at, "by", imported_id)
    SELECT pk, %s, true, %s, '{Author.NEWSROOM.value}', %s FROM person
"""  # noqa: S608


@transaction.atomic
def subscribe(subscriber: Subscriber, lists: Iterable[NewsletterList], at: datetime, by: Author) -> None:
    """Have somebody get these. Nothing happens where a later act said otherwise, or where the newsroom would
    subscribe somebody who left.
    """
    changed = _set(subscriber, lists, at, by, is_active=True)
    if by is Author.MAILCHIMP:
        return
    for audience in _audiences(changed):
        contact = contact_in(audience, subscriber)
        waits_for_more = by is Author.NEWSROOM and contact.intention == Intention.CONFIRM
        intention = Intention.CONFIRM if by is Author.PERSON else Intention.ADD
        _only(contact).change(None if waits_for_more else intention, at)


@transaction.atomic
def subscribe_new(subscribers: Sequence[int], one: NewsletterList, at: datetime, imported: Import) -> None:
    """Have many get a list who never got it: an act of the newsroom. `subscribers`: their keys. Whoever calls has
    locked them.
    """
    with connection.cursor() as cursor:
        cursor.execute(SUBSCRIBE_NEW, [list(subscribers), one.pk, at, one.pk, at, imported.pk])
    if one.audience is not None:
        just_now = {"changes__list": one, "changes__at": at, "changes__imported": imported}
        enlist(one.audience, Subscriber.objects.filter(**just_now), at)


@transaction.atomic
def unsubscribe(
    subscriber: Subscriber,
    lists: Iterable[NewsletterList],
    at: datetime,
    by: Author,
    heard_in: Audience | None = None,
) -> None:
    """Have somebody not get these any more. Nothing happens where a later act said otherwise.

    `heard_in`: the audience in which they left, at Mailchimp; it is not told.
    """
    changed = _set(subscriber, lists, at, by, is_active=False)
    if changed:
        # Where they get nothing any more a newsletter may be kept later, and would find them subscribed.
        gets = subscriber.subscriptions.filter(is_active=True, list__audience__isnull=False)
        elsewhere = Contact.objects.filter(subscriber=subscriber).exclude(audience__in=_audiences(changed))
        idle = elsewhere.exclude(audience__in=gets.values("list__audience"))
        idle.exclude(remote_status__in=Standing.refusing()).change(Intention.UNSUBSCRIBE, at)
    for audience in _audiences(changed):
        if audience == heard_in:
            continue
        goes_on = subscriber.subscriptions.filter(is_active=True, list__audience=audience).exists()
        _only(contact_in(audience, subscriber)).change(None if goes_on else Intention.UNSUBSCRIBE, at)


@transaction.atomic
def leave_everything(subscriber: Subscriber, at: datetime, by: Author) -> None:
    """Have somebody get nothing any more, of what they chose at Mailchimp and we have not heard of yet either."""
    unsubscribe(subscriber, NewsletterList.objects.filter(subscriptions__subscriber=subscriber), at, by)
    # A webhook may have told of the address before anybody knew whose it is.
    Contact.objects.filter(digest=Contact.digest_of(subscriber.email), subscriber=None).update(subscriber=subscriber)
    Contact.objects.filter(subscriber=subscriber).change(Intention.UNSUBSCRIBE, at)


def speak(subscriber: Subscriber, language: str) -> None:
    """Have somebody's mails in this language, here and there."""
    if subscriber.language != language:
        subscriber.language = language
        subscriber.save(update_fields=["language"])
        Contact.objects.filter(subscriber=subscriber).change()


def contact_in(audience: Audience, subscriber: Subscriber) -> Contact:
    """The outbox's row of somebody in an audience; made where there is none, waiting to be pushed."""
    rows = Contact.objects.filter(audience=audience)
    digest = Contact.digest_of(subscriber.email)
    # Until it is told there that their address is another one, they are known by that of before.
    contact = rows.filter(digest=digest).first() or rows.filter(subscriber=subscriber).first()
    if contact is None:
        contact, _is_new = rows.get_or_create(audience=audience, digest=digest, defaults={"subscriber": subscriber})
    if contact.subscriber_id != subscriber.pk:
        # A webhook told of the address before anybody here knew it.
        _only(contact).update(subscriber=subscriber)
    return contact


def enlist(audience: Audience, people: QuerySet[Subscriber], at: datetime) -> None:
    """Have these added in an audience, as far as it did not refuse them: a machine's act, at `at`. However many they
    are, it takes a few queries.

    Who confirms just now goes on doing so.
    """
    # As `Contact.digest_of` has it: addresses here are in small letters.
    digests = people.annotate(digest=MD5("email"))
    sql, parameters = digests.order_by("pk").values_list("pk", "digest").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ENLIST.format(people=sql), [audience.pk, at, *parameters, audience.pk])
    there = Contact.objects.filter(audience=audience, subscriber__in=people)
    known = there.exclude(intention=Intention.ADD, intended_at=at)
    known.filter(intention=Intention.CONFIRM).change()
    known.exclude(intention=Intention.CONFIRM).change(Intention.ADD, at)


def _set(
    subscriber: Subscriber, lists: Iterable[NewsletterList], at: datetime, by: Author, *, is_active: bool
) -> list[NewsletterList]:
    """Those of the lists that it changes, or confirms."""
    # One act at a time for one person.
    Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    chosen = list(lists)
    known = {one.list_id: one for one in subscriber.subscriptions.filter(list__in=chosen)}
    counts = []
    for one in chosen:
        now = known.get(one.pk)
        if now is None and not is_active:
            continue
        is_change = now is None or now.is_active != is_active
        if now is not None and is_change and is_active and by is Author.NEWSROOM:
            continue
        since = at
        if now is not None and now.changed_at > at:
            if by is not Author.MAILCHIMP:
                continue
            # It was decided that what happened there counts; the clocks only do not agree by how much.
            since = now.changed_at
        Subscription.objects.update_or_create(
            subscriber=subscriber,
            list=one,
            defaults={"is_active": is_active, "changed_at": since, "changed_by": by},
        )
        if is_change:
            SubscriptionChange.objects.create(subscriber=subscriber, list=one, is_active=is_active, at=since, by=by)
        counts.append(one)
    return counts


def _audiences(lists: Iterable[NewsletterList]) -> list[Audience]:
    found = {one.audience_id: one.audience for one in lists if one.audience is not None}
    return [audience for audience in found.values() if audience is not None]


def _only(contact: Contact) -> ContactQuerySet:
    return Contact.objects.filter(pk=contact.pk)
