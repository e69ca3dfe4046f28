"""The room's entry in Django."""

from importlib import import_module

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """`home`: see docs/architecture.md."""

    name = "home"
    label = "home"

    def ready(self) -> None:
        """Tell delivery how this room's pages become documents, and listen for what changes them."""
        from delivery.registry import register
        from home.documents import RENDERERS

        for renderer in RENDERERS:
            register(renderer)
        import_module("home.signals")
