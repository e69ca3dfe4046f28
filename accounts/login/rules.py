"""How often what may be tried at `/_allauth/`, and by what that is counted.

Narrow rules stand first: a try that one of them refuses is counted by none. So nobody uses up, with tries that are
refused, what counts for an address alone, and with it somebody else's login. Where he logged in before, the device has
tries of its own: it stands in a rule where the network stands, or the address or the account.
"""

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
from accounts.login.devices import Device
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
    def mailed(self) -> str:
        """The address that a code would be mailed to."""
        return self.email or str((self.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY) or {}).get("email", ""))

    @property
    def account(self) -> str:
        """Whose password was right: who is logged in, or has to show a second factor."""
        pending = (self.session.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
        return str(url_str_to_user_pk(pending) if pending else self.session.get(SESSION_KEY, ""))

    @cached_property
    def device(self) -> str:
        """Names the device, where it is that of the account that is asked for; or empty."""
        if self.known is None:
            return ""
        owner = account_with(self.mailed) if self.mailed else None
        asked_for = str(owner.pk) if owner else self.account
        return self.known.name if self.known.account == asked_for else ""


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
    """

    counts: int
    rules: tuple[Rule, ...]

    def begin(self, asked: Asked) -> None:
        """Count a try by all rules, or by none. Raises TooManyTries, NobodyCounts."""
        take_all([(rule.limit, key) for rule in self.rules if (key := rule.by(asked))])

    def end(self, asked: Asked, status: int) -> None:
        """Its answer is there."""
        if status == self.counts or status >= 500:
            return
        for rule in self.rules:
            if key := rule.by(asked):
                (rule.limit.forget if rule.ends and status == 200 else rule.limit.give_back)(key)


def client(asked: Asked) -> str:
    """The network."""
    return asked.client


def session(asked: Asked) -> str:
    """The session, there or not."""
    return asked.session_key


def email(asked: Asked) -> str:
    """The address, from whichever network."""
    return asked.email and (asked.device or asked.email)


def email_here(asked: Asked) -> str:
    """The address and the network: a stranger elsewhere locks nobody out with this."""
    return _here(asked, asked.email)


def mailed(asked: Asked) -> str:
    """The address that gets a code, from whichever network."""
    return asked.mailed and (asked.device or asked.mailed)


def mailed_here(asked: Asked) -> str:
    """The address that gets a code, and the network."""
    return _here(asked, asked.mailed)


def account(asked: Asked) -> str:
    """The account, from whichever network."""
    return asked.account and (asked.device or asked.account)


def account_here(asked: Asked) -> str:
    """The account and the network."""
    return _here(asked, asked.account)


def _here(asked: Asked, about: str) -> str:
    return f"{asked.device or asked.client} {about}" if about else ""


# Whichever way a code is asked for, and also where none is sent because there is no account.
MAILS = (
    Rule(Limit("mails by both", "1/30seconds"), mailed_here),
    Rule(Limit("mails by both an hour", "6/hour"), mailed_here),
    Rule(Limit("mails by client", "60/hour"), client),
    Rule(Limit("mails by address", "30/hour"), mailed),
)
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
            Rule(Limit("passwords by both", "5/5minutes"), email_here, ends=True),
            Rule(Limit("passwords by client", "240/hour"), client),
            Rule(Limit("passwords by address", "100/hour"), email),
        ),
    ),
    "auth/reauthenticate": Act(400, AGAIN),
    "account/password/change": Act(400, AGAIN),
    "auth/signup": Act(401, MAILS),
    "auth/password/request": Act(401, MAILS),
    "auth/email/verify/resend": Act(200, MAILS),
    "account/email": Act(200, (Rule(Limit("changes of address by session", "6/hour"), session), *MAILS)),
    "auth/email/verify": Act(400, CODES),
    "auth/password/reset": Act(400, CODES),
    "auth/2fa/authenticate": Act(400, FACTORS),
    "auth/2fa/reauthenticate": Act(400, FACTORS),
    "auth/webauthn/authenticate": Act(400, FACTORS),
    "auth/webauthn/reauthenticate": Act(400, FACTORS),
    "auth/webauthn/login": Act(400, (Rule(Limit("passkeys by client", "240/hour"), client),)),
}
