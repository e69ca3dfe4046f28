"""`manage.py rebuild_search`: writes the index of what is published anew."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import F

from search.indexing import differences, index_missing
from search.models import Entry


class Command(BaseCommand):
    """Every document is indexed again, in short batches, while editors publish and readers search."""

    help = "Write the search index of every published document anew. It can be stopped and run again."

    def add_arguments(self, parser: Any) -> None:
        """Only what is missing, or all of it."""
        parser.add_argument("--missing", action="store_true", help="only what has no entry, or an older one")

    def handle(self, *args: Any, missing: bool, **options: Any) -> None:
        """Index, and say how many there were."""
        if not missing:
            # Older than any: each stays found as it was until it is written anew.
            Entry.objects.filter(version__gt=0).update(version=F("version") * 0)
        documents = 0
        while done := index_missing():
            documents += done
        self.stdout.write(f"{documents} documents indexed; {sum(1 for _one in differences())} differ.")
