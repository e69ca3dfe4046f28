"""What goes wrong, as a test orders it: by call, by number, by chance.

mailchimp.faults.plan(Kind.TOO_MANY, on="POST /lists/*", retry_after=3)   # the next one
mailchimp.faults.plan(Kind.DROP, acts=True, calls={2, 5})                 # the second and fifth call from now
mailchimp.faults.plan(Kind.EMPTY, times=None)                             # all, until it is cancelled
mailchimp.faults.plan(Kind.HANG, probability=0.1, times=None)
mailchimp.faults.refuse("ada@example.org", "She is not welcome.")
"""

import threading
from collections.abc import Set
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from random import Random


class Kind(Enum):
    """What happens to a call."""

    TOO_MANY = "it is answered 429"
    ERROR = "it is answered 500, with a problem document"
    EMPTY = "it is answered 500, with an empty body"
    DROP = "the connection is cut"
    HANG = "no answer comes: the connection stays until the client goes or `seconds` are over"
    SLOW = "the answer comes `seconds` after the act"


@dataclass(eq=False)
class Fault:
    """What happens to which calls.

    `on`: method and path below `/3.0`, as in `fnmatch`; `calls`: which of these, counted from 1 since the fault was
    planned; `times`: how often at most; `acts`: what the call asks is done all the same.
    """

    kind: Kind
    on: str = "*"
    acts: bool = False
    calls: Set[int] | None = None
    times: int | None = 1
    probability: float = 1
    seconds: float = 3600
    retry_after: int | None = None
    seen: int = 0
    happened: int = 0

    def meets(self, call: str, random: Random) -> bool:
        """Whether it should happen to this call, which is counted."""
        if not fnmatchcase(call, self.on):
            return False
        self.seen += 1
        if self.calls is not None:
            return self.seen in self.calls
        return (self.times is None or self.happened < self.times) and random.random() < self.probability


@dataclass(frozen=True)
class Refusal:
    """What is said of one member, within a batch (as an item of its `errors`) or alone (400).

    `tags`: only where they are given or taken tags.
    """

    error: str
    error_code: str = "ERROR_GENERIC"
    field: str = ""
    field_message: str = ""
    tags: bool = False


class Faults:
    """All that is planned. `random`: what chance is made of; seed it to have it again."""

    def __init__(self) -> None:
        self.random = Random(1)
        self.happened: list[tuple[str, Fault]] = []
        self._planned: list[Fault] = []
        self._refusals: dict[str, Refusal] = {}
        self._lock = threading.Lock()

    def plan(
        self,
        kind: Kind,
        on: str = "*",
        *,
        acts: bool = False,
        calls: Set[int] | None = None,
        times: int | None = 1,
        probability: float = 1,
        seconds: float = 3600,
        retry_after: int | None = None,
    ) -> Fault:
        """Have this happen. Of several that meet a call, the one that was planned first does."""
        fault = Fault(kind, on, acts or kind is Kind.SLOW, calls, times, probability, seconds, retry_after)
        with self._lock:
            self._planned.append(fault)
        return fault

    def cancel(self, fault: Fault) -> None:
        """It happens no more."""
        with self._lock:
            self._planned.remove(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._planned.clear()
            self._refusals.clear()

    def refuse(
        self,
        email: str,
        error: str,
        error_code: str = "ERROR_GENERIC",
        field: str = "",
        message: str = "",
        *,
        tags: bool = False,
    ) -> None:
        """Refuse one member, until `accept`; `tags`: only where they are given or taken tags."""
        self._refusals[email.lower()] = Refusal(error, error_code, field, message, tags)

    def accept(self, email: str) -> None:
        """Refuse this one no more."""
        self._refusals.pop(email.lower(), None)

    def refusal(self, email: str, *, tags: bool = False) -> Refusal | None:
        """What is said of this one, if he is refused; `tags`: where tags are given or taken."""
        found = self._refusals.get(email.lower())
        return None if found is None or (found.tags and not tags) else found

    def take(self, call: str) -> Fault | None:
        """What happens to this call (`POST /lists/abc`)."""
        with self._lock:
            met = [fault for fault in self._planned if fault.meets(call, self.random)]
            if not met:
                return None
            met[0].happened += 1
            self.happened.append((call, met[0]))
            return met[0]
