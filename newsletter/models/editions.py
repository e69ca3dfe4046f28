"""An edition of a newsletter: the stories that it names, and its mail in each language, as Mailchimp has it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from delivery.models import Story
from jobs.models import Job
from newsletter.models.lists import NewsletterList
from newsletter.models.people import Language

# Mailchimp's limit for a subject.
SUBJECT_LENGTH = 150


class Plan(models.TextChoices):
    """What the newsroom wants of an edition."""

    PREPARING = "", _("Being prepared")
    DRAFT = "draft", _("Draft at Mailchimp")
    SCHEDULED = "scheduled", _("Goes out at a time")


class Edition(ClusterableModel):
    """One mailing of a newsletter, in its languages. It names stories: what its mails say of them is as published.

    `prepared_since`: stories published after it belong to the next edition (`newsletter.editions.gathering`).
    """

    newsletter = models.ForeignKey(NewsletterList, models.PROTECT, related_name="+", verbose_name=_("newsletter"))
    title = models.CharField(_("title"), max_length=80, help_text=_("For the newsroom: readers do not see it."))
    subject_en = models.CharField(_("subject in English"), max_length=SUBJECT_LENGTH, blank=True)
    subject_fr = models.CharField(_("subject in French"), max_length=SUBJECT_LENGTH, blank=True)
    preview_en = models.CharField(
        _("preview text in English"),
        max_length=SUBJECT_LENGTH,
        blank=True,
        help_text=_("What mail programs show beside the subject."),
    )
    preview_fr = models.CharField(
        _("preview text in French"),
        max_length=SUBJECT_LENGTH,
        blank=True,
        help_text=_("What mail programs show beside the subject."),
    )
    intro_en = models.TextField(_("opening in English"), blank=True, max_length=2000)
    intro_fr = models.TextField(_("opening in French"), blank=True, max_length=2000)
    topics = ParentalManyToManyField(
        "home.Topic",
        blank=True,
        related_name="+",
        verbose_name=_("topics"),
        help_text=_("Of which stories can be gathered."),
    )
    plan = models.CharField(_("plan"), max_length=16, choices=Plan, blank=True, editable=False)
    send_at = models.DateTimeField(_("goes out"), null=True, editable=False)
    prepared_since = models.DateTimeField(db_default=Now(), editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-prepared_since", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def languages(self) -> list[str]:
        """In which it goes out: the newsletter's, or one for each that subscribers have chosen."""
        return [self.newsletter.language] if self.newsletter.language else list(Language.values)

    @property
    def languages_to_go(self) -> list[str]:
        """Those in which Mailchimp has not begun to send it."""
        gone = {campaign.language for campaign in self.campaigns.all() if campaign.has_gone_out}
        return [language for language in self.languages if language not in gone]

    @property
    def has_gone_out(self) -> bool:
        """Whether it has, in all its languages: then nothing changes it any more."""
        return not self.languages_to_go

    def text(self, field: str, language: str) -> str:
        """`subject`, `preview` or `intro` in a language."""
        return str(getattr(self, f"{field}_{language}")).strip()


class EditionStory(Orderable):
    """A story in an edition, at its place."""

    edition = ParentalKey(Edition, on_delete=models.CASCADE, related_name="stories")
    story = models.ForeignKey(Story, models.CASCADE, related_name="+", verbose_name=_("story"))

    class Meta(Orderable.Meta):
        constraints = [models.UniqueConstraint(fields=["edition", "story"], name="story_once_an_edition")]

    def __str__(self) -> str:
        return f"{self.edition_id}: {self.story_id}"


class RemoteState(models.TextChoices):
    """Mailchimp's status of a campaign."""

    NOT_THERE = "", _("Not there")
    DRAFT = "save", _("Draft")
    PAUSED = "paused", _("Paused")
    SCHEDULED = "schedule", _("Scheduled")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")


GONE_OUT = (RemoteState.SENDING, RemoteState.SENT)


class Campaign(Job):
    """The mail of an edition in one language, and what Mailchimp has of it: a row of work, done while both agree.

    `handled`: a digest of all that was wanted when it was worked on last; where it differs from what is wanted now,
    there is work to do. `told`: a digest of the mail that Mailchimp has. `scheduled_at`: for when it is
    scheduled there, by us or after us; `asked_for`: for when the newsroom wanted it then.
    `is_held`: it is wanted there, and may not go out. `mark`: stands in its title at Mailchimp, by which one is found
    again whose making was never heard of.
    """

    # It waits for as long as Mailchimp is away; what Mailchimp refuses is over at once.
    most_attempts: ClassVar[int] = 30_000

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="campaigns")
    language = models.CharField(_("language"), max_length=2, choices=Language)
    mark = models.UUIDField(default=uuid.uuid4, editable=False)
    mailchimp_id = models.CharField(max_length=40, blank=True)
    web_id = models.BigIntegerField(null=True)
    remote_state = models.CharField(_("at Mailchimp"), max_length=16, choices=RemoteState, blank=True)
    handled = models.CharField(max_length=64, blank=True)
    told = models.CharField(max_length=64, blank=True)
    scheduled_at = models.DateTimeField(null=True)
    asked_for = models.DateTimeField(null=True)
    is_held = models.BooleanField(_("held back"), default=False)
    refusal = models.CharField(_("refused"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    emails_sent = models.PositiveIntegerField(_("mails sent"), null=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["edition", "language"], name="campaign_once_a_language")]
        indexes = [models.Index(fields=["mailchimp_id"], name="campaign_at_mailchimp")]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.language} {self.state}"

    @property
    def has_gone_out(self) -> bool:
        """Whether Mailchimp has begun to send it: then nothing changes it any more."""
        return self.remote_state in GONE_OUT

    @property
    def marked(self) -> str:
        """Its mark as it stands in the title."""
        return f"[{self.mark.hex[:12]}]"
