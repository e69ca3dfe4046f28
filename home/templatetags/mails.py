"""Words and moments in mails."""

import re
from datetime import datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()

# What mail programs make a link of: a mail with our name on it carries nobody's advertisement to strangers.
LINKED = re.compile(r"[@/:]|\w\.\w{2}")
LONGEST_NAME = 60


@register.filter
def as_name(value: object) -> str:
    """A person's name as he gave it; nothing where it is long, or has an address in it."""
    name = str(value or "")
    return "" if len(name) > LONGEST_NAME or LINKED.search(name) else name


@register.filter
def minutes_until(value: str, otherwise: int) -> int:
    """Minutes from now to a moment (ISO 8601), rounded: a mail takes some seconds. None where it is over, and
    `otherwise` where none is given.
    """
    if not value:
        return otherwise
    return max(0, round((datetime.fromisoformat(value) - now()) / timedelta(minutes=1)))


@register.filter
def moment(value: str) -> str:
    """A moment (ISO 8601) as people read it, in the language of the mail and with its time zone."""
    at = localtime(datetime.fromisoformat(value))
    return _("%(date)s at %(time)s (%(zone)s)") % {
        "date": date_format(at, "DATE_FORMAT"),
        "time": date_format(at, pgettext("time of day, in the letters of Django's filter “date”", "H:i")),
        "zone": at.tzname(),
    }
