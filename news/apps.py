"""The room's entry in Django."""

from django.apps import AppConfig


class NewsConfig(AppConfig):
    """`news`: see docs/architecture.md."""

    name = "news"
    label = "news"

    def ready(self) -> None:
        """Tell delivery how this room's pages become documents, and listen for what changes them."""
        from delivery.registry import register
        from news.documents import RENDERERS

        for renderer in RENDERERS:
            register(renderer)
