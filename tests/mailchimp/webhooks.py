"""What Mailchimp tells us of: forms posted to the addresses that are registered, soon after, by a thread of its own.

A test may hold them, and deliver them late, twice, in another order or never. Fields are as the documentation and
published examples have them (known); there is no signature, and `data[id]` is the address's `unique_email_id`. The
real one tries a few times when we do not answer; here a test does (`failed`).
"""

import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

if TYPE_CHECKING:
    from tests.mailchimp.state import Audience, Clock, Member

Source = Literal["user", "admin", "api"]
Event = Literal["subscribe", "unsubscribe", "profile", "upemail", "cleaned", "campaign"]
Form = dict[str, str]
TIMEOUT = 10
VALIDATOR = "MailChimp.com WebHook Validator"


@dataclass
class Webhook:
    """An address that is told, of which events from which sources. What is not said is on for events and sources
    other than the API (assumed)."""

    id: str
    url: str
    events: dict[str, bool] = field(default_factory=dict)
    sources: dict[str, bool] = field(default_factory=dict)

    def wants(self, event: Event, source: Source) -> bool:
        """Whether it is told. Campaigns go out from nobody in particular."""
        return self.events.get(event, True) and (event == "campaign" or self.sources.get(source, source != "api"))


@dataclass(frozen=True, eq=False)
class Delivery:
    """One form for one address. Two of the same look are still two."""

    url: str
    form: Form

    @property
    def type(self) -> str:
        """The event."""
        return self.form["type"]


def post(url: str, form: Form) -> int:
    """Post a form; the status of the answer. OSError when there is none."""
    return _ask(urllib.request.Request(url, urlencode(form).encode(), {"User-Agent": "MailChimp.com"}))


def _ask(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class Webhooks:
    """All webhooks of an account.

    `held`: what waits for a test; `delivered`: what was sent, and the status of the answer (0: none came). A test that
    wants to post by other means (Django's test client) replaces `send`.
    """

    def __init__(self, clock: "Clock") -> None:
        self.clock = clock
        self.send: Callable[[str, Form], int] = post
        self.held: list[Delivery] = []
        self.delivered: list[tuple[Delivery, int]] = []
        self.holds = False
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    @property
    def failed(self) -> list[Delivery]:
        """What was not answered with success."""
        return [delivery for delivery, status in self.delivered if not 200 <= status < 300]

    def hold(self) -> None:
        """From now on everything waits until a test delivers it."""
        self.holds = True

    def let_go(self) -> None:
        """Deliver what waits, and from now on everything at once."""
        self.holds = False
        self.deliver()

    def deliver(self, *deliveries: Delivery) -> list[int]:
        """Send these (else all that wait) now, in this order; the statuses of the answers."""
        chosen = list(deliveries) or list(self.held)
        self.held = [delivery for delivery in self.held if delivery not in chosen]
        return [self._send(delivery) for delivery in chosen]

    def drop(self) -> None:
        """What waits is lost."""
        self.held.clear()

    def settle(self, seconds: float = 10) -> None:
        """Wait until everything that does not wait for a test was delivered."""
        until = time.monotonic() + seconds
        while self._queue.unfinished_tasks:
            assert time.monotonic() < until, "Webhooks were not delivered in time."
            time.sleep(0.005)

    def close(self) -> None:
        """Send nothing more."""
        if self._thread:
            self._queue.put(None)
            self._thread.join(TIMEOUT)

    def check(self, url: str) -> bool:
        """Whether an address answers GET with success: Mailchimp asks that before it takes one (documentation).

        While webhooks are held or sent by other means nobody is asked.
        """
        if self.holds or self.send is not post:
            return True
        try:
            return 200 <= _ask(urllib.request.Request(url, headers={"User-Agent": VALIDATOR})) < 300
        except (OSError, ValueError, RuntimeError):  # the last: pytest lets nothing out of this machine
            return False

    def fire(
        self, audience: "Audience", event: Event, source: Source, about: "Member | None" = None, **data: str
    ) -> None:
        """Tell whoever wants to know. `data` comes besides what is told of `about`."""
        wanted = [hook for hook in audience.webhooks.values() if hook.wants(event, source)]
        if not wanted:
            return
        fields = {"list_id": audience.id} | (_profile(audience, about) if about else {}) | data
        form = {"type": event, "fired_at": self.clock.now().strftime("%Y-%m-%d %H:%M:%S")}
        form |= {f"data[{name}]" if "[" not in name else f"data{name}": value for name, value in fields.items()}
        for hook in wanted:
            if self.holds:
                self.held.append(Delivery(hook.url, form))
            else:
                self._start()
                self._queue.put(Delivery(hook.url, form))

    def _send(self, delivery: Delivery) -> int:
        try:
            status = self.send(delivery.url, delivery.form)
        except Exception:
            status = 0  # whatever befalls the listener, Mailchimp goes on
        self.delivered.append((delivery, status))
        return status

    def _start(self) -> None:
        if not self._thread:
            self._thread = threading.Thread(target=self._run, name="mailchimp-webhooks", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while delivery := self._queue.get():
            self._send(delivery)
            self._queue.task_done()
        self._queue.task_done()


def unsubscribed(
    webhooks: Webhooks, audience: "Audience", member: "Member", source: Source, reason: str, *, archived: bool
) -> None:
    """Tell of someone who left. `action` is unsub or delete (documentation); of who is archived: delete (assumed)."""
    action = "delete" if archived else "unsub"
    webhooks.fire(audience, "unsubscribe", source, member, action=action, reason=reason, campaign_id="")


def _profile(audience: "Audience", member: "Member") -> Form:
    form = {
        "id": member.unique_email_id,
        "email": member.email,
        "email_type": member.email_type,
        "ip_opt": member.ip_opt,
        "ip_signup": member.ip_signup,
        "web_id": str(member.web_id),
        "[merges][EMAIL]": member.email,
    }
    form |= {f"[merges][{tag}]": str(member.merge_fields.get(tag, "")) for tag in audience.merge_fields}
    chosen = {key for key, yes in member.interests.items() if yes}
    everything: list[str] = []
    for number, category in enumerate(audience.categories.values()):
        names = [name.replace(",", "\\,") for key, name in category.interests.items() if key in chosen]
        everything += names
        start = f"[merges][GROUPINGS][{number}]"
        form |= {
            f"{start}[unique_id]": category.id,
            f"{start}[name]": category.title,
            f"{start}[groups]": ", ".join(names),
        }
    return form | {"[merges][INTERESTS]": ", ".join(everything)}
