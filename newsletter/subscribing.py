"""What people do: sign up, confirm, leave, choose. Nobody learns from an answer who gets what."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import override

from accounts.addresses import canonical
from accounts.errors import NobodyCounts, TooManyTries
from accounts.limits import Limit
from delivery.clock import database_now
from home.mail import post
from newsletter import acts
from newsletter.errors import Erased, LinkOver, UnknownConsent, UnknownList
from newsletter.links import confirm_url, leaving_of, preferences_url, sign_up_of, unsubscribe_url
from newsletter.mailchimp import is_configured
from newsletter.models import Author, ConsentText, Contact, NewsletterList, SignUp, Subscriber, Suppression

# A flood of requests for one address sends few mails; one for many addresses is stopped where it comes from.
MAILS_AN_ADDRESS = Limit("newsletter mails by address", "3/day")
BY_NETWORK = Limit("newsletter sign-ups by network", "30/hour")


def sign_up(
    email: str,
    lists: Sequence[NewsletterList],
    language: str,
    client: str,
    address: str,
    consent: ConsentText | None = None,
) -> bool:
    """Somebody asks for newsletters; whose address it is gets a mail, and has to confirm it. Whether it is sent: it is
    not after some a day, of which no stranger learns.

    `client`: stands for the network asked from (`accounts.callers`), `address`: that it came from. `consent`: the text
    that they saw; without it, the one in force. It makes no difference who already gets what. Raises TooManyTries for
    the network, NobodyCounts, ValidationError for what is no address.
    """
    BY_NETWORK.take(client)
    email = canonical(email)
    SignUp._meta.get_field("email").run_validators(email)
    try:
        MAILS_AN_ADDRESS.take(email)
    except TooManyTries:
        return False
    with transaction.atomic():
        asked = SignUp.objects.create(
            email=email,
            language=language,
            consent=consent or ConsentText.in_force(),
            asked_from=network_of(address),
        )
        asked.lists.set(lists)
        post(
            "newsletter_confirm",
            email,
            language,
            {
                "lists": _names(lists, language),
                "confirm_url": confirm_url(asked),
                "days": settings.NEWSLETTER_CONFIRM_DAYS,
            },
        )
    return True


@transaction.atomic
def confirm(token: str, address: str) -> None:
    """The address's owner says yes. A second time changes nothing. Raises BadLink, LinkOver."""
    found = SignUp.objects.select_for_update(of=("self",)).filter(pk=sign_up_of(token)).first()
    if found is None or (found.confirmed_at is None and found.asked_at < database_now() - _good_for()):
        raise LinkOver(days=settings.NEWSLETTER_CONFIRM_DAYS)
    if found.confirmed_at is not None:
        return
    Suppression.objects.filter(digest=Suppression.digest_of(found.email)).delete()
    subscriber, _is_new = Subscriber.objects.get_or_create(email=found.email, defaults={"language": found.language})
    acts.speak(subscriber, found.language)
    at = database_now()
    acts.subscribe(subscriber, found.lists.all(), at, Author.PERSON)
    # Mailchimp may hold or refuse them, whatever we have heard: they are welcomed when it has said that it writes to
    # them, mostly within seconds.
    held = is_configured() and found.lists.filter(audience__missing_since=None, audience__isnull=False).exists()
    SignUp.objects.filter(pk=found.pk).update(
        confirmed_at=at, confirmed_from=network_of(address), subscriber=subscriber, waits_for_welcome=held
    )
    if not held:
        _welcome(subscriber, found.lists.all())


def welcome_late() -> int:
    """Welcome those to whom Mailchimp writes by now, for what they still get; how many."""
    waiting = SignUp.objects.filter(waits_for_welcome=True)
    of_theirs = Contact.objects.filter(subscriber=OuterRef("subscriber"), audience__lists__sign_ups=OuterRef("pk"))
    number = 0
    with transaction.atomic():
        not_yet = of_theirs.filter(audience__missing_since=None).not_written_to()
        free = waiting.exclude(Exists(not_yet)).select_for_update(of=("self",), skip_locked=True)
        for found in free.select_related("subscriber").order_by("confirmed_at"):
            SignUp.objects.filter(pk=found.pk).update(waits_for_welcome=False)
            gets = found.lists.filter(subscriptions__subscriber=found.subscriber, subscriptions__is_active=True)
            # Who signed up once more for the same is welcomed to it once.
            later = waiting.filter(subscriber=found.subscriber, confirmed_at__gt=found.confirmed_at)
            gets = gets.exclude(sign_ups__in=later)
            if found.subscriber is not None and gets:
                _welcome(found.subscriber, gets)
                number += 1
    return number


