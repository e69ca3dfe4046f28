"""Mails on their way: a row each, kept for some weeks to be looked up, without what was secret in it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jobs.lease import LONGEST_PAUSE_SECONDS
from jobs.models import Job, JobState

OVER = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class MailQuerySet(models.QuerySet["Mail"]):
    """Sentences about mails."""

    def over(self) -> "MailQuerySet":
        """Those that were sent, dropped, or have failed."""
        return self.filter(state__in=OVER)

    def can_be_tried_again(self) -> "MailQuerySet":
        """Those that failed and had nothing in them that runs out."""
        return self.filter(state=JobState.FAILED, good_until=None)

    def forget_contexts(self) -> int:
        """Empty all that are over, but for failed ones that somebody may try again; how many there were.

        What is secret in a mail runs out (`home.mail.post`), so those keep no secret.
        """
        kept = self.can_be_tried_again().values("pk")
        return self.over().exclude(context={}).exclude(pk__in=kept).update(context={})


class Mail(Job):
    """A mail to one person. It is put into words when it is sent; then `context` is emptied.

    Done: a server took it. Cancelled: it was dropped, since nobody waits for it any more.
    """

    # Their pauses make this about as long as the setting says.
    most_attempts: ClassVar[int] = max(1, settings.MAIL_TRY_HOURS * 3600 // LONGEST_PAUSE_SECONDS)

    template = models.CharField(_("kind of mail"), max_length=80)
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    context = models.JSONField(default=dict)
    # The same at each attempt, so that a receiver who gets it twice can tell.
    message_id = models.CharField(max_length=255, unique=True)
    good_until = models.DateTimeField(null=True)
    renewal = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(_("written"), db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            models.Index(fields=["due_at"], name="mail_due", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["created_at"], name="mail_created"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk} {self.state}"

    @property
    def can_be_tried_again(self) -> bool:
        """Whether it failed and had nothing in it that runs out."""
        return self.state == JobState.FAILED and self.good_until is None
