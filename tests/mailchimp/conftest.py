"""How the double's own tests ask it: `ask`."""

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.mailchimp.server import BASE, Double
from tests.mailchimp.state import Audience, hash_of


@dataclass(frozen=True)
class Reply:
    """An answer; `document` is None where it had no body."""

    status: int
    document: Any
    headers: dict[str, str]

    @property
    def title(self) -> str:
        """Of a problem."""
        return str(self.document["title"])


class Asking:
    """Calls, each over a connection of its own."""

    def __init__(self, double: Double) -> None:
        self.double = double
        self.key = double.key
        self.timeout = 10.0

    def __call__(self, method: str, path: str, body: object = None, **query: object) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.double.url).netloc, timeout=self.timeout)
        secret = base64.b64encode(f"anystring:{self.key}".encode()).decode()
        asked = f"{BASE}{path}?{urlencode(query)}" if query else BASE + path
        try:
            connection.request(
                method, asked, json.dumps(body) if body is not None else None, {"Authorization": f"Basic {secret}"}
            )
            answer = connection.getresponse()
            text = answer.read()
            return Reply(answer.status, json.loads(text) if text else None, dict(answer.headers))
        finally:
            connection.close()


@pytest.fixture
def ask(mailchimp: Double) -> Asking:
    """Ask the double."""
    return Asking(mailchimp)


@pytest.fixture
def audience(mailchimp: Double) -> Audience:
    """The one for the public."""
    return next(iter(mailchimp.account.audiences.values()))


@dataclass(frozen=True)
class MemberCalls:
    """Calls about the members of one audience."""

    ask: Asking
    audience: Audience

    def path(self, email: str) -> str:
        """Where a member is."""
        return f"/lists/{self.audience.id}/members/{hash_of(email)}"

    def put(self, email: str, status_if_new: str = "subscribed", **fields: object) -> Reply:
        """Add or change one."""
        return self.ask("PUT", self.path(email), {"email_address": email, "status_if_new": status_if_new} | fields)

    def patch(self, email: str, **fields: object) -> Reply:
        """Change one."""
        return self.ask("PATCH", self.path(email), fields)

    def get(self, email: str) -> Reply:
        """Look at one."""
        return self.ask("GET", self.path(email))

    def batch(self, *members: object, **fields: object) -> Reply:
        """Add or change several: addresses, to be subscribed, or what is sent of each."""
        whole = [
            member if isinstance(member, dict) else {"email_address": member, "status": "subscribed"}
            for member in members
        ]
        return self.ask("POST", f"/lists/{self.audience.id}", {"members": whole} | fields)

    def page(self, **query: object) -> list[str]:
        """The addresses on a page of members."""
        reply = self.ask("GET", f"/lists/{self.audience.id}/members", **query)
        return [member["email_address"] for member in reply.document["members"]]


@pytest.fixture
def members(ask: Asking, audience: Audience) -> MemberCalls:
    """Calls about the members of the audience for the public."""
    return MemberCalls(ask, audience)
