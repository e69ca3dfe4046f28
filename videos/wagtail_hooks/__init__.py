"""The room's door for editors: Wagtail loads this package, a module a subject."""

from videos.wagtail_hooks import captions, jobs, receiving, studio, uploads

__all__ = ["captions", "jobs", "receiving", "studio", "uploads"]
