"""Keys of newsroom systems, which read in an account's name."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import MediaAccount


class Scope(models.TextChoices):
    """What a token may read."""

    ACCOUNT = "account", _("The account, and what it downloaded")
    DOWNLOADS = "downloads", _("Downloads and clips that are ready")


class ApiToken(models.Model):
    """A key that reads, and never writes. Only its digest is kept; `hint` is its end, to tell one from another."""

    account = models.ForeignKey(MediaAccount, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), verbose_name=_("may read"))
    created_at = models.DateTimeField(_("created"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"

    @property
    def scopes_in_words(self) -> str:
        """What it may read, for people."""
        return ", ".join(str(Scope(scope).label) for scope in self.scopes)
