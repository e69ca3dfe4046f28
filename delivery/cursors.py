"""Opaque cursors. A cursor names the last entry that was given (keyset), so page 1,000 costs what page 1 costs,
and what is published meanwhile neither repeats nor hides anything.
"""

import base64
import binascii
import struct
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from delivery.clock import UNIX_EPOCH
from delivery.errors import BadParameter

_FORMAT = struct.Struct(">cq16s")


def encode_cursor(order: str, published_at: datetime, story_id: UUID) -> str:
    """A cursor after the entry with this date and id, in a list in this order (`-published_at` or `published_at`)."""
    micros = (published_at - UNIX_EPOCH) // timedelta(microseconds=1)
    packed = _FORMAT.pack(b"-" if order.startswith("-") else b"+", micros, story_id.bytes)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(order: str, cursor: str) -> tuple[datetime, UUID]:
    """Date and id of the last entry given. Raises BadParameter for anything `encode_cursor` did not make."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        sign, micros, story = _FORMAT.unpack(packed)
        moment = UNIX_EPOCH + timedelta(microseconds=micros)
    except (binascii.Error, ValueError, struct.error, OverflowError):
        raise BadParameter("cursor", _("This is no cursor of this API.")) from None
    if sign != (b"-" if order.startswith("-") else b"+") or encode_cursor(order, moment, UUID(bytes=story)) != cursor:
        raise BadParameter("cursor", _("This cursor belongs to another list: the order was not the same."))
    return moment, UUID(bytes=story)
