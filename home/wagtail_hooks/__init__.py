"""The room's door for editors: Wagtail loads this package, a module a subject."""

from home.wagtail_hooks import (
    bulk_publishing,
    held_up,
    mails,
    previews,
    publications,
    reports,
    translation_editor,
    translation_report,
    translation_urls,
    vocabulary,
    withdrawal,
)

__all__ = [
    "bulk_publishing",
    "held_up",
    "mails",
    "previews",
    "publications",
    "reports",
    "translation_editor",
    "translation_report",
    "translation_urls",
    "vocabulary",
    "withdrawal",
]
