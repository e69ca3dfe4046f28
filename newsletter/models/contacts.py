"""A person in an audience: what is to be told to Mailchimp, and what it last said."""

import hashlib
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jobs.models import Job, JobState
from newsletter.models.lists import Audience
from newsletter.models.people import Subscriber


class Intention(models.TextChoices):
    """What the next push does to a contact's standing there. Only a person's own confirmation overrides a refusal."""

    PROFILE = "", _("Nothing: the profile only")
    ADD = "add", _("Add, if unknown there")
    CONFIRM = "confirm", _("Subscribe: the person confirmed it")
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribe")
    ERASE = "erase", _("Delete for ever")


class Standing(models.TextChoices):
    """Mailchimp's status of a contact; unknown until it was heard."""

    UNKNOWN = "", _("Not known yet")
    SUBSCRIBED = "subscribed", _("Subscribed")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    CLEANED = "cleaned", _("Cleaned: mails came back")
    PENDING = "pending", _("Has to confirm at Mailchimp")
    ARCHIVED = "archived", _("Archived")
    TRANSACTIONAL = "transactional", _("Transactional")
    GONE = "gone", _("Not there")

    @classmethod
    def refusing(cls) -> tuple["Standing", ...]:
        """Those of people whom Mailchimp knows, and must not write to."""
        return cls.UNSUBSCRIBED, cls.CLEANED, cls.ARCHIVED, cls.TRANSACTIONAL


class ContactQuerySet(models.QuerySet["Contact"]):
    """Sentences about contacts."""

    def change(self, intention: Intention | None = None, at: datetime | None = None) -> int:
        """Have these pushed, and what waits be replaced: `intention`, an act of `at`, or what it was.

        Somebody who pushes one of them at this moment notices, and it is pushed again.
        """
        values: dict[str, Any] = {"intention": intention, "intended_at": at} if intention is not None else {}
        idle = {"state": Value(JobState.QUEUED.value), "attempts": Value(0), "error": Value(""), "due_at": Now()}
        # In one statement: by a second one, those who were chosen for what is changed here would not be found again.
        for name, value in idle.items():
            as_it_is = When(state=JobState.RUNNING, then=F(name))
            values[name] = Case(as_it_is, default=value, output_field=value.output_field)
        return self.update(version=F("version") + 1, refusal="", **values)

    def read_again(self) -> int:
        """Have these looked up at Mailchimp, before anything is told there."""
        number = self.update(has_to_read=True)
        self.exclude(state=JobState.RUNNING).update(state=JobState.QUEUED, attempts=0, due_at=Now())
        return number

    def heard_of(self, audience: Audience, digest: str) -> "Contact":
        """The row of somebody whom Mailchimp names; made where there is none, with nothing to be told."""
        known = {"state": JobState.DONE, "told_version": 1}
        contact, _is_new = self.get_or_create(audience=audience, digest=digest, defaults=known)
        return contact

    def not_written_to(self) -> "ContactQuerySet":
        """Those to whom Mailchimp does not write, whatever they confirmed here: it holds them, refuses them, or was not
        told of them yet.
        """
        return self.exclude(remote_status=Standing.SUBSCRIBED, told_version__gte=F("version"))

    def in_step(self) -> "ContactQuerySet":
        """Those of whom both sides say the same, as far as is known."""
        return self.filter(state=JobState.DONE)

    def known_there(self) -> "ContactQuerySet":
        """Those of whom Mailchimp keeps a profile for mails, or would, and whoever is told of at this moment."""
        kept = Q(remote_status__in=[Standing.SUBSCRIBED, Standing.PENDING])
        return self.filter(kept | Q(state__in=[JobState.RUNNING, JobState.FAILED]), subscriber__isnull=False)

    def parked(self) -> "ContactQuerySet":
        """Those that Mailchimp refuses."""
        return self.filter(state=JobState.FAILED)


class Contact(Job):
    """The outbox's row of one person in one audience: there is one, so what is pushed is in order.

    `digest`: MD5 of the address, which is Mailchimp's key. `version` grows with each change; `told_version` is the one
    that Mailchimp knows. `remote_*`: as Mailchimp said last, moments by its clock. `remote_id`: its own, which stays
    when the address changes. `remote_language`: of mails there. `refusal`: its word for why it does not take this one.
    `chosen_there`: groups and tags that the person had there when it was last heard or told, and the list (0: none)
    that each stood for when it came to be known; None: not known.
    Done: both sides are in step. Failed: Mailchimp refuses, and somebody has to look.
    """

    # It waits for as long as Mailchimp is away; what Mailchimp refuses is over at once.
    most_attempts: ClassVar[int] = 30_000

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="contacts")
    subscriber = models.ForeignKey(Subscriber, models.SET_NULL, null=True, related_name="contacts")
    digest = models.CharField(max_length=32)
    intention = models.CharField(_("to be done"), max_length=16, choices=Intention, blank=True)
    intended_at = models.DateTimeField(null=True)
    has_to_read = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    told_version = models.PositiveIntegerField(default=0)
    refusal = models.CharField(_("refused"), max_length=200, blank=True)
    remote_status = models.CharField(_("at Mailchimp"), max_length=16, choices=Standing, blank=True)
    remote_id = models.CharField(max_length=40, blank=True)
    remote_language = models.CharField(max_length=10, blank=True)
    remote_changed_at = models.DateTimeField(null=True)
    chosen_there = models.JSONField(null=True)
    # When something of ours was told last, by our clock: what Mailchimp was asked before says less.
    told_at = models.DateTimeField(null=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.UniqueConstraint(fields=["audience", "digest"], name="contact_once_an_audience")]
        indexes = [
            models.Index(
                fields=["audience", "due_at"],
                name="contact_due",
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
            ),
            models.Index(fields=["audience", "remote_id"], name="contact_remote", condition=~Q(remote_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.audience_id}/{self.digest[:8]} {self.state}"

    @property
    def has_to_tell(self) -> bool:
        """Whether something of ours is not known there."""
        return self.told_version < self.version

    @staticmethod
    def digest_of(email: str) -> str:
        """Mailchimp's key of an address."""
        return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
