"""People who log in: editors in the admin, media accounts through the public API."""

import uuid
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from accounts.models.undertakings import Undertaking


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """One table for two kinds of people, who never become one another (`accounts.wall`).

    Editors have an `email`. Media accounts have a `media_email`, once a code showed that it is theirs; as long as they
    have none nobody logs in to them.
    """

    media_email = models.EmailField(_("media account's e-mail"), unique=True, null=True, blank=True, editable=False)
    is_media = models.BooleanField(_("media account"), default=False, editable=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="media_account_is_no_editor",
                condition=Q(is_media=False, media_email=None)
                | Q(is_media=True, is_staff=False, is_superuser=False, email=""),
            ),
        ]

    def get_full_name(self) -> str:
        """As people call it."""
        return self.media_account.name if self.is_media else super().get_full_name()


class Level(models.TextChoices):
    """What the newsroom lets an account do. As the API calls it."""

    PENDING = "pending", _("Waits for approval")
    REGISTERED = "registered", _("Registered")
    ACCREDITED = "accredited", _("Accredited")
    BLOCKED = "blocked", _("Blocked")


class MediaAccountQuerySet(models.QuerySet["MediaAccount"]):
    """Sentences about media accounts."""

    def confirmed(self) -> "MediaAccountQuerySet":
        """Those whose address was shown to be theirs."""
        return self.exclude(user__media_email=None)

    def create_confirmed(self, email: str, password: str | None = None, **facts: Any) -> "MediaAccount":
        """An account as it is once its address was confirmed and the newsroom said yes. `facts`: fields of its own."""
        facts = {"organisation": "—", "country": "BE", "kind": MediaAccount.Kind.OTHER, "name": email} | facts
        user = User(username=f"media-{uuid.uuid4().hex}", is_media=True, media_email=email)
        user.set_password(password)
        with transaction.atomic():
            user.save()
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            return self.create(user=user, **{"approved_at": timezone.now()} | facts)

    def with_level(self) -> "MediaAccountQuerySet":
        """Each with `level_now`, by which lists are filtered and sorted: its `level`."""
        levels = [
            When(~Q(blocked_at=None), then=Value(Level.BLOCKED)),
            When(approved_at=None, then=Value(Level.PENDING)),
            When(accredited_until__gte=timezone.localdate(), then=Value(Level.ACCREDITED)),
        ]
        return self.annotate(level_now=Case(*levels, default=Value(Level.REGISTERED)))

    def waiting(self) -> "MediaAccountQuerySet":
        """Those that the newsroom has to decide on."""
        return self.confirmed().filter(approved_at=None, blocked_at=None)


class MediaAccount(models.Model):
    """Who a media account belongs to, and what the newsroom lets it do."""

    class Kind(models.TextChoices):
        AGENCY = "agency", _("News agency")
        BROADCASTER = "broadcaster", _("Television or radio")
        PRESS = "press", _("Newspaper or magazine")
        ONLINE = "online", _("Online media")
        PRODUCTION = "production", _("Film or video production")
        FREELANCE = "freelance", _("Freelance journalist")
        OTHER = "other", _("Other")

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        FRENCH = "fr", _("French")

    user = models.OneToOneField(User, models.CASCADE, related_name="media_account", primary_key=True)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=160)
    country = CountryField(_("country"))
    kind = models.CharField(_("kind of media"), max_length=16, choices=Kind)
    language = models.CharField(_("language of mails"), max_length=2, choices=Language, default=Language.ENGLISH)
    registered_at = models.DateTimeField(_("registered"), db_default=Now(), editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    accredited_until = models.DateField(
        _("accredited until"), null=True, blank=True, help_text=_("The last day on which it is accredited.")
    )
    profile_changed_at = models.DateTimeField(_("profile changed"), null=True, blank=True, editable=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True, editable=False)
    note = models.TextField(_("note of the newsroom"), blank=True, help_text=_("The account's owner can ask for it."))

    objects = MediaAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("media account")
        verbose_name_plural = _("media accounts")
        ordering = ["-registered_at"]
        indexes = [models.Index(fields=["-registered_at"], name="media_account_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.organisation})"

    @property
    def level(self) -> Level:
        """As of now."""
        if self.blocked_at:
            return Level.BLOCKED
        if not self.approved_at:
            return Level.PENDING
        if self.accredited_until and self.accredited_until >= timezone.localdate():
            return Level.ACCREDITED
        return Level.REGISTERED

    def accept(self, undertaking: Undertaking) -> None:
        """Keep that it was accepted, and when, for ever the first time."""
        Acceptance.objects.get_or_create(account=self, undertaking=undertaking)

    def has_to_accept(self) -> list[Undertaking]:
        """Those in force that its level asks for, and that it has not accepted in their present version."""
        kinds = [Undertaking.Kind.USAGE]
        if self.level == Level.ACCREDITED:
            kinds.append(Undertaking.Kind.ACCREDITATION)
        accepted = set(self.acceptances.values_list("undertaking_id", flat=True))
        in_force = [Undertaking.in_force(kind) for kind in kinds]
        return [one for one in in_force if one is not None and one.pk not in accepted]


class Acceptance(models.Model):
    """That an account accepted one version of an undertaking."""

    account = models.ForeignKey(MediaAccount, models.CASCADE, related_name="acceptances")
    undertaking = models.ForeignKey(Undertaking, models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField(_("accepted"), db_default=Now())

    class Meta:
        verbose_name = _("acceptance")
        constraints = [models.UniqueConstraint(fields=["account", "undertaking"], name="accepted_once")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.undertaking}"
