"""A base for rows of work. The row is the truth and the queue only a hint: due work is found by a query."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """How far a row of work is."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """A row of work: who works on it, until when, how often it was tried, what went wrong.

    `fence` is a token that grows with each lease; a worker whose fence is old writes nothing any more.
    """

    state = models.CharField(_("state"), max_length=16, choices=JobState, default=JobState.QUEUED, editable=False)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    error = models.TextField(_("error"), blank=True, editable=False)
    fence = models.PositiveBigIntegerField(default=0, editable=False)
    leased_by = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(db_default=Now(), editable=False)

    # How often a row is tried before it counts as failed.
    most_attempts: ClassVar[int] = 5

    class Meta:
        abstract = True

    @classmethod
    def wanted(cls) -> models.QuerySet[Any]:
        """Rows whose result somebody may still have. Of others no work begins, and what has begun stops."""
        return cls._default_manager.all()


def new_lease_holder() -> uuid.UUID:
    """A name for one try at one row."""
    return uuid.uuid4()
