"""The room's entry in Django."""

from importlib import import_module

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """`delivery`: see docs/architecture.md."""

    name = "delivery"
    label = "delivery"

    def ready(self) -> None:
        """Listen to Wagtail. This app stands below the collections in INSTALLED_APPS, so their renderers are known."""
        import_module("delivery.signals").connect_page_models()
        import_module("delivery.clock").let_wagtail_ask_the_database()
        stories = import_module("delivery.stories")
        stories.hold_whatever_is_published()
        stories.keep_embargo_of_copies()
