"""The room's entry in Django."""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class SearchConfig(AppConfig):
    """`search`: see docs/architecture.md."""

    name = "search"
    label = "search"

    def ready(self) -> None:
        """Write the index whenever documents change, compare both when asked, and prepare the database."""
        from delivery.verification import register_check
        from search import signals  # noqa: F401
        from search.database import prepare_database
        from search.indexing import differences

        register_check(differences)
        pre_migrate.connect(prepare_database, sender=self)
