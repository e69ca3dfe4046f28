"""What Mailchimp keeps: audiences, their members, campaigns. In memory, behind one lock (`Account.lock`)."""

import hashlib
import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from tests.mailchimp.problems import not_found
from tests.mailchimp.webhooks import Source, Webhook, Webhooks, unsubscribed

# Of everything that is kept of a member, what the double's answers repeat as it is.
REPEATED = "email_type status ip_signup timestamp_signup ip_opt timestamp_opt language vip".split()


def md5(text: str) -> str:
    """Mailchimp's hash."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=1024)
def hash_of(email: str) -> str:
    """A member's id: of the address in lower case (description)."""
    return md5(email.lower())


class Clock:
    """Mailchimp's clock: the real one, or ahead or behind as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Its time."""
        return datetime.now(UTC) + self.ahead

    def stamp(self) -> str:
        """Its time as Mailchimp writes it: whole seconds."""
        return stamp(self.now())

    def go_on(self, by: timedelta) -> None:
        """Let time pass."""
        self.ahead += by

    def set(self, time: datetime) -> None:
        """Make it this time; it goes on from there."""
        self.ahead = time - datetime.now(UTC)


def stamp(time: datetime) -> str:
    """A time as Mailchimp writes it: ISO 8601, whole seconds, UTC. Such texts sort as their times do."""
    return time.astimezone(UTC).replace(microsecond=0).isoformat()


def read(text: str) -> datetime:
    """A time from a request, which was found to be one."""
    return datetime.fromisoformat(text)


@dataclass(slots=True)
class Member:
    """Someone in an audience.

    `contact_id` and `web_id` stay with the person; `id` and `unique_email_id` go with the address (description: "an
    identifier for the address across all of Mailchimp"; webhooks call the latter `id`, and `new_id` after a change).
    `held`: in a compliance state, which no program ends. `last_changed`: whole seconds, moves with real changes only;
    not with tags (assumed).
    """

    email: str
    contact_id: str
    web_id: int
    status: str = ""
    held: bool = False
    unsubscribe_reason: str = ""
    merge_fields: dict[str, Any] = field(default_factory=dict)
    interests: dict[str, bool] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    ip_signup: str = ""
    ip_opt: str = ""
    timestamp_signup: str = ""
    timestamp_opt: str = ""
    last_changed: str = ""

    @property
    def unique_email_id(self) -> str:
        """The address's id in all audiences."""
        return md5(f"address:{self.email.lower()}")[:10]


@dataclass
class MergeField:
    """A field of an audience's own. `choices`: what may stand in a `dropdown` or `radio`."""

    merge_id: int
    tag: str
    name: str
    type: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()

    def document(self, list_id: str) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "merge_id": self.merge_id,
            "tag": self.tag,
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "default_value": "",
            "public": False,
            "display_order": self.merge_id + 1,
            "options": {"choices": list(self.choices)} if self.choices else {},
            "help_text": "",
            "list_id": list_id,
        }


@dataclass
class Category:
    """A category of interests: `interests` has their names by id."""

    id: str
    title: str
    type: Literal["checkboxes", "dropdown", "radio", "hidden"] = "checkboxes"
    interests: dict[str, str] = field(default_factory=dict)


@dataclass
class Audience:
    """A list. `members` by id; `forgotten`: the ids of those who were permanently deleted."""

    id: str
    web_id: int
    name: str
    date_created: str
    merge_fields: dict[str, MergeField] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    tags: dict[str, int] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)

    def interests(self) -> dict[str, str]:
        """All interests' names by id."""
        return dict(pair for category in self.categories.values() for pair in category.interests.items())

    def interest(self, name: str) -> str:
        """The id of the interest with this name."""
        return next(key for key, other in self.interests().items() if other == name)

    def member(self, email: str) -> Member:
        """Who has this address; KeyError when nobody has."""
        return self.members[hash_of(email)]

    def known_by(self, key: str) -> Member | None:
        """Who has the address of this hash, or this `contact_id` (description); None for nobody."""
        found = self.members.get(key)
        return found or next((one for one in self.members.values() if one.contact_id == key), None)

    def count(self, status: str) -> int:
        """How many have this status."""
        return sum(member.status == status for member in self.members.values())

    def show(self, member: Member) -> dict[str, Any]:
        """A member as the API shows him."""
        values = member.merge_fields
        names = (values.get("FNAME", ""), values.get("LNAME", ""))
        return {
            "id": hash_of(member.email),
            "email_address": member.email,
            "unique_email_id": member.unique_email_id,
            "contact_id": member.contact_id,
            "full_name": " ".join(filter(None, names)),
            "web_id": member.web_id,
            **{name: getattr(member, name) for name in REPEATED},
            **({"unsubscribe_reason": member.unsubscribe_reason} if member.status == "unsubscribed" else {}),
            "merge_fields": {tag: values.get(tag, "") for tag in self.merge_fields},
            "interests": {key: member.interests.get(key, False) for key in self.interests()},
            "member_rating": 2,
            "last_changed": member.last_changed,
            "source": "API - Generic",
            "tags_count": len(member.tags),
            "tags": [{"id": self.tags[name], "name": name} for name in member.tags],
            "list_id": self.id,
        }


