"""Mailchimp's own client, made to say what went wrong.

As it is, `mailchimp_marketing` 3.0.80 takes an empty answer of a server that failed for success, forgets headers
(`Retry-After`), and puts its server's name wherever an address has the word "server" in it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.db import connection
from mailchimp_marketing.api.campaigns_api import CampaignsApi
from mailchimp_marketing.api.lists_api import ListsApi
from mailchimp_marketing.api.ping_api import PingApi
from mailchimp_marketing.api_client import ApiClient, ApiClientError

from newsletter.errors import Away, MailchimpError, NoKey, Refused
from newsletter.mailchimp.words import Member, RemoteCampaign, campaign_of, member_of

# Mailchimp's own limits: members a call, and connections at a time, of which some are left to others.
MOST_MEMBERS = 500
CONNECTIONS = 8
PAGE = 1000
# Until it is there, and until it has answered (seconds). Mailchimp ends a call after 120.
TIMEOUTS = (10, 125)
# An advisory lock each, whose first half is this.
SLOTS = 0x6D61696C
WAIT_SECONDS = 30


def is_configured() -> bool:
    """Whether there is a key."""
    return bool(settings.MAILCHIMP_API_KEY)


@contextmanager
def connected() -> Iterator["Mailchimp"]:
    """A connection, one of a few. Raises NoKey, and Away where all are taken."""
    if not is_configured():
        raise NoKey
    with _slot(), requests.Session() as session:
        yield Mailchimp(session)


class Mailchimp:
    """The calls that are made. Each raises Away where nobody knows whether it was done, Refused where it was not."""

    def __init__(self, session: requests.Session) -> None:
        client = _Client(session)
        self._lists, self._ping, self._campaigns = ListsApi(client), PingApi(client), CampaignsApi(client)

    def ping(self) -> None:
        """Whether the key is good."""
        _told(self._ping.get)

    def audiences(self) -> list[dict[str, Any]]:
        """All of them: `id`, `name`."""
        return _pages(self._lists.get_all_lists, "lists", fields=["lists.id", "lists.name", "total_items"])

    def interests(self, audience: str) -> list[dict[str, str]]:
        """The groups that people can choose in an audience: `id`, `name`, and their `category` and `category_id`."""
        return [
            {
                "id": one["id"],
                "name": one["name"],
                "category": category["title"],
                "category_id": category["id"],
            }
            for category in _pages(self._lists.get_list_interest_categories, "categories", audience)
            for one in _pages(self._lists.list_interest_category_interests, "interests", audience, category["id"])
        ]

    def tags(self, audience: str) -> list[dict[str, Any]]:
        """The tags that the newsroom gives people in an audience: `id`, `name`, `members` (how many have it)."""
        segments = _pages(self._lists.list_segments, "segments", audience, type="static")
        return [{"id": one["id"], "name": one["name"], "members": one["member_count"]} for one in segments]

    def merge_fields(self, audience: str) -> list[dict[str, Any]]:
        """What an audience keeps of people: `tag`, `name`, `type`, `required`."""
        fields = _pages(self._lists.get_list_merge_fields, "merge_fields", audience)
        return [{name: field[name] for name in ("tag", "name", "type", "required")} for field in fields]

    def member(self, audience: str, *keys: str) -> Member | None:
        """One person, by the MD5 of the address or Mailchimp's own id, whichever is known there; None for nobody."""
        for key in filter(None, keys):
            try:
                return member_of(_told(self._lists.get_list_member, audience, key))
            except Refused as refused:
                if refused.status != 404:
                    raise
        return None

    def members_since(self, audience: str, since: datetime | None) -> Iterator[list[Member]]:
        """Everybody who changed since then, in the order of that, a page at a time; some of them twice.

        Who changes meanwhile moves to the end, and would make a page by number skip somebody: each begins where the
        one before it ended, or rather a second earlier, as many have the same.
        """
        offset = 0
        while True:
            after = {"since_last_changed": since.isoformat()} if since else {}
            answer = _told(
                self._lists.get_list_members_info,
                audience,
                count=PAGE,
                offset=offset,
                sort_field="last_changed",
                sort_dir="ASC",
                **after,
            )
            page = [member_of(one) for one in answer["members"]]
            yield page
            if len(page) < PAGE:
                return
            next_since = page[-1].changed_at - timedelta(seconds=1)
            offset = offset + PAGE if since and next_since <= since else 0
            since = max(next_since, since) if since else next_since

    def add(
        self, audience: str, members: list[dict[str, Any]], *, update: bool
    ) -> tuple[list[Member], list[dict[str, str]]]:
        """Up to `MOST_MEMBERS` people at once; without `update`, only those who are new there.

        Whom it took, and of the others `{"email_address", "error", "error_code"}`.
        """
        answer = _told(self._lists.batch_list_members, audience, {"members": members, "update_existing": update})
        taken = [member_of(one) for one in (*answer["new_members"], *answer["updated_members"])]
        return taken, answer["errors"]

    def put(self, audience: str, key: str, member: dict[str, Any]) -> Member:
        """Add somebody, or change whom it knows. `member` has `email_address` and `status_if_new`."""
        return member_of(_told(self._lists.set_list_member, audience, key, member))

    def change(self, audience: str, key: str, member: dict[str, Any]) -> Member:
        """Change somebody whom it knows."""
        return member_of(_told(self._lists.update_list_member, audience, key, member))

    def tag(self, audience: str, key: str, tags: Mapping[str, bool]) -> None:
        """Give somebody tags (True), or take them (False)."""
        said = [{"name": name, "status": "active" if gives else "inactive"} for name, gives in tags.items()]
        _told(self._lists.update_list_member_tags, audience, key, {"tags": said})

    def tag_many(self, audience: str, tag: int, gives: Sequence[str], takes: Sequence[str]) -> dict[str, datetime]:
        """Give one tag to up to `MOST_MEMBERS` addresses, and take it from as many.

        When each whom it took was changed last, by address in small letters. Of the others it says little of use.
        """
        body = {"members_to_add": list(gives), "members_to_remove": list(takes)}
        answer = _told(self._lists.batch_segment_members, body, audience, tag)
        taken = [member_of(one) for one in (*answer["members_added"], *answer["members_removed"])]
        return {member.email.lower(): member.changed_at for member in taken}

    def erase(self, audience: str, key: str) -> None:
        """Delete somebody for ever. Nobody is fine, too."""
        try:
            _told(self._lists.delete_list_member_permanent, audience, key)
        except Refused as refused:
            if refused.status not in (404, 405):
                raise

    def campaign(self, key: str) -> RemoteCampaign | None:
        """One campaign; None where there is none."""
        try:
            return campaign_of(_told(self._campaigns.get, key))
        except Refused as refused:
            if refused.status != 404:
                raise
            return None

    def campaigns_since(self, audience: str, since: datetime) -> list[RemoteCampaign]:
        """An audience's campaigns that were made since then, by Mailchimp's clock."""
        options = {"list_id": audience, "since_create_time": since.isoformat(timespec="seconds")}
        return [campaign_of(one) for one in _pages(self._campaigns.list, "campaigns", **options)]

    def create_campaign(self, fields: dict[str, Any]) -> RemoteCampaign:
        """A draft. `fields`: `recipients` and `settings`."""
        return campaign_of(_told(self._campaigns.create, {"type": "regular"} | fields))

    def write_campaign(self, key: str, fields: dict[str, Any], content: dict[str, str]) -> None:
        """Give a draft other settings and recipients, and what it says: `html`, `plain_text`."""
        _told(self._campaigns.update, key, fields)
        _told(self._campaigns.set_content, key, content)

    def schedule_campaign(self, key: str, at: datetime) -> None:
        """Have a draft sent at a time, on a quarter of an hour."""
        _told(self._campaigns.schedule, key, {"schedule_time": at.astimezone(UTC).isoformat(timespec="seconds")})

    def unschedule_campaign(self, key: str) -> None:
        """Make it a draft again."""
        _told(self._campaigns.unschedule, key)

    def delete_campaign(self, key: str) -> None:
        """Remove a draft. None is fine, too."""
        try:
            _told(self._campaigns.remove, key)
        except Refused as refused:
            if refused.status != 404:
                raise


