"""`manage.py rebuild_documents`: makes every document what a fresh render makes it."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from delivery.refresh import refresh_all
from delivery.transaction import publishing, story_moved
from delivery.verification import all_story_ids

# How long one batch may hold the publish lock (seconds), at about this many stories a look at the clock.
BUDGET = 0.2


class Command(BaseCommand):
    """Sync every story, in batches, while editors publish and readers read. It can be stopped and run again."""

    help = "Render every live page afresh and store what differs, in batches, while reads go on."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync, and say how many stories were looked at."""
        stories = 0
        pending = list(all_story_ids())
        size = 5
        while pending:
            batch, pending = pending[:size], pending[size:]
            started = time.monotonic()
            with publishing():
                for story_id in batch:
                    story_moved(story_id)
            took = time.monotonic() - started
            size = max(1, min(200, int(size * BUDGET / max(took, 0.001))))
            stories += len(batch)
            if self.stderr.isatty():
                self.stderr.write(f"\r{stories} stories", ending="")
        refresh_all()
        self.stdout.write(f"{stories} stories are as a fresh render makes them.")
