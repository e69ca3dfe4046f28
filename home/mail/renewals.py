"""What replaces a code that ran out before its mail could be sent. Rooms above register here when they are loaded."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Context = dict[str, Any]
Renewed = tuple[Context, datetime | None]
Renewal = Callable[[Context], Renewed | None]

_renewals: dict[str, Renewal] = {}


def register(name: str, renewal: Renewal) -> None:
    """Have `renewal` asked when a mail that was posted under this name ran out.

    It gets the mail's context and gives a new one with the moment until which that is good, or None where nobody
    waits any more. It runs in one transaction with the mail's row, which is locked: what locks an account and then
    this row would wait for it in a circle. If it raises, the mail is tried again later.
    """
    _renewals[name] = renewal


def is_registered(name: str) -> bool:
    """Whether there is such a renewal."""
    return name in _renewals


def renew(name: str, context: Context) -> Renewed | None:
    """What takes the place of a context that ran out; None where nobody waits. Raises KeyError."""
    return _renewals[name](context) if name else None
