"""A newsletter's people as a file, for a day."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.people import Language
from newsletter.models.tables import TableJob


class Export(TableJob):
    """Everybody who gets a newsletter, or has left it, as CSV. `language`: of its words.

    `last`: the last subscription that is written. The file is its parts, in the database: it is personal data, and
    every worker and web server has the database. It is deleted a day later, and as soon as somebody in it is erased.
    """

    kept_for: ClassVar[timedelta] = timedelta(days=1)

    language = models.CharField(_("language"), max_length=2, choices=Language)
    last = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta(TableJob.Meta):
        verbose_name = _("export")
        verbose_name_plural = _("exports")

    def __str__(self) -> str:
        return f"{self.list_id} {self.created_at:%Y-%m-%d}"

    @property
    def kept_until(self) -> datetime:
        """When it is deleted."""
        return self.created_at + self.kept_for


class ExportPart(models.Model):
    """Some thousand lines of an export, in UTF-8."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="parts")
    content = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.export_id}: {self.pk}"
