"""All that is wanted of a campaign now. Where it is something else than what was done last, there is work to do."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery.clock import database_now
from newsletter.editions.hindrances import Hindrance, hindrances_of
from newsletter.editions.letters import context_of
from newsletter.models import Campaign, Edition, Plan

# Mailchimp's languages that are ours.
FRENCH_THERE = ("fr", "fr_CA")


@dataclass(frozen=True)
class Wish:
    """`context`: what the mail says, None where Mailchimp is to have nothing. `send_at`: None for a draft.

    `is_over`: that time has come; whatever is not there by now goes out no more.
    """

    context: dict[str, Any] | None
    segment: dict[str, Any]
    send_at: datetime | None
    hindrances: tuple[Hindrance, ...]
    is_over: bool = False

    @property
    def content(self) -> str:
        """A digest of the mail, and of who gets it."""
        return _digest(self.context, self.segment)

    @property
    def digest(self) -> str:
        """Of everything."""
        reasons = [[one.reason.value, str(one.story), str(one.at)] for one in self.hindrances]
        return _digest(self.content, str(self.send_at), reasons, self.is_over)


def wish_of(campaign: Campaign, edition: Edition) -> Wish:
    """What is wanted of an edition's campaign: nothing at Mailchimp, as long as something keeps it from going out."""
    language = campaign.language
    if edition.plan == Plan.PREPARING or language not in edition.languages:
        return Wish(None, {}, None, ())
    send_at = edition.send_at if edition.plan == Plan.SCHEDULED else None
    is_over = send_at is not None and send_at <= database_now()
    hindrances = tuple(hindrances_of(edition, language))
    if hindrances:
        return Wish(None, {}, send_at, hindrances, is_over)
    return Wish(context_of(edition, language), segment_of(edition, language), send_at, (), is_over)


def segment_of(edition: Edition, language: str) -> dict[str, Any]:
    """Who gets it, of the newsletter's audience, in Mailchimp's words; empty: everybody.

    Who has chosen no language, or one that we do not write, gets it in English.
    """
    conditions: list[dict[str, Any]] = []
    one = edition.newsletter
    if one.interest and one.audience:
        category = next((each["category_id"] for each in one.audience.interests if each["id"] == one.interest), "")
        conditions.append(_condition("Interests", f"interests-{category}", "interestcontains", [one.interest]))
    if one.tag and one.audience:
        conditions.append(_condition("StaticSegment", "static_segment", "static_is", one.audience.tag_ids[one.tag]))
    if len(edition.languages) > 1:
        field = one.audience.usable_fields.get("language_field") if one.audience else None
        return _and_language(conditions, language, field)
    return {"match": "all", "conditions": conditions} if conditions else {}


def _and_language(conditions: list[dict[str, Any]], language: str, field: str | None) -> dict[str, Any]:
    """`field`: the merge field that tells it, in our words; without it, what members have chosen at Mailchimp counts.

    "One of two languages" can be had there only where nothing else is asked: of a group, who has chosen a variant gets
    the English mail. Each reader gets one, whatever is asked.
    """
    op, match = ("is", "any") if language == "fr" else ("not", "all")
    if field:
        return {"match": "all", "conditions": [*conditions, _condition("TextMerge", field, op, "fr")]}
    if conditions:
        return {"match": "all", "conditions": [*conditions, _condition("Language", "language", op, "fr")]}
    return {"match": match, "conditions": [_condition("Language", "language", op, each) for each in FRENCH_THERE]}


def _condition(kind: str, field: str, op: str, value: Any) -> dict[str, Any]:
    return {"condition_type": kind, "field": field, "op": op, "value": value}


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
