"""The room's entry in Django."""

from importlib import import_module

from django.apps import AppConfig


class VideosConfig(AppConfig):
    """`videos`: see docs/architecture.md."""

    name = "videos"
    label = "videos"

    def ready(self) -> None:
        """Tell delivery how this room's pages become documents, and listen for what changes them."""
        from delivery.registry import register
        from videos.documents import RENDERERS

        for renderer in RENDERERS:
            register(renderer)
        import_module("videos.signals")
