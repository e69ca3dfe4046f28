"""That somebody asked for newsletters, and confirmed it: the proof of consent."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsletter.models.lists import NewsletterList
from newsletter.models.people import Language, Subscriber

FIRST_EN = (
    "I want to receive the newsletters that I have chosen. I can leave at any time, with one click in each mail. "
    "My address is used for nothing else."
)
FIRST_FR = (
    "Je souhaite recevoir les lettres d’information que j’ai choisies. Je peux me désabonner à tout moment, d’un clic "
    "dans chaque courriel. Mon adresse ne sert à rien d’autre."
)


class ConsentText(models.Model):
    """What people agree to when they subscribe, in versions that stay as they are. The newest is in force."""

    version = models.CharField(_("version"), max_length=40, unique=True)
    text_en = models.TextField(_("text in English"))
    text_fr = models.TextField(_("text in French"))
    in_force_from = models.DateTimeField(_("in force from"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["-in_force_from", "-pk"]

    def __str__(self) -> str:
        return self.version

    @property
    def text(self) -> str:
        """In the language that is active."""
        return self.text_fr if (get_language() or "").startswith("fr") else self.text_en

    @classmethod
    def in_force(cls) -> "ConsentText":
        """The version that holds now. Until the newsroom writes one, people agree to ours."""
        newest = cls.objects.first()
        return newest or cls.objects.get_or_create(version="1", defaults={"text_en": FIRST_EN, "text_fr": FIRST_FR})[0]


class SignUp(models.Model):
    """Somebody, maybe the address's owner, asked for newsletters. Confirmed, it is the proof that the owner agreed.

    Networks, not addresses: IPv4 /24, IPv6 /48. What is not confirmed is forgotten (`NEWSLETTER_CONFIRM_DAYS`).
    `waits_for_welcome`: confirmed by somebody to whom Mailchimp did not write; they are welcomed once it does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    lists = models.ManyToManyField(NewsletterList, related_name="sign_ups", verbose_name=_("newsletters"))
    consent = models.ForeignKey(ConsentText, models.PROTECT, verbose_name=_("text agreed to"))
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    asked_from = models.CharField(_("asked from"), max_length=60)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_from = models.CharField(_("confirmed from"), max_length=60, blank=True)
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, null=True, related_name="sign_ups")
    waits_for_welcome = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        indexes = [
            models.Index(fields=["email"], name="sign_up_email"),
            models.Index(fields=["id"], name="sign_up_to_welcome", condition=models.Q(waits_for_welcome=True)),
        ]

    def __str__(self) -> str:
        return str(self.pk)
