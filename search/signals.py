"""What makes the index follow."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from delivery.log import documents_changed
from delivery.models import PreparedDocument
from delivery.prepared import documents_prepared
from search.indexing import index_ahead, index_documents


@receiver(documents_changed)
def follow_documents(keys: Sequence[tuple[UUID, str]], **_signal: Any) -> None:
    """Inside the transaction that wrote them."""
    index_documents(keys)


@receiver(documents_prepared)
def prepare_too(rows: Sequence[PreparedDocument], **_signal: Any) -> None:
    """So that a thousand stories can be found in the second in which they go out."""
    index_ahead(rows)
