"""The room's door for the newsroom: Wagtail loads this package, a module a subject."""

from accounts.wagtail_hooks import editors

__all__ = ["editors"]
