"""How many get a newsletter: here and there, now and over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth, TruncWeek
from django.utils.timezone import localdate

from jobs.models import JobState
from newsletter.models import NewsletterList, Standing, Subscription, SubscriptionChange


@dataclass(frozen=True)
class Figures:
    """Members of a list here, and those of them whom Mailchimp writes to, as it last said. `waiting`: of whom something
    is still to be told or looked up there; `refused`: whom it does not take. The last three are 0 without an audience.
    """

    here: int = 0
    there: int = 0
    waiting: int = 0
    refused: int = 0

    @property
    def is_in_step(self) -> bool:
        """Whether both sides say the same, as far as is known."""
        return self.here == self.there and not self.waiting and not self.refused

    @property
    def differ(self) -> int:
        """How many are here and not there, and are neither waited for nor refused."""
        return max(0, self.here - self.there - self.waiting - self.refused)


def figures_of(lists: Iterable[NewsletterList]) -> dict[int, Figures]:
    """By list; two queries for all of them."""
    keys = [one.pk for one in lists]
    rows = Subscription.objects.filter(list__in=keys)
    here = dict(rows.filter(is_active=True).values_list("list").annotate(Count("pk")))
    known = rows.filter(subscriber__contacts__audience=F("list__audience")).values("list")
    state = "subscriber__contacts__state"
    counted = known.annotate(
        there=Count("pk", filter=Q(is_active=True, subscriber__contacts__remote_status=Standing.SUBSCRIBED)),
        waiting=Count("pk", filter=Q(**{f"{state}__in": (JobState.QUEUED, JobState.RUNNING)})),
        refused=Count("pk", filter=Q(**{state: JobState.FAILED})),
    )
    there = {row[0]: row[1:] for row in counted.values_list("list", "there", "waiting", "refused")}
    return {key: Figures(here.get(key, 0), *there.get(key, ())) for key in keys}


class Step(StrEnum):
    """How long the periods are that growth is told in."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """A week or a month: its first day, members at its end, and how many joined and left in it."""

    begins: date
    members: int
    joined: int
    left: int


def growth_of(one: NewsletterList, step: Step, since: date | None = None) -> Sequence[Period]:
    """How a list grew: each week or month since the one of that day, or since the first change, up to now."""
    trunc = TruncWeek if step is Step.WEEK else TruncMonth
    changes = SubscriptionChange.objects.filter(list=one).annotate(period=trunc("at")).values("period")
    counted = changes.annotate(
        joined=Count("pk", filter=Q(is_active=True)), left=Count("pk", filter=Q(is_active=False))
    )
    by_period = {row["period"].date(): (row["joined"], row["left"]) for row in counted}
    first = min(by_period, default=localdate()) if since is None else since
    begins, first = _first_day(localdate(), step), _first_day(first, step)
    # Backwards from what is so now.
    members = Subscription.objects.filter(list=one, is_active=True).count()
    periods = []
    while begins >= first:
        joined, left = by_period.get(begins, (0, 0))
        periods.append(Period(begins, members, joined, left))
        members -= joined - left
        begins = _first_day(begins - timedelta(days=1), step)
    return periods[::-1]


def _first_day(day: date, step: Step) -> date:
    return day - timedelta(days=day.weekday()) if step is Step.WEEK else day.replace(day=1)
