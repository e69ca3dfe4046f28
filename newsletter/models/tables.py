"""What work with tables of addresses has in common."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jobs.models import Job, JobState
from newsletter.models.lists import NewsletterList


class TableJob(Job):
    """A table of a newsletter's people that a worker reads or writes, some hundred lines a transaction.

    `lines`: how many there are; `position`: how many are done. `by`: who wants it.
    """

    # Each goes on where the one before it stopped.
    most_attempts: ClassVar[int] = 20

    list = models.ForeignKey(NewsletterList, models.CASCADE, related_name="%(class)ss", verbose_name=_("newsletter"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("by"), related_name="+")
    created_at = models.DateTimeField(_("begun"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    lines = models.PositiveIntegerField(_("lines"), default=0, editable=False)
    position = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]

    @property
    def percent(self) -> int:
        """How far it is; also while nobody works on it."""
        return 100 if self.finished_at else min(99, 100 * self.position // max(1, self.lines))

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    @property
    def has_failed(self) -> bool:
        """Whether somebody has to see to it."""
        return self.state == JobState.FAILED