def _welcome(subscriber: Subscriber, lists: Iterable[NewsletterList]) -> None:
    post(
        "newsletter_welcome",
        subscriber.email,
        subscriber.language,
        {
            "lists": _names(list(lists), subscriber.language),
            "preferences_url": preferences_url(subscriber),
            "unsubscribe_url": unsubscribe_url(subscriber),
        },
    )


@transaction.atomic
def leave(token: str) -> None:
    """Somebody leaves the list whose mail the token stood in, or all of them. Again changes nothing. Raises BadLink."""
    leaving = leaving_of(token)
    subscriber = Subscriber.objects.filter(pk=leaving.subscriber_id).first()
    if subscriber is None:  # erased: they get nothing
        return
    if leaving.list_id:
        acts.unsubscribe(subscriber, NewsletterList.objects.filter(pk=leaving.list_id), database_now(), Author.PERSON)
    else:
        acts.leave_everything(subscriber, database_now(), Author.PERSON)


@dataclass(frozen=True)
class Preferences:
    """What somebody gets, of what they can get. `to_confirm`: what a mail has just asked them to confirm; `not_asked`:
    what they want, and no mail was sent for, as too many were asked for.
    """

    subscriber: Subscriber
    lists: Sequence[tuple[NewsletterList, bool]]
    to_confirm: Sequence[NewsletterList] = ()
    not_asked: Sequence[NewsletterList] = ()


def preferences_of(token: str) -> Preferences:
    """What the owner of a link gets. Raises BadLink, Erased."""
    subscriber = Subscriber.objects.filter(pk=leaving_of(token).subscriber_id).first()
    if subscriber is None:
        raise Erased
    active = set(subscriber.subscriptions.filter(is_active=True).values_list("list_id", flat=True))
    shown = NewsletterList.objects.filter(Q(is_open=True) | Q(pk__in=active))
    return Preferences(subscriber, [(one, one.pk in active) for one in shown])


def choose(token: str, slugs: Sequence[str] | None, language: str | None, client: str, address: str) -> Preferences:
    """The owner of a link wants these and no others, in this language; None: as it is.

    No limit keeps anybody from leaving. Raises BadLink, Erased, BadParameter.
    """
    now = preferences_of(token)
    subscriber = now.subscriber
    added: list[NewsletterList] = []
    with transaction.atomic():
        if language:
            acts.speak(subscriber, language)
        if slugs is not None:
            _named(slugs, [one for one, _gets in now.lists])
            left = [one for one, gets in now.lists if gets and one.slug not in slugs]
            if slugs:
                acts.unsubscribe(subscriber, left, database_now(), Author.PERSON)
            else:
                acts.leave_everything(subscriber, database_now(), Author.PERSON)
            added = [one for one, gets in now.lists if not gets and one.slug in slugs]
    chosen = preferences_of(token)
    if added and not _asks(subscriber.email, added, language or subscriber.language, client, address):
        return replace(chosen, not_asked=added)
    return replace(chosen, to_confirm=added)


def open_lists(slugs: Sequence[str]) -> list[NewsletterList]:
    """The newsletters of these names. Raises UnknownList where one is closed, or never was."""
    return _named(slugs, NewsletterList.objects.filter(is_open=True))


def consent_text(version: str) -> ConsentText:
    """The text of consent in this version, in force or not: what was shown counts, and a page may be kept for a while.

    Raises UnknownConsent.
    """
    # They are few; and what strangers send may be what PostgreSQL does not take for a text.
    found = ConsentText.objects.in_bulk(field_name="version").get(version)
    if found is None:
        raise UnknownConsent(version)
    return found


def forget_unconfirmed() -> int:
    """Remove what nobody confirmed in time, here; how many. Who did not at Mailchimp is not welcomed any more."""
    SignUp.objects.filter(waits_for_welcome=True, confirmed_at__lt=Now() - _good_for()).update(waits_for_welcome=False)
    old = SignUp.objects.filter(~Q(asked_at__gte=Now() - _good_for()), confirmed_at=None)
    return old.delete()[0]


def network_of(address: str) -> str:
    """The network of an address, which tells less of a person: IPv4 /24, IPv6 /48."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def _asks(*asked: Any) -> bool:
    """The same as `sign_up`, where a mail is not all that somebody wants."""
    try:
        return sign_up(*asked)
    except (TooManyTries, NobodyCounts):
        return False


def _named(slugs: Sequence[str], lists: Iterable[NewsletterList]) -> list[NewsletterList]:
    known = {one.slug: one for one in lists}
    for slug in slugs:
        if slug not in known:
            raise UnknownList(slug)
    return [known[slug] for slug in dict.fromkeys(slugs)]


def _good_for() -> timedelta:
    return timedelta(days=settings.NEWSLETTER_CONFIRM_DAYS)


def _names(lists: Sequence[NewsletterList], language: str) -> list[str]:
    with override(language):
        return [one.name for one in lists]