@dataclass
class Campaign:
    """A campaign. `recipients`: addresses, once it is sent; `tests`: to whom a test went, one entry a test."""

    id: str
    web_id: int
    list_id: str
    create_time: str
    content_type: str
    settings: dict[str, Any] = field(default_factory=dict)
    tracking: dict[str, bool] = field(default_factory=dict)
    segment_opts: dict[str, Any] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    status: Literal["save", "schedule", "sent"] = "save"
    send_time: str = ""
    recipients: list[str] = field(default_factory=list)
    tests: list[list[str]] = field(default_factory=list)


class Account:
    """Everything behind one key. Whoever looks at it or changes it from a thread of his own takes `lock`.

    `confirmations`: to whom Mailchimp has written for a confirmation, one entry a mail.
    """

    def __init__(self, key: str, webhooks: Webhooks, clock: Clock) -> None:
        self.key = key
        self.lock = threading.RLock()
        self.clock = clock
        self.webhooks = webhooks
        self.audiences: dict[str, Audience] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.confirmations: list[str] = []
        self.numbers = itertools.count(1001)

    def audience(self, list_id: str) -> Audience:
        """An audience, or 404."""
        if list_id not in self.audiences:
            raise not_found()
        return self.audiences[list_id]

    def campaign(self, campaign_id: str) -> Campaign:
        """A campaign, or 404."""
        if campaign_id not in self.campaigns:
            raise not_found()
        return self.campaigns[campaign_id]

    def new_member(self, email: str) -> Member:
        """Someone new, in no audience yet."""
        number = next(self.numbers)
        return Member(email, contact_id=md5(f"contact:{number}"), web_id=number)

    def change(self, audience: Audience, member: Member, source: Source, reason: str = "manual", /, **to: Any) -> bool:
        """Change a member and tell webhooks; whether anything was new.

        `email`, `status`, `held`, `merge_fields` and so on are what they are to become. Someone new joins. `reason`:
        why someone unsubscribed (manual, abuse) or was cleaned (hard, abuse).
        """
        was = {name: getattr(member, name) for name in to}
        if was == to and member.status:
            return False
        for name, value in to.items():
            setattr(member, name, value)
        now = self.clock.stamp()
        if member.status == "subscribed" and was.get("status", "subscribed") != "subscribed":
            member.timestamp_opt = to.get("timestamp_opt") or now
        if not was.get("status", "new"):
            member.timestamp_signup = member.timestamp_signup or now
        if not member.last_changed or any(was[name] != to[name] for name in to if name != "tags"):
            member.last_changed = now
        old = was.get("email", member.email)
        if hash_of(old) != hash_of(member.email):
            audience.members.pop(hash_of(old), None)
        audience.members[hash_of(member.email)] = member
        self._tell(audience, member, source, reason, was)
        return True

    def _tell(self, audience: Audience, member: Member, source: Source, reason: str, was: dict[str, Any]) -> None:
        """What webhooks hear of a change: nothing of someone pending; of a profile, while subscribed (assumed)."""
        fire = self.webhooks.fire
        moved = was.get("email", member.email) != member.email
        if moved:
            # "You will always receive a Profile Update at the same time" (documentation).
            fire(
                audience,
                "upemail",
                source,
                old_email=was["email"],
                new_email=member.email,
                new_id=member.unique_email_id,
            )
            fire(audience, "profile", source, member)
        if was.get("status", member.status) != member.status:
            if member.status == "subscribed":
                fire(audience, "subscribe", source, member)
            elif member.status == "cleaned":
                fire(audience, "cleaned", source, email=member.email, reason=reason, campaign_id="")
            elif was["status"] == "subscribed":
                unsubscribed(self.webhooks, audience, member, source, reason, archived=member.status == "archived")
        elif (
            not moved
            and member.status == "subscribed"
            and was.keys() & {"merge_fields", "interests", "email_type", "language"}
        ):
            fire(audience, "profile", source, member)
