"""Tables of addresses that the newsroom brings along, and what became of each line."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from newsletter.models.lists import NewsletterList
from newsletter.models.people import Language


class Import(Job):
    """A table that is taken into a list. `consent`: where the newsroom has the people's consent from, its proof.

    `table`: what was uploaded, in UTF-8; nothing once it is done. `lines`: how many there are; `position`: the last
    that is done. The others count what became of them. Who is subscribed is so by an act of the newsroom.
    """

    # Each goes on where the one before it stopped.
    most_attempts: ClassVar[int] = 20

    list = models.ForeignKey(NewsletterList, models.CASCADE, related_name="imports", verbose_name=_("newsletter"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("by"), related_name="+")
    filename = models.CharField(_("file"), max_length=200)
    consent = models.TextField(_("where their consent comes from"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    created_at = models.DateTimeField(_("uploaded"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    table = models.BinaryField(editable=False)
    lines = models.PositiveIntegerField(_("lines"), default=0, editable=False)
    position = models.PositiveIntegerField(default=0, editable=False)
    taken = models.PositiveIntegerField(_("subscribed"), default=0, editable=False)
    already = models.PositiveIntegerField(_("subscribed already"), default=0, editable=False)
    refused = models.PositiveIntegerField(_("refused"), default=0, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.filename

    @property
    def percent(self) -> int:
        """How far it is; also while nobody works on it."""
        return 100 if self.finished_at else min(99, 100 * self.position // max(1, self.lines))


class RefusedLine(models.Model):
    """A line of an import that subscribed nobody: its number in the table, without the address."""

    class Reason(models.TextChoices):
        INVALID = "invalid", _("No valid address")
        DUPLICATE = "duplicate", _("The same address stands further up")
        SUPPRESSED = "suppressed", _("Has unsubscribed, or was erased: only they themselves subscribe again")

    imported = models.ForeignKey(Import, models.CASCADE, related_name="refused_lines")
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)

    class Meta:
        verbose_name = _("refused line")
        verbose_name_plural = _("refused lines")
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["imported", "line"], name="refused_once")]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
