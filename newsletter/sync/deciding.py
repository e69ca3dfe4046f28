"""What follows where Mailchimp says something of a person: rules without a database.

Of two acts of the person the later one counts. An unsubscription beats whatever a machine did. So a subscription that
Mailchimp has counts only if the person can have made it there: they agreed (`opted_at`) after they left here. What we
push carries the moment of the confirmation here, so that a push of ours that arrives late is never taken for one.

Tags are the newsroom's: nobody chooses one themselves. So a tag that somebody has there brings back no list that they
left, whenever they agreed to whatever else; one that was taken away there is an unsubscription, and has no moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter.models import Intention, Standing


@dataclass(frozen=True)
class Here:
    """What we have. `lists`: of those that are kept in this audience, whether the person gets it, and since when;
    not those that they never had. `is_waiting`: something of ours has not been told there yet. `was_subscribed`: there,
    as far as was heard until now. `suppressed_since`: they were erased. `left_over`: lists that are kept there now
    where another one was when the person chose it. `told`: those that they get, and were known to have there.
    `former`: those that they get since before they moved away from there: whether the person is known to have the
    place there that was theirs, and since when they get it.
    """

    lists: Mapping[int, tuple[bool, datetime]] = field(default_factory=dict)
    is_waiting: bool = False
    intention: str = Intention.PROFILE
    intended_at: datetime | None = None
    suppressed_since: datetime | None = None
    was_subscribed: bool = True
    left_over: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    former: Mapping[int, tuple[bool, datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class There:
    """What Mailchimp has. `lists`: of those that are kept in this audience, which the person has chosen there.
    `by_tag`: lists that stand for a tag; `silent`: lists of which it says nothing, as what stood for them is gone.
    `whole`: lists that everybody gets who is there. `given_up`: that moved away, and whose place they have given up.
    """

    status: str
    changed_at: datetime
    opted_at: datetime | None
    lists: frozenset[int]
    by_tag: frozenset[int] = frozenset()
    silent: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    given_up: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Plan:
    """What to do: lists to subscribe and to leave here, and what to tell there (None: nothing).

    `drops`: what waits to be told there is overtaken.
    """

    subscribe: frozenset[int] = frozenset()
    unsubscribe: frozenset[int] = frozenset()
    tell: Intention | None = None
    drops: bool = False


REFUSING = Standing.refusing()


def decide(here: Here, there: There | None) -> Plan:
    """What follows. `there`: None where Mailchimp does not know the person."""
    if here.intention == Intention.ERASE:
        return Plan()
    plan = _decide(here, there)
    return replace(plan, unsubscribe=plan.unsubscribe | _left_behind(here, there)) if there else plan


def _decide(here: Here, there: There | None) -> Plan:
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
        if overrides:
            # They left everything there, and came back here to what they confirmed since: to nothing else.
            before = {one for one in active if here.lists[one][1].replace(microsecond=0) <= there.changed_at}
            return Plan(unsubscribe=frozenset(before))
        return Plan(unsubscribe=active, drops=adds)
    return _subscribed_there(here, there, active)


def _left_behind(here: Here, there: There) -> frozenset[int]:
    """Lists that moved away, and that the person has left where they were, by their own act after the last one here.

    Who leaves the whole audience has left them, whatever became of their places there since.
    """
    leaves_all = there.status == Standing.UNSUBSCRIBED
    return frozenset(
        one
        for one, (has_place, since) in here.former.items()
        if one in there.given_up and (leaves_all or has_place) and since.replace(microsecond=0) <= there.changed_at
    )


def _subscribed_there(here: Here, there: There, active: frozenset[int]) -> Plan:
    if here.suppressed_since is not None and not _agreed_after(there, here.suppressed_since):
        return Plan(tell=Intention.ERASE)
    # What was chosen when it meant another list is nobody's choice of this one.
    left_over = (here.left_over & there.lists) - active
    new = frozenset(number for number in there.lists if number not in here.lists) - left_over
    left = {number: since for number, (is_active, since) in here.lists.items() if not is_active}
    if left and not active and not here.was_subscribed and not _agreed_after(there, max(left.values())):
        # They had left everything, and some machine subscribed them: to whatever, they are to get nothing.
        return Plan(tell=None if here.intention == Intention.UNSUBSCRIBE else Intention.UNSUBSCRIBE)
    agreed = frozenset(number for number in left.keys() & there.lists if _agreed_after(there, left[number]))
    again = agreed - there.by_tag - left_over
    if here.intention == Intention.UNSUBSCRIBE and here.intended_at and not _agreed_after(there, here.intended_at):
        # They left everything after that, before it was heard of here.
        again = frozenset()
    off_there = active - there.lists - there.silent
    if here.is_waiting:
        off_there = _given_up(here, there, off_there)
    if here.is_waiting and not again:
        new = new if here.intention != Intention.UNSUBSCRIBE else frozenset()
        return Plan(subscribe=new, unsubscribe=off_there)
    stays_left = frozenset(left.keys() & there.lists) - again
    subscribes, gets = new | again, (active - off_there) | new | again
    tell = None
    if left_over:
        tell = Intention.UNSUBSCRIBE if left_over & there.whole else Intention.PROFILE
    elif stays_left:
        # Whoever has come back by themselves keeps what they came back to, and loses the tags only.
        tell = Intention.PROFILE if gets or stays_left <= agreed else Intention.UNSUBSCRIBE
    drops = bool(again) and here.intention == Intention.UNSUBSCRIBE
    return Plan(subscribes, off_there, tell, drops)


def _given_up(here: Here, there: There, off_there: frozenset[int]) -> frozenset[int]:
    """Of lists that the person has not there, while something waits to be told: those that they gave up there.

    They had them there, and did not confirm them here afterwards. A profile that waits never gives a tag.
    """
    if here.intention == Intention.UNSUBSCRIBE:
        return frozenset()
    known = {one for one in here.told if here.lists[one][1].replace(microsecond=0) <= there.changed_at}
    if here.intention == Intention.CONFIRM:
        known = {one for one in known if here.intended_at is None or here.lists[one][1] < here.intended_at}
    had = frozenset(known) - there.by_tag
    return off_there & (had | there.by_tag if here.intention == Intention.PROFILE else had)


def _agreed_after(there: There, moment: datetime) -> bool:
    return there.opted_at is not None and there.opted_at > moment
