"""The room's door for editors: Wagtail loads this package, a module a subject."""

from home.wagtail_hooks import (
    held_up,
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
    "held_up",
    "previews",
    "publications",
    "reports",
    "translation_editor",
    "translation_report",
    "translation_urls",
    "vocabulary",
    "withdrawal",
]
