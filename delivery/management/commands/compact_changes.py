"""`manage.py compact_changes`: makes old entries of the change log a snapshot, as beat does every night."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from delivery.compaction import compact_changes, horizon_before, superfluous


class Command(BaseCommand):
    """Delete superseded entries and old tombstones, while editors publish and readers read."""

    help = "Delete old entries of the change log that say nothing about what was public then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much is kept, and whether to write."""
        parser.add_argument("--keep-days", type=int, default=settings.FEED_KEEP_DAYS, help="keep every change so long")
        parser.add_argument("--dry-run", action="store_true", help="only say how many would be deleted")

    def handle(self, *args: Any, keep_days: int, dry_run: bool, **options: Any) -> None:
        """Compact, and say how many entries that took away."""
        keep = timedelta(days=max(0, keep_days))
        number = superfluous(horizon_before(keep)).count() if dry_run else compact_changes(keep)
        self.stdout.write(f"{number} changes {'would be' if dry_run else 'are'} deleted.")
