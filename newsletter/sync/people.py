"""People as Mailchimp is to have them in an audience."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsletter.links import preferences_url
from newsletter.models import Audience, Contact, Subscriber, Subscription
from newsletter.sync.mapping import Kept


@dataclass(frozen=True)
class Person:
    """Somebody as they are to be there. `gets`: lists that are kept there. `confirmed_at`: of these, the latest.
    `merge_fields` have a link in them that is theirs alone, and is shown nowhere else.
    """

    email: str
    language: str
    gets: frozenset[int]
    interests: dict[str, bool]
    tags: dict[str, bool]
    merge_fields: dict[str, str] = field(repr=False)
    confirmed_at: datetime | None

    def as_member(self, speaks: str, has: Container[str] | None = None) -> dict[str, Any]:
        """For Mailchimp, without a status. `speaks`: the language that they have there, whose variant is left. `has`:
        what they are known to have there, which is not given again: they may have given it up since.
        """
        member: dict[str, Any] = {"email_address": self.email}
        if not speaks.startswith(f"{self.language}_"):
            member["language"] = self.language
        interests = {key: on for key, on in self.interests.items() if not on or has is None or key not in has}
        if interests:
            member["interests"] = interests
        if self.merge_fields:
            member["merge_fields"] = self.merge_fields
        return member

    def as_new_member(self, speaks: str = "") -> dict[str, Any]:
        """The same for somebody who is added: with the moment at which they agreed."""
        agreed = {"timestamp_opt": self.confirmed_at.isoformat(timespec="seconds")} if self.confirmed_at else {}
        return self.as_member(speaks) | agreed


def people_of(audience: Audience, kept: Kept, contacts: Sequence[Contact]) -> dict[int, Person]:
    """Those of these rows, by key; as they are now. Two queries. `kept`: the audience's lists."""
    subscribers = [one.subscriber_id for one in contacts]
    active: dict[int, dict[int, datetime]] = {}
    found = Subscription.objects.filter(subscriber__in=subscribers, list__in=kept.lists, is_active=True)
    for subscriber, one, changed_at in found.values_list("subscriber_id", "list_id", "changed_at"):
        active.setdefault(subscriber, {})[one] = changed_at
    people = {}
    rows = Contact.objects.filter(pk__in=[one.pk for one in contacts])
    for pk, subscriber, email, language in rows.values_list(
        "pk", "subscriber_id", "subscriber__email", "subscriber__language"
    ):
        chosen = active.get(subscriber, {})
        people[pk] = Person(
            email=email,
            language=language,
            gets=frozenset(chosen),
            interests=kept.interests_of(chosen),
            tags=kept.tags_of(chosen),
            merge_fields=_merge_fields(audience, subscriber, language) if subscriber else {},
            confirmed_at=max(chosen.values(), default=None),
        )
    return people


def _merge_fields(audience: Audience, subscriber: int, language: str) -> dict[str, str]:
    """What mails that are sent there know of somebody; never a field that Mailchimp does not have."""
    usable = audience.usable_fields
    values = {"language_field": language}
    if "preferences_field" in usable:
        values["preferences_field"] = preferences_url(Subscriber(pk=subscriber))
    return {tag: values[name] for name, tag in usable.items()}