class _Client(ApiClient):
    """Their client over a connection that is kept; whatever is no success is raised."""

    def __init__(self, session: requests.Session) -> None:
        super().__init__({"api_key": settings.MAILCHIMP_API_KEY})
        self.session = session
        # A key ends with the name of its data centre.
        self.host = settings.MAILCHIMP_URL or f"https://{self.api_key.rpartition('-')[2]}.api.mailchimp.com/3.0"
        self.server = ""

    def request(
        self, method: str, url: str, query_params: Any = None, headers: Any = None, body: Any = None
    ) -> requests.Response:
        """One call. Raises Away, Refused."""
        try:
            response = self.session.request(
                method,
                url,
                params=query_params,
                headers=headers,
                json=body,
                auth=("key", self.api_key),
                timeout=TIMEOUTS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Away(type(error).__name__) from error
        if response.ok and not response.is_redirect:
            return response
        title, detail = _words(response)
        # A key that is wrong can be mended, as can a network that is not let in: nothing is lost by waiting.
        if response.status_code in (401, 403, 408, 429) or response.status_code >= 500 or response.is_redirect:
            raise Away(f"{response.status_code} {title}".strip(), _seconds(response.headers.get("Retry-After", "")))
        raise Refused(response.status_code, title, detail)


def _told(call: Any, *arguments: Any, **options: Any) -> Any:
    """What a call of theirs answers; our own errors, which it wraps, as they were."""
    try:
        return call(*arguments, **options)
    except ApiClientError as error:
        if isinstance(error.text, MailchimpError):
            raise error.text from None
        raise Away(str(error.text)) from error


def _pages(call: Any, name: str, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    total = 1
    while len(found) < total:
        answer = _told(call, *arguments, count=PAGE, offset=len(found), **options)
        total = answer["total_items"] if answer[name] else 0
        found += answer[name]
    return found


def _words(response: requests.Response) -> tuple[str, str]:
    """Mailchimp's title and detail (RFC 7807), with what is wrong with each field."""
    try:
        problem = response.json()
        detail = str(problem.get("detail", ""))
        errors = [(str(one.get("field", "")), str(one.get("message", ""))) for one in problem.get("errors") or []]
        # What was said already is not said twice.
        each = [f"{field}: {message}" for field, message in errors if message not in detail]
        return str(problem.get("title", "")), " ".join([detail, *each])
    except (ValueError, AttributeError):
        return "", response.text[:200]


def _seconds(value: str) -> float:
    return min(float(value), 3600) if value.strip().isdigit() else 0


@contextmanager
def _slot() -> Iterator[None]:
    """Hold one of a few locks of the database: they end with the process that holds them, however that ends."""
    until = time.monotonic() + WAIT_SECONDS
    while (slot := _free_slot()) is None:
        if time.monotonic() > until:
            raise Away("all connections are in use")
        time.sleep(0.2)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SLOTS, slot])


def _free_slot() -> int | None:
    with connection.cursor() as cursor:
        for slot in range(CONNECTIONS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOTS, slot])
            if cursor.fetchone()[0]:
                return slot
    return None
