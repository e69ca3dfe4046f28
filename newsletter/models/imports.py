"""Tables of addresses that the newsroom brings along, and what became of each line."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.people import Language
from newsletter.models.tables import TableJob


class Import(TableJob):
    """A table that is taken into a list. `consent`: where the newsroom has the people's consent from, its proof.

    `table`: what was uploaded, in UTF-8; nothing once it is done. `position`: the last line that is done. The others
    count what became of them. Who is subscribed is so by an act of the newsroom.
    """

    filename = models.CharField(_("file"), max_length=200)
    consent = models.TextField(_("where their consent comes from"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    table = models.BinaryField(editable=False)
    taken = models.PositiveIntegerField(_("subscribed"), default=0, editable=False)
    already = models.PositiveIntegerField(_("subscribed already"), default=0, editable=False)
    refused = models.PositiveIntegerField(_("refused"), default=0, editable=False)

    class Meta(TableJob.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.filename


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
