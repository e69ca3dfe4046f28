"""The room's door for the newsroom: Wagtail loads this package, a module a subject."""

from newsletter.wagtail_hooks import edition_acts, editions, stories

__all__ = ["edition_acts", "editions", "stories"]
