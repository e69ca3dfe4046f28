"""The room's entry in Django."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    """`newsletter`: see docs/architecture.md."""

    name = "newsletter"
    label = "newsletter"

    def ready(self) -> None:
        """Hear of accounts that are erased, or whose owner wants to see what is kept."""
        from newsletter import signals  # noqa: F401
