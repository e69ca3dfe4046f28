"""An archive that is handed out is noted as usage, once for an order."""

from django.db import transaction
from django.db.models.functions import Now

from accounts.callers import Caller
from accounts.models import UsageEntry
from accounts.usage import Use, note
from videos.clips.handing import hand_out_clips
from videos.models import Order
from videos.orders.archive import Archive
from videos.orders.contents import OrderContents


def hand_out(caller: Caller, contents: OrderContents, archive: Archive | None) -> None:
    """Note what of an order the caller is told an address of for the first time."""
    hand_out_clips(caller, [one.clip for one in contents.clips])
    if archive is None or contents.order.handed_out_at is not None:
        return
    with transaction.atomic():
        if Order.objects.filter(pk=contents.order.pk, handed_out_at=None).update(handed_out_at=Now()):
            note(caller, [Use(UsageEntry.Action.ARCHIVE, archive.name, size_bytes=archive.size)])
