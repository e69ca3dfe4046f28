"""What was downloaded, by whom, for the newsroom's report of usage."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from accounts.models.people import MediaAccount


class UsageEntry(models.Model):
    """A download or a clip. Tells of the account as it was then. Outlives it, without what tells of its owner, and the
    video, whose title it has.
    """

    class Action(models.TextChoices):
        DOWNLOAD = "download", _("Download")
        CLIP = "clip", _("Clip")
        ARCHIVE = "archive", _("Archive of clips")

    account = models.ForeignKey(
        MediaAccount, models.SET_NULL, null=True, related_name="usage", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    organisation = models.CharField(_("organisation"), max_length=160, blank=True)
    country = CountryField(_("country"), blank=True)
    kind = models.CharField(_("kind of media"), max_length=16, choices=MediaAccount.Kind, blank=True)
    action = models.CharField(_("what was done"), max_length=16, choices=Action)
    story_id = models.UUIDField(_("video"), null=True)
    title = models.CharField(_("title"), max_length=255)
    rendition = models.CharField(_("rendition"), max_length=40, blank=True)
    start = models.DecimalField(_("from (s)"), max_digits=14, decimal_places=6, null=True)
    end = models.DecimalField(_("to (s)"), max_digits=14, decimal_places=6, null=True)
    size_bytes = models.PositiveBigIntegerField(_("bytes"), null=True)
    at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["account", "-at"], name="usage_of_account"),
            models.Index(fields=["-at"], name="usage_newest"),
            models.Index(fields=["story_id", "-at"], name="usage_of_video", condition=~Q(story_id=None)),
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.action} {self.title}"

    @staticmethod
    def person(account: MediaAccount) -> dict[str, str]:
        """What an entry keeps of who it is, as of now."""
        told = {field: str(getattr(account, field)) for field in ("name", "organisation", "country", "kind")}
        return told | {"email": account.user.media_email or ""}

    @property
    def starts(self) -> str:
        """The in point as people read it; nothing of a whole video."""
        return _clock(self.start)

    @property
    def ends(self) -> str:
        """The out point as people read it; nothing of a whole video."""
        return _clock(self.end)


def _clock(seconds: Decimal | None) -> str:
    """`HH:MM:SS.mmm`. No frames: what was used may be gone, and its rate with it."""
    if seconds is None:
        return ""
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{thousandths // 1000:02}.{thousandths % 1000:03}"
