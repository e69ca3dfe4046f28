"""What can be subscribed to, and where Mailchimp keeps who did."""

from datetime import timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# Fields of an audience that name a merge field, and the types that it may have.
FIELDS = {"language_field": ("text",), "preferences_field": ("text", "url")}


class Audience(models.Model):
    """One of Mailchimp's audiences, as it was last read there.

    `interests`: `[{"id", "name", "category"}]`. `tags`: `[{"id", "name", "members"}]`. `merge_fields`: `[{"tag",
    "name", "type", "required"}]`. `language_field`, `preferences_field`: tags of those that tell mails sent there of a
    subscriber's language, and of the page on which they choose or leave; empty: none. `missing_since`: Mailchimp has it
    no more. `heard_until`: changes up to this moment, by Mailchimp's clock, were taken in; `compared_at`: when that was
    done last, `healed`: how many of what it had to mend.
    """

    mailchimp_id = models.CharField(_("Mailchimp's id"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    interests = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    merge_fields = models.JSONField(default=list)
    language_field = models.CharField(
        _("merge field of the language"),
        max_length=40,
        blank=True,
        help_text=_(
            "Of type text; `en` or `fr`. Without it, of a newsletter that is a group or a tag, who has chosen Canadian "
            "French at Mailchimp gets the English mail."
        ),
    )
    preferences_field = models.CharField(
        _("merge field of the preferences"),
        max_length=40,
        blank=True,
        help_text=_("Of type text or url; each subscriber's link to the page on which they choose, or leave."),
    )
    read_at = models.DateTimeField(_("read"), null=True)
    missing_since = models.DateTimeField(_("missing since"), null=True)
    heard_until = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(_("compared"), null=True)
    healed = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *arguments: Any, **options: Any) -> None:
        """Merge fields that were chosen, or that Mailchimp has again, are told of everybody who is known there."""
        was = Audience.objects.filter(pk=self.pk).first() if self.pk else None
        super().save(*arguments, **options)
        if was is not None and self.usable_fields.items() - was.usable_fields.items():
            self.contacts.known_there().change()

    def clean(self) -> None:
        """Raises ValidationError for merge fields that the audience does not have, or not of a type that fits."""
        for name in self.unusable_fields:
            raise ValidationError({name: _("The audience has no merge field of this name that can be filled so.")})
        if self.language_field and self.language_field == self.preferences_field:
            raise ValidationError({"preferences_field": _("The language is kept in this one.")})

    @property
    def usable_fields(self) -> dict[str, str]:
        """Tags of merge fields to be filled, by the name of ours (of `FIELDS`) that chose them."""
        types = {field["tag"]: field["type"] for field in self.merge_fields}
        chosen = {name: getattr(self, name) for name in FIELDS}
        return {name: tag for name, tag in chosen.items() if types.get(tag) in FIELDS[name]}

    @property
    def unusable_fields(self) -> list[str]:
        """Those of `FIELDS` whose choice is gone, or is of another type now: nothing is sent for them."""
        return [name for name in FIELDS if getattr(self, name) and name not in self.usable_fields]

    @property
    def unfilled_fields(self) -> list[str]:
        """Merge fields that Mailchimp requires, and that we know nothing for: it takes nobody without them."""
        filled = self.usable_fields.values()
        return [one["tag"] for one in self.merge_fields if one.get("required") and one["tag"] not in filled]

    @property
    def tag_ids(self) -> dict[str, int]:
        """Its tags' ids at Mailchimp, by name."""
        return {tag["name"]: tag["id"] for tag in self.tags}


class NewsletterList(models.Model):
    """A newsletter that people subscribe to.

    With an audience its subscribers are known to Mailchimp: those of the whole audience, those who have chosen
    `interest` there, or those who have the `tag` of this name, which people cannot choose themselves.
    """

    class Language(models.TextChoices):
        EACH = "", _("Each subscriber's own")
        ENGLISH = "en", _("English")
        FRENCH = "fr", _("French")

    slug = models.SlugField(_("slug"), max_length=80, unique=True, help_text=_("As the API calls it; it stays."))
    name_en = models.CharField(_("name in English"), max_length=120)
    name_fr = models.CharField(_("name in French"), max_length=120)
    description_en = models.TextField(_("description in English"), blank=True)
    description_fr = models.TextField(_("description in French"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.EACH, blank=True)
    is_open = models.BooleanField(
        _("open"), default=True, help_text=_("Whoever gets a list that is closed goes on getting it.")
    )
    audience = models.ForeignKey(
        Audience, models.PROTECT, null=True, blank=True, related_name="lists", verbose_name=_("audience")
    )
    interest = models.CharField(
        _("interest group"), max_length=40, blank=True, help_text=_("None: the whole audience gets this list.")
    )
    tag = models.CharField(
        _("tag"), max_length=100, blank=True, help_text=_("In place of an interest group; people do not see it.")
    )

    class Meta:
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["audience", "interest", "tag"],
                condition=models.Q(audience__isnull=False),
                name="newsletter_mapped_once",
                violation_error_message=_("Another newsletter is kept there."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the language that is active."""
        return self.name_fr if _is_french() else self.name_en

    @property
    def description(self) -> str:
        """In the language that is active."""
        return self.description_fr if _is_french() else self.description_en

    @property
    def is_mapping_gone(self) -> bool:
        """Whether what it is mapped to exists no more at Mailchimp."""
        if self.audience is None:
            return False
        known = {interest["id"] for interest in self.audience.interests}
        return (
            self.audience.missing_since is not None
            or bool(self.interest and self.interest not in known)
            or bool(self.tag and self.tag not in self.audience.tag_ids)
        )

    def clean(self) -> None:
        """Raises ValidationError for an interest or a tag that the audience does not have."""
        field = "tag" if self.tag else "interest"
        if self.interest and self.tag:
            raise ValidationError({"tag": _("Choose an interest group, or a tag.")})
        if (self.interest or self.tag) and self.audience is None:
            raise ValidationError({field: _("Choose the audience that has it, too.")})
        others = NewsletterList.objects.filter(audience=self.audience).exclude(pk=self.pk)
        is_part = bool(self.interest or self.tag)
        if self.audience and (others.filter(interest="", tag="") if is_part else others).exists():
            # Else whoever chooses one group would be in the whole audience, and get the other list as well.
            reason = _("An audience is kept for one newsletter as a whole, or for several by groups and tags.")
            raise ValidationError({field: reason})
        if self.is_mapping_gone and not self._is_kept_as_before():
            reason = _("Mailchimp does not have this audience, or this group or tag, any more.")
            raise ValidationError({field: reason})

    def _is_kept_as_before(self) -> bool:
        """Whether the mapping is the stored one: what is gone can stay until somebody chooses another."""
        same = {"audience": self.audience, "interest": self.interest, "tag": self.tag}
        return NewsletterList.objects.filter(pk=self.pk, **same).exists()


class FormerMapping(models.Model):
    """Where a newsletter was kept at Mailchimp until lately: mails of then lead whoever leaves there.

    `interest`, `tag`: as its `NewsletterList` had them. `until`: when it moved.
    """

    # For so long the way out of a mail has to work: CAN-SPAM Act, 15 U.S.C. § 7704(a)(3)(A)(ii).
    heard_for: ClassVar[timedelta] = timedelta(days=30)

    list = models.ForeignKey(NewsletterList, models.CASCADE, related_name="former_mappings")
    audience = models.ForeignKey(Audience, models.CASCADE, related_name="former_mappings")
    interest = models.CharField(max_length=40, blank=True)
    tag = models.CharField(max_length=100, blank=True)
    until = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("former mapping")
        verbose_name_plural = _("former mappings")

    def __str__(self) -> str:
        return f"{self.list_id} · {self.audience_id}, {self.until:%Y-%m-%d}"

    @classmethod
    def heard(cls) -> models.QuerySet["FormerMapping"]:
        """Those where an unsubscription still counts."""
        return cls.objects.filter(until__gt=Now() - cls.heard_for)


def _is_french() -> bool:
    return (get_language() or "").startswith("fr")
