"""`manage.py begin_epoch`: has every reader of the change feed start again (docs/operations.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from delivery.compaction import begin_epoch


class Command(BaseCommand):
    """For when documents were changed past the change log, by hand in the database. No restore needs it."""

    help = "Have every reader of the change feed start again from the beginning."

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin it, and say what happens."""
        self.stdout.write(f"Epoch {begin_epoch()}: whoever follows the feed is told to start again (410).")
