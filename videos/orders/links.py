"""Addresses of archives: signed, for a few minutes, and good only while everything is there that was in them."""

import hashlib
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404

from videos.clips.links import LINK_SECONDS
from videos.models import Order
from videos.orders.archive import Archive, archive_of
from videos.orders.contents import OrderContents, contents_of, owner_of

_signer = TimestampSigner(sep=".", salt="videos.orders.links")


def link_to_archive(contents: OrderContents, archive: Archive) -> str:
    """Absolute address of an order's archive."""
    signed = _signer.sign(f"{contents.order.pk}:{_what_is_in(contents)}")
    return f"{settings.BASE_URL}/files/archives/{signed}/{quote(archive.name)}"


def archive_at(token: str) -> Archive:
    """What an address stands for. Raises Http404: bent, too old, given back, or a clip is not there any more."""
    try:
        order_id, what = _signer.unsign(token, max_age=LINK_SECONDS).split(":")
    except BadSignature:
        raise Http404 from None
    order = Order.objects.wanted().filter(pk=order_id).first()
    contents = contents_of(owner_of(order), [order])[0] if order else None
    archive = archive_of(contents) if contents and _what_is_in(contents) == what else None
    if archive is None:
        raise Http404
    return archive


def _what_is_in(contents: OrderContents) -> str:
    """Stands for the clips that can be had: another one when one of them goes, or is cut again."""
    names = "\n".join(one.clip.file_name for one in contents.ready)
    return hashlib.sha256(names.encode()).hexdigest()[:32]
