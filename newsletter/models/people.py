"""Who gets what, and who must not be written to."""

import hashlib

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import MediaAccount
from newsletter.models.lists import NewsletterList

# Of newsletters, and of the mails about them.
Language = MediaAccount.Language


class Author(models.TextChoices):
    """Whose act a change was."""

    PERSON = "person", _("The person, here")
    MAILCHIMP = "mailchimp", _("At Mailchimp")
    NEWSROOM = "newsroom", _("The newsroom")


class Subscriber(models.Model):
    """Somebody whose address was shown to be theirs. `email`: in the form of `accounts.addresses.canonical`."""

    email = models.EmailField(_("e-mail"), unique=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.ENGLISH)
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")

    def __str__(self) -> str:
        return self.email


class Subscription(models.Model):
    """Whether somebody gets a newsletter. It stays when they do no longer, so that nothing subscribes them again.

    `changed_at`: when the act was done that made it so, by the clock of where it was done.
    """

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="subscriptions")
    list = models.ForeignKey(NewsletterList, models.PROTECT, related_name="subscriptions")
    is_active = models.BooleanField(_("subscribed"))
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.CharField(_("by"), max_length=16, choices=Author)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [models.UniqueConstraint(fields=["subscriber", "list"], name="subscribed_once")]

    def __str__(self) -> str:
        return f"{self.subscriber_id} · {self.list_id}: {'✓' if self.is_active else '–'}"


class SubscriptionChange(models.Model):
    """What happened to subscriptions, in order; without the person once they are erased. `imported`: by what table."""

    subscriber = models.ForeignKey(Subscriber, models.SET_NULL, null=True, related_name="changes")
    list = models.ForeignKey(NewsletterList, models.CASCADE, related_name="changes")
    is_active = models.BooleanField(_("subscribed"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=16, choices=Author)
    imported = models.ForeignKey("newsletter.Import", models.SET_NULL, null=True, related_name="changes")

    class Meta:
        verbose_name = _("change of a subscription")
        verbose_name_plural = _("changes of subscriptions")
        indexes = [models.Index(fields=["list", "at"], name="subscription_changes_of_list")]

    def __str__(self) -> str:
        return f"{self.list_id} {self.at:%Y-%m-%d} {'+' if self.is_active else '−'}"


class Suppression(models.Model):
    """An address that nobody but its owner subscribes again: who was erased. Only a digest of it is kept.

    Without a secret: one that is changed would let everybody be subscribed again.
    """

    digest = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return self.digest[:8]

    @staticmethod
    def digest_of(email: str) -> str:
        """Of an address in the form of `accounts.addresses.canonical`."""
        return hashlib.sha256(f"newsletter:{email}".encode()).hexdigest()
