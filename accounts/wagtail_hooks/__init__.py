"""The room's door for the newsroom: Wagtail loads this package, a module a subject."""

from accounts.wagtail_hooks import acts, bulk, editors, listing, page, rights, settings, undertakings, usage

__all__ = ["acts", "bulk", "editors", "listing", "page", "rights", "settings", "undertakings", "usage"]
