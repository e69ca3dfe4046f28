"""How often what may be tried at `/_allauth/`, and by what that is counted.

Narrow rules stand first: a try that one of them refuses is counted by none. So nobody uses up, with tries that are
refused, what counts for an address alone, and with it somebody else's login. Where he logged in before, passwords have
tries of their own: the device stands in the rules where the network stands. Nothing else counts by devices.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from allauth.headless.internal.sessionkit import session_store
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from accounts.limits import Limit, take_all
from accounts.login.devices import Device, is_device
from accounts.login.mails import account_with


@dataclass(frozen=True)
class Asked:
    """A request at the gate. `flow`: its path behind the client's name; `email`: canonical, or empty."""

    flow: str
    email: str
    client: str
    session_key: str
    known: Device | None = None

    @cached_property
    def session(self) -> SessionBase:
        """What is known of who asks."""
        return session_store(self.session_key or None)

    @property
    def awaited(self) -> str:
        """The address that the session waits for a code to."""
        return str((self.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY) or {}).get("email", ""))

    @property
    def account(self) -> str:
        """Whose password was right: who is logged in, or has to show a second factor."""
        pending = (self.session.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
        return str(url_str_to_user_pk(pending) if pending else self.session.get(SESSION_KEY, ""))

    @cached_property
    def device(self) -> str:
        """Names the device, where it is that of the account whose address is given; or empty."""
        owner = account_with(self.email) if self.known and self.email else None
        return self.known.name if self.known and owner and is_device(self.known, owner.user) else ""


@dataclass(frozen=True)
class Rule:
    """A limit, and by what it counts. Nothing is counted where that is empty. `ends`: a success begins it anew."""

    limit: Limit
    by: Callable[[Asked], str]
    ends: bool = False


@dataclass(frozen=True)
class Act:
    """Something that can be tried. `counts`: the status of an answer after which it stays counted; after any other it
    is given back, since it was no guess (a password that was right) or led to nothing (a form that was refused).
    `guessed`: what is guessed, where a form asks for more: only faults of this count.
    """

    counts: int
    rules: tuple[Rule, ...]
    guessed: str = ""

    def begin(self, asked: Asked) -> None:
        """Count a try by all rules, or by none. Raises TooManyTries, NobodyCounts."""
        take_all([(rule.limit, key) for rule in self.rules if (key := rule.by(asked))])

    def end(self, asked: Asked, status: int, content: bytes = b"") -> None:
        """Its answer is there."""
        if status >= 500 or (status == self.counts and (not self.guessed or self.guessed in _faults(content))):
            return
        for rule in self.rules:
            if key := rule.by(asked):
                (rule.limit.forget if rule.ends and status == 200 else rule.limit.give_back)(key)


def _faults(content: bytes) -> set[str]:
    """Fields that an answer finds fault with."""
    try:
        return {fault.get("param", "") for fault in json.loads(content).get("errors") or []}
    except ValueError:  # what was no form at all
        return set()


def client(asked: Asked) -> str:
    """The network."""
    return asked.client


def session(asked: Asked) -> str:
    """The session, there or not."""
    return asked.session_key


def email(asked: Asked) -> str:
    """The address, from whichever network."""
    return asked.email


def email_here(asked: Asked) -> str:
    """The address and the network: a stranger elsewhere locks nobody out with this."""
    return asked.email and f"{asked.client} {asked.email}"


def awaited(asked: Asked) -> str:
    """The address that the session waits for a code to, whatever else the body names."""
    return asked.awaited


def awaited_here(asked: Asked) -> str:
    """The same, and the network."""
    return asked.awaited and f"{asked.client} {asked.awaited}"


def account(asked: Asked) -> str:
    """The account, from whichever network."""
    return asked.account


def account_here(asked: Asked) -> str:
    """The account and the network."""
    return asked.account and f"{asked.client} {asked.account}"


def login_here(asked: Asked) -> str:
    """The address and the device, or the network of a stranger."""
    return asked.email and f"{asked.device or asked.client} {asked.email}"


def strangers_client(asked: Asked) -> str:
    """The network of who asks from no device of the account: others there lock nobody out of his own."""
    return "" if asked.device else asked.client


def strangers_email(asked: Asked) -> str:
    """The address, for all who ask from no device of it."""
    return "" if asked.device else asked.email


def devices_email(asked: Asked) -> str:
    """The address, for all its devices together."""
    return asked.email if asked.device else ""


def _mails(here: Callable[[Asked], str], everywhere: Callable[[Asked], str]) -> tuple[Rule, ...]:
    """Whichever way a code is asked for, and also where none is sent because there is no account."""
    return (
        Rule(Limit("mails by both", "1/30seconds"), here),
        Rule(Limit("mails by both an hour", "6/hour"), here),
        Rule(Limit("mails by client", "60/hour"), client),
        Rule(Limit("mails by address", "30/hour"), everywhere),
    )


MAILS = _mails(email_here, email)
CODES = (
    Rule(Limit("codes by session", "30/hour"), session),
    Rule(Limit("codes by client", "60/hour"), client),
)
AGAIN = (
    Rule(Limit("passwords by session", "5/5minutes"), session, ends=True),
    Rule(Limit("passwords by account", "60/hour"), account),
)
FACTORS = (
    Rule(Limit("second factors by both", "5/5minutes"), account_here, ends=True),
    Rule(Limit("second factors by account", "30/hour"), account),
    Rule(Limit("second factors by client", "240/hour"), client),
)
ACTS = {
    "auth/login": Act(
        400,
        (
            Rule(Limit("passwords by both", "5/5minutes"), login_here, ends=True),
            Rule(Limit("passwords by client", "240/hour"), strangers_client),
            Rule(Limit("passwords by address", "100/hour"), strangers_email),
            Rule(Limit("passwords by devices", "100/hour"), devices_email),
        ),
    ),
    "auth/reauthenticate": Act(400, AGAIN),
    "account/password/change": Act(400, AGAIN, guessed="current_password"),
    "auth/signup": Act(401, MAILS),
    "auth/password/request": Act(401, MAILS),
    "auth/email/verify/resend": Act(200, _mails(awaited_here, awaited)),
    "account/email": Act(200, (Rule(Limit("changes of address by session", "6/hour"), session), *MAILS)),
    "auth/email/verify": Act(400, CODES),
    "auth/password/reset": Act(400, CODES, guessed="key"),
    "auth/2fa/authenticate": Act(400, FACTORS),
    "auth/2fa/reauthenticate": Act(400, FACTORS),
    "auth/webauthn/authenticate": Act(400, FACTORS),
    "auth/webauthn/reauthenticate": Act(400, FACTORS),
    "auth/webauthn/login": Act(400, (Rule(Limit("passkeys by client", "240/hour"), client),)),
}
