"""An edition as a mail: for Mailchimp to send, as a test, or to look at."""

from dataclasses import asdict
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from home.mail.letters import Letter, write_letter
from newsletter.editions.contents import Entry, entries_of
from newsletter.models import Edition

TEMPLATE = "newsletter_edition"


def letter_of(edition: Edition, language: str, *, for_mailchimp: bool) -> Letter:
    """The mail in a language, as of now. For Mailchimp it has the links that Mailchimp fills in for each reader."""
    return letter_with(context_of(edition, language), language, for_mailchimp=for_mailchimp)


def letter_with(context: dict[str, Any], language: str, *, for_mailchimp: bool) -> Letter:
    """The mail that says this (`context_of`)."""
    return write_letter(TEMPLATE, language, context | {"is_campaign": for_mailchimp})


def context_of(edition: Edition, language: str) -> dict[str, Any]:
    """What the mail's templates know: plain JSON. `intro`: a list of paragraphs."""
    audience = edition.newsletter.audience
    with override(language):
        return _without_merge_tags(
            {
                "edition_subject": edition.text("subject", language) or edition.newsletter.name,
                "preview": edition.text("preview", language),
                "intro": [line for line in edition.text("intro", language).splitlines() if line.strip()],
                "newsletter": edition.newsletter.name,
                "stories": [_told(entry) for entry in entries_of(edition, language)],
                "preferences_field": audience.usable_fields.get("preferences_field", "") if audience else "",
            }
        )


def _told(entry: Entry) -> dict[str, Any]:
    day = date_format(localtime(entry.published_at), "DATE_FORMAT")
    minutes, seconds = divmod(round(entry.seconds), 60) if entry.seconds else (0, 0)
    told = asdict(entry) | {"published_at": day, "length": f"{minutes}:{seconds:02}" if entry.seconds else ""}
    del told["seconds"]
    return told


def _without_merge_tags(value: Any) -> Any:
    """No word of a story is taken for one of Mailchimp's tags (`*|EMAIL|*`): a joiner that nobody sees parts them."""
    if isinstance(value, str):
        return value.replace("*|", "*\u2060|").replace("|*", "|\u2060*")
    if isinstance(value, dict):
        return {name: _without_merge_tags(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_merge_tags(part) for part in value]
    return value
