"""Orders: several clips that somebody asked for at once. What is cut, and how far it is, the clips say."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from videos.models.clip import Clip


class OrderQuerySet(models.QuerySet["Order"]):
    """Sentences about orders."""

    def of_caller(self, account_id: int | None, client: str) -> "OrderQuerySet":
        """Those of one caller, also those that he gave back."""
        return self.filter(account=account_id) if account_id is not None else self.filter(account=None, client=client)

    def wanted(self) -> "OrderQuerySet":
        """Those that nobody gave back."""
        return self.filter(cancelled_at=None)


class Order(models.Model):
    """What somebody asked for in one request. `client`: of who has no account.

    `left_out`: lines of a cut list that make no clip, as `{"line", "reason"}`, the reason one of `LeftOut`.
    """

    class LeftOut(models.TextChoices):
        """Why a line of a cut list makes no clip, though nothing is wrong with it."""

        SOUND_ONLY = "sound_only", _("A cut of sound alone: the clips of the picture's cuts have all the sound.")
        BLACK = "black", _("Black: it comes from no video.")
        EMPTY = "empty", _("A cut without a frame.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    client = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    cancelled_at = models.DateTimeField(null=True)
    # When the address of its archive was told for the first time: then that counts as usage.
    handed_out_at = models.DateTimeField(null=True)
    left_out = models.JSONField(default=list)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order of clips")
        indexes = [
            models.Index(fields=["account", "-created_at"], name="order_of_account"),
            models.Index(fields=["client", "-created_at"], name="order_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.account_id or self.client}"


class OrderLine(models.Model):
    """One row of an order. Rows that mean the same frames share a clip.

    `start_timecode`, `end_timecode`: the video's own for the points, or counted from zero where it has none.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(help_text="Place in the order, from 0.")
    clip = models.ForeignKey(Clip, models.CASCADE, related_name="lines")
    label = models.CharField(max_length=200, blank=True)
    start_timecode = models.CharField(max_length=16)
    end_timecode = models.CharField(max_length=16)

    class Meta:
        verbose_name = _("line of an order")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="order_line_once_a_place")]

    def __str__(self) -> str:
        return f"{self.order_id}[{self.number}] {self.label}"
