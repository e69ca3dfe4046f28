"""What Mailchimp says of a person, or of a campaign, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime


@dataclass(frozen=True)
class Member:
    """A person in an audience, as Mailchimp has them. Moments by its clock.

    `key`: MD5 of the address; `contact_id` stays when the address changes. `opted_at`: when they agreed to get mails,
    as Mailchimp heard it: from whoever added them, or by its own form. `tags`: names; None where it does not say.
    """

    key: str
    contact_id: str
    email: str
    status: str
    language: str
    interests: dict[str, bool]
    changed_at: datetime
    opted_at: datetime | None
    tags: frozenset[str] | None = None

    @property
    def is_subscribed(self) -> bool:
        """Whether mails go out to them."""
        return self.status == "subscribed"


def member_of(answer: dict[str, Any]) -> Member:
    """Read one of Mailchimp's answers. Raises KeyError, ValueError where it is none."""
    changed_at = parse_datetime(answer["last_changed"])
    if changed_at is None:
        raise ValueError("last_changed is no moment")
    return Member(
        key=answer["id"],
        contact_id=answer.get("contact_id") or answer.get("unique_email_id") or "",
        email=answer["email_address"],
        status=answer["status"],
        language=answer.get("language") or "",
        interests=dict(answer.get("interests") or {}),
        changed_at=changed_at,
        opted_at=parse_datetime(answer.get("timestamp_opt") or ""),
        tags=frozenset(tag["name"] for tag in answer["tags"]) if "tags" in answer else None,
    )


@dataclass(frozen=True)
class RemoteCampaign:
    """A campaign, as Mailchimp has it. `web_id`: in the addresses of its own pages. `send_at`: when it goes out, or
    went; None for a draft.
    """

    id: str
    web_id: int
    status: str
    title: str
    send_at: datetime | None
    emails_sent: int


def campaign_of(answer: dict[str, Any]) -> RemoteCampaign:
    """Read one of Mailchimp's answers. Raises KeyError, ValueError where it is none."""
    return RemoteCampaign(
        id=answer["id"],
        web_id=answer["web_id"],
        status=answer["status"],
        title=(answer.get("settings") or {}).get("title") or "",
        send_at=parse_datetime(answer.get("send_time") or ""),
        emails_sent=answer.get("emails_sent") or 0,
    )
