"""What people undertake: usage terms, and the terms of accreditation, in versions that never change."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Undertaking(models.Model):
    """One version of a text. In force from a moment on, until a newer one is; it stays as it was."""

    class Kind(models.TextChoices):
        USAGE = "usage", _("Usage terms, for every account")
        ACCREDITATION = "accreditation", _("Terms of accreditation")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    version = models.CharField(_("version"), max_length=40, help_text=_("As people quote it, for example 2026-11."))
    text_en = models.TextField(_("text in English"))
    text_fr = models.TextField(_("text in French"))
    in_force_from = models.DateTimeField(
        _("in force from"), help_text=_("From then on nobody downloads who has not accepted this version.")
    )

    class Meta:
        verbose_name = _("undertaking")
        verbose_name_plural = _("undertakings")
        ordering = ["kind", "-in_force_from"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="undertaking_version_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"

    @property
    def text(self) -> str:
        """In the language that is active."""
        return self.text_fr if (get_language() or "").startswith("fr") else self.text_en

    @classmethod
    def in_force(cls, kind: str) -> "Undertaking | None":
        """The version that holds now."""
        return cls.objects.filter(kind=kind, in_force_from__lte=Now()).order_by("-in_force_from", "-pk").first()

    @property
    def is_in_force(self) -> bool:
        """Whether it holds now."""
        return self == Undertaking.in_force(self.kind)

    @property
    def is_fixed(self) -> bool:
        """Whether it stays as it is for ever: it was in force, or somebody accepted it."""
        began = Undertaking.objects.filter(pk=self.pk, in_force_from__lte=Now()).exists()
        return began or (self.pk is not None and self.acceptances.exists())

    def clean(self) -> None:
        """Raises ValidationError where it is fixed, or would never be in force."""
        if self.is_fixed:
            raise ValidationError(_("This version was in force, or people have accepted it. Write a new one."))
        current = Undertaking.in_force(self.kind)
        if current is not None and self.in_force_from and self.in_force_from <= current.in_force_from:
            reason = _("Version %(version)s is in force already, and since later: this one never would be.")
            raise ValidationError({"in_force_from": ValidationError(reason, params={"version": current.version})})
