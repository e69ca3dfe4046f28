"""What makes the index follow."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from delivery.log import documents_changed
from search.indexing import index_documents


@receiver(documents_changed)
def follow_documents(keys: Sequence[tuple[UUID, str]], **_signal: Any) -> None:
    """Inside the transaction that wrote them."""
    index_documents(keys)
