"""Keeps the change log short: what is old becomes a snapshot. And begins a new epoch.

Writers only append, above the horizon, and nothing here touches what is above it: so editors never wait, and no lock is
needed. Readers see the log before a compaction or after it, never in between: it is one transaction.
"""

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from delivery.models import Change, ChangeKind, LogHead


def horizon_before(keep: timedelta) -> int:
    """Sequence of the last change that is older than `keep`, by the database's clock; 0 if none is."""
    old = Change.objects.filter(at__lt=Now() - keep).order_by("-sequence")
    return old.values_list("sequence", flat=True).first() or 0


def superfluous(horizon: int) -> QuerySet[Change]:
    """Changes up to `horizon` that say nothing about what was public then: superseded ones and tombstones.

    As of the horizon and not of the present: else a reader of the snapshot would only hear of a story at its latest
    change, and lack it if a backup from before that change were restored. The entry at the horizon itself stays,
    whatever it says: a reader may stand on it, and it tells this snapshot from any other.
    """
    later = Change.objects.filter(
        story_id=OuterRef("story_id"), locale=OuterRef("locale"), sequence__gt=OuterRef("sequence")
    )
    return Change.objects.filter(
        Q(kind=ChangeKind.WITHDRAWN) | Exists(later.filter(sequence__lte=horizon)), sequence__lt=horizon
    )


def compact_changes(keep: timedelta) -> int:
    """Move the horizon to what is older than `keep`; answer how many changes were deleted."""
    with transaction.atomic():
        horizon = horizon_before(keep)
        deleted, _models = superfluous(horizon).delete()
        # Last, so that writers, who number changes by this row, wait for the commit only.
        LogHead.objects.filter(compacted__lt=horizon).update(compacted=horizon)
    return deleted


def begin_epoch() -> uuid.UUID:
    """Have every reader of the feed start again; the new epoch."""
    epoch = uuid.uuid4()
    if not LogHead.objects.update(epoch=epoch):
        LogHead.objects.create(epoch=epoch)
    return epoch
