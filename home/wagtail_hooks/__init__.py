"""The room's door for editors: Wagtail loads this package, a module a subject."""

from home.wagtail_hooks import previews, translation_editor, translation_report, translation_urls, vocabulary

__all__ = ["previews", "translation_editor", "translation_report", "translation_urls", "vocabulary"]
