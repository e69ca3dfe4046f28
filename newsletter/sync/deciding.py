"""What follows where Mailchimp says something of a person: rules without a database.

Of two acts of the person the later one counts. An unsubscription beats whatever a machine did. So a subscription that
Mailchimp has counts only if the person can have made it there: they agreed (`opted_at`) after they left here. What we
push carries the moment of the confirmation here, so that a push of ours that arrives late is never taken for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.models import Intention


@dataclass(frozen=True)
class Here:
    """What we have. `lists`: of those that are kept in this audience, whether the person gets it, and since when;
    not those that they never had. `is_waiting`: something of ours has not been told there yet.
    `suppressed_since`: they were erased.
    """

    lists: Mapping[int, tuple[bool, datetime]] = field(default_factory=dict)
    is_waiting: bool = False
    intention: str = Intention.PROFILE
    intended_at: datetime | None = None
    suppressed_since: datetime | None = None


@dataclass(frozen=True)
class There:
    """What Mailchimp has. `lists`: of those that are kept in this audience, which the person has chosen there."""

    status: str
    changed_at: datetime
    opted_at: datetime | None
    lists: frozenset[int]


@dataclass(frozen=True)
class Plan:
    """What to do: lists to subscribe and to leave here, and what to tell there (None: nothing).

    `drops`: what waits to be told there is overtaken.
    """

    subscribe: frozenset[int] = frozenset()
    unsubscribe: frozenset[int] = frozenset()
    tell: Intention | None = None
    drops: bool = False


REFUSING = ("unsubscribed", "cleaned", "archived", "transactional")


def decide(here: Here, there: There | None) -> Plan:
    """What follows. `there`: None where Mailchimp does not know the person."""
    if here.intention == Intention.ERASE:
        return Plan()
    active = frozenset(number for number, (is_active, _since) in here.lists.items() if is_active)
    adds = here.intention in (Intention.ADD, Intention.CONFIRM)
    if there is None:
        # Whoever was there once, and was not to be added just now, was deleted by the newsroom at Mailchimp.
        return Plan() if adds else Plan(unsubscribe=active)
    if there.status == "pending":
        return Plan()
    if there.status in REFUSING:
        # Mailchimp counts whole seconds: within one, the unsubscription counts.
        overrides = (
            here.intention == Intention.CONFIRM
            and here.intended_at is not None
            and here.intended_at.replace(microsecond=0) > there.changed_at
        )
        return Plan() if overrides else Plan(unsubscribe=active, drops=adds)
    return _subscribed_there(here, there, active)


def _subscribed_there(here: Here, there: There, active: frozenset[int]) -> Plan:
    if here.suppressed_since is not None and not _agreed_after(there, here.suppressed_since):
        return Plan(tell=Intention.ERASE)
    new = frozenset(number for number in there.lists if number not in here.lists)
    left = {number: since for number, (is_active, since) in here.lists.items() if not is_active}
    again = frozenset(number for number in left.keys() & there.lists if _agreed_after(there, left[number]))
    if here.is_waiting and not again:
        # Ours is newer, or is told again to be sure.
        return Plan(subscribe=new if here.intention != Intention.UNSUBSCRIBE else frozenset())
    stays_left = frozenset(left.keys() & there.lists) - again
    off_there = frozenset() if here.is_waiting else active - there.lists
    subscribes, gets = new | again, (active - off_there) | new | again
    tell = None
    if stays_left:
        tell = Intention.PROFILE if gets else Intention.UNSUBSCRIBE
    drops = bool(again) and here.intention == Intention.UNSUBSCRIBE
    return Plan(subscribes, off_there, tell, drops)


def _agreed_after(there: There, moment: datetime) -> bool:
    return there.opted_at is not None and there.opted_at > moment
