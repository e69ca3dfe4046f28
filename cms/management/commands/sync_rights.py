"""`manage.py sync_rights`: groups and rights as `cms.groups` says."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cms.groups import apply_rights


class Command(BaseCommand):
    """Give every group exactly the rights of its role."""

    help = "Give every group exactly the rights of its role (cms/groups.py)."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Apply, and say so."""
        apply_rights()
        self.stdout.write("Rights are as cms/groups.py says.")
