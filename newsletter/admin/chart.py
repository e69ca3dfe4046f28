"""How a newsletter grew, as a drawing: members as a line, and below it who joined and who left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import TextChoices
from django.utils.formats import date_format, number_format
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.figures import Period, Step, growth_of
from newsletter.models import NewsletterList

# In the drawing's own units, which become smaller with the window.
WIDTH, LEFT, RIGHT = 760, 56, 12
TOP, MEMBERS_HEIGHT = 14, 200
GAP, CHANGES_HEIGHT, BOTTOM = 34, 84, 26
CHANGES_TOP = TOP + MEMBERS_HEIGHT + GAP
HEIGHT = CHANGES_TOP + CHANGES_HEIGHT + BOTTOM
MOST_LABELS = 8


class Span(TextChoices):
    """Of how long it is told."""

    QUARTER = "quarter", _("3 months")
    YEAR = "year", _("1 year")
    ALL = "all", _("All")

    @property
    def step(self) -> Step:
        """The periods of the drawing."""
        return Step.WEEK if self is Span.QUARTER else Step.MONTH

    @property
    def since(self) -> date | None:
        """When it begins; None for the first change."""
        days = {Span.QUARTER: 91, Span.YEAR: 365}.get(self)
        return localdate() - timedelta(days=days) if days else None


def span_of(asked: str) -> Span:
    """What was asked for, or 3 months."""
    return Span(asked) if asked in Span.values else Span.QUARTER


@dataclass(frozen=True)
class Mark:
    """A line of a scale, at `at`, with its words."""

    at: str
    text: str


@dataclass(frozen=True)
class Bar:
    """Who joined, or left, in a period: from `top` downwards."""

    x: str
    top: str
    width: str
    height: str
    kind: str


@dataclass(frozen=True)
class Chart:
    """What the template draws. Numbers are text: no language puts a comma into them."""

    periods: Sequence[tuple[str, Period]]
    line: str
    area: str
    dots: Sequence[tuple[str, str]]
    bars: Sequence[Bar]
    scale: Sequence[Mark]
    changes_scale: Sequence[Mark]
    days: Sequence[Mark]
    middle: str
    summary: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    changes_top: int = CHANGES_TOP


def chart_of(one: NewsletterList, span: Span) -> Chart:
    """A list's growth, drawn."""
    periods = growth_of(one, span.step, span.since)
    slot = (WIDTH - LEFT - RIGHT) / len(periods)
    xs = [LEFT + slot * (place + 0.5) for place in range(len(periods))]
    most = _rounded_up(max(period.members for period in periods))
    floor = TOP + MEMBERS_HEIGHT
    dots = [
        (_text(x), _text(floor - MEMBERS_HEIGHT * period.members / most)) for x, period in zip(xs, periods, strict=True)
    ]
    line = " ".join(f"{x},{y}" for x, y in dots)
    changed = _rounded_up(max(max(period.joined, period.left) for period in periods))
    half = CHANGES_HEIGHT / 2
    middle = CHANGES_TOP + half
    return Chart(
        periods=[(_day(period.begins, span.step), period) for period in reversed(periods)],
        line=line,
        area=f"{dots[0][0]},{floor} {line} {dots[-1][0]},{floor}",
        dots=dots,
        bars=[bar for x, period in zip(xs, periods, strict=True) for bar in _bars(x, period, slot, half / changed)],
        scale=[Mark(_text(floor - MEMBERS_HEIGHT * share), _number(most * share)) for share in (0, 0.5, 1)],
        changes_scale=[
            Mark(_text(middle - half), f"+{_number(changed)}"),
            Mark(_text(middle), "0"),
            Mark(_text(middle + half), f"−{_number(changed)}"),
        ],
        days=_days(periods, xs, span.step),
        middle=_text(middle),
        summary=_summary(periods),
    )


def _bars(x: float, period: Period, slot: float, unit: float) -> list[Bar]:
    """Who joined above the middle, who left below it. `unit`: the height of one of them."""
    width = max(1.0, min(slot * 0.6, 28))
    middle = CHANGES_TOP + CHANGES_HEIGHT / 2
    sides = (("joined", period.joined, middle - period.joined * unit), ("left", period.left, middle))
    return [
        Bar(_text(x - width / 2), _text(top), _text(width), _text(number * unit), kind)
        for kind, number, top in sides
        if number
    ]


def _days(periods: Sequence[Period], xs: Sequence[float], step: Step) -> list[Mark]:
    """Under as many periods as there is room for, the last among them."""
    every = -(-len(periods) // MOST_LABELS)
    places = range((len(periods) - 1) % every, len(periods), every)
    form = "j N" if step is Step.WEEK else "N Y"
    return [Mark(_text(xs[place]), date_format(periods[place].begins, form)) for place in places]


def _day(day: date, step: Step) -> str:
    """A period by its first day, for the table."""
    if step is Step.WEEK:
        return gettext("Week from %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}
    return date_format(day, "F Y")


def _summary(periods: Sequence[Period]) -> str:
    """What the drawing shows, for who listens to it."""
    joined, left = sum(period.joined for period in periods), sum(period.left for period in periods)
    return gettext("%(members)s members now; since %(day)s %(joined)s joined and %(left)s left.") % {
        "members": _number(periods[-1].members),
        "day": date_format(periods[0].begins, "DATE_FORMAT"),
        "joined": _number(joined),
        "left": _number(left),
    }


def _rounded_up(number: int) -> int:
    """To the next end of a scale that has a middle."""
    size = 1
    while True:
        for step in (2, 4, 6, 10):
            if number <= step * size:
                return step * size
        size *= 10


def _number(value: float) -> str:
    return number_format(round(value), force_grouping=True)


def _text(value: float) -> str:
    return f"{value:.1f}"
