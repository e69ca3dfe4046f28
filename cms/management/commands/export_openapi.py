"""`manage.py export_openapi`: the API's description, for generators of clients."""

from typing import Any

from django.core.management.base import BaseCommand

from cms.api import api
from cms.openapi import as_text


class Command(BaseCommand):
    """Needs no database."""

    help = "Writes the OpenAPI description of the API to standard output."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """The same text as `tests/contract/openapi.json`."""
        self.stdout.write(as_text(api), ending="")
