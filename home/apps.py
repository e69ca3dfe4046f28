"""The room's entry in Django."""

from importlib import import_module

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """`home`: see docs/architecture.md."""

    name = "home"
    label = "home"

    def ready(self) -> None:
        """Tell delivery how this room's pages become documents, listen for what changes them, and keep
        wagtail-localize within the newsroom's rules.
        """
        from delivery.registry import register, register_filter
        from home.documents import RENDERERS
        from home.topics import topic_ids
        from home.translation.aliases import switch_off_tree_synchronisation
        from home.translation.drafts import keep_titles_short, keep_what_is_public
        from home.translation.wording import write_dates_in_figures

        for renderer in RENDERERS:
            register(renderer)
        register_filter("topic", lambda values: topic_ids(values) or values)
        import_module("home.signals")
        switch_off_tree_synchronisation()
        keep_what_is_public()
        keep_titles_short()
        write_dates_in_figures()
