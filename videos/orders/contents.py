"""What is in an order: its lines with their clips as they are now, how far it is as a whole; and giving it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from accounts.callers import Caller, caller_again
from delivery.errors import NotPublished
from videos.clips.limits import one_at_a_time
from videos.clips.orders import give_back_all, seen_by_caller
from videos.clips.states import ClipStatus, status_of
from videos.models import Clip, Order, OrderLine


class OrderStatus(TextChoices):
    """As the API calls it."""

    QUEUED = "queued", gettext_lazy("Waiting")
    CUTTING = "cutting", gettext_lazy("Being cut")
    READY = "ready", gettext_lazy("Ready")
    PARTLY_READY = "partly_ready", gettext_lazy("Partly ready")
    FAILED = "failed", gettext_lazy("Failed")
    EXPIRED = "expired", gettext_lazy("Expired")
    CANCELLED = "cancelled", gettext_lazy("Cancelled")


@dataclass(frozen=True)
class OrderedClip:
    """A line of an order and its clip, of `seen_by`."""

    line: OrderLine
    clip: Clip

    @property
    def is_ready(self) -> bool:
        """Whether the clip can be downloaded."""
        return status_of(self.clip) == ClipStatus.READY


@dataclass(frozen=True)
class OrderContents:
    """An order, whole, as of the moment of the question."""

    order: Order
    clips: list[OrderedClip]

    @property
    def status(self) -> OrderStatus:
        """How far it is. `partly_ready`: some clips can be had, and the others never will by themselves."""
        found = {status_of(one.clip) for one in self.clips}
        if self.order.cancelled_at is not None:
            return OrderStatus.CANCELLED
        if self.is_over:
            if ClipStatus.READY in found:
                return OrderStatus.READY if len(found) == 1 else OrderStatus.PARTLY_READY
            order = (ClipStatus.FAILED, ClipStatus.EXPIRED, ClipStatus.CANCELLED)
            return OrderStatus(next(status for status in order if status in found))
        return OrderStatus.QUEUED if found == {ClipStatus.QUEUED} else OrderStatus.CUTTING

    @property
    def is_over(self) -> bool:
        """Whether nothing is cut any more."""
        return all(status_of(one.clip) in ClipStatus.last() for one in self.clips)

    @property
    def progress(self) -> int:
        """Percent of its clips' work."""
        done = [100 if status_of(one.clip) in ClipStatus.last() else one.clip.progress for one in self.clips]
        return sum(done) // len(done)

    @property
    def ready(self) -> list[OrderedClip]:
        """Those that can be downloaded; none of an order that was given back."""
        return [one for one in self.clips if one.is_ready] if self.order.cancelled_at is None else []


def contents_of(caller: Caller, orders: Iterable[Order]) -> list[OrderContents]:
    """What is in these orders of one caller: two queries, however many they are."""
    orders = list(orders)
    lines = list(OrderLine.objects.filter(order__in=orders).order_by("number"))
    clips = {clip.pk: clip for clip in seen_by_caller(caller).filter(pk__in={line.clip_id for line in lines})}
    return [
        OrderContents(order, [OrderedClip(line, clips[line.clip_id]) for line in lines if line.order_id == order.pk])
        for order in orders
    ]


def order_for(caller: Caller, order_id: UUID) -> OrderContents:
    """An order of the caller's own. Raises NotPublished."""
    order = Order.objects.of_caller(caller.account_id, caller.client).filter(pk=order_id).first()
    if order is None:
        raise NotPublished
    return contents_of(caller, [order])[0]


def owner_of(order: Order) -> Caller:
    """Whose it is, with what opens for him now."""
    return caller_again(order.account_id, order.client)


def give_back_order(caller: Caller, order_id: UUID) -> OrderContents:
    """The caller wants it no more, nor its clips, but those that another order of his has. Raises NotPublished."""
    with transaction.atomic():
        one_at_a_time(caller)
        mine = Order.objects.of_caller(caller.account_id, caller.client)
        order = mine.filter(pk=order_id).first()
        if order is None:
            raise NotPublished
        if order.cancelled_at is None:
            Order.objects.filter(pk=order.pk).update(cancelled_at=Now())
            elsewhere = OrderLine.objects.filter(order__in=mine.wanted())
            left = order.lines.exclude(clip__in=elsewhere.values("clip"))
            give_back_all(caller, list(left.values_list("clip", flat=True)))
    return order_for(caller, order_id)


def orders_kept(account_id: int) -> list[dict[str, Any]]:
    """What an account ordered, newest first, for its owner."""
    orders = Order.objects.of_caller(account_id, "").prefetch_related("lines").order_by("-created_at")
    return [
        {
            "id": order.pk,
            "created_at": order.created_at,
            "cancelled_at": order.cancelled_at,
            "lines": [{"clip": line.clip_id, "label": line.label} for line in order.lines.all()],
        }
        for order in orders
    ]
