"""`manage.py rebuild_search_server`: builds the search server's index anew, beside the one that answers."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search.errors import SearchAway
from search.server import following


class Command(BaseCommand):
    """Readers search the old index until the new one has followed the whole log; then the new one alone is left."""

    help = "Build the search server's index anew. It can be stopped and run again, or left to the worker."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it, and say so."""
        if not settings.OPENSEARCH_URL:
            raise CommandError("OPENSEARCH_URL is not set: PostgreSQL answers searches.")
        try:
            following.rebuild()
        except SearchAway:
            raise CommandError("The search server does not answer. The log says why; run this again.") from None
        self.stdout.write("The new index answers.")
