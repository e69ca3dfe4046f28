"""The media library: masters, their encodings, and their timed text."""

from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtailmedia.models import AbstractMedia

from home.models import EditorialImage
from videos.errors import BadWebVTT
from videos.storage import video_storage
from videos.webvtt import read_webvtt


class Audience(models.TextChoices):
    """Who may download an encoding."""

    PUBLIC = "public", _("Everybody")
    REGISTERED = "registered", _("Registered media accounts")
    ACCREDITED = "accredited", _("Accredited media accounts")


class VideoFile(AbstractMedia):
    """A master in the media library, with the facts that ingest finds in it. Not called `Media`: names would clash."""

    # As in the base class, but for the storage. Any: what has no file is rare enough.
    file: Any = models.FileField(_("file"), upload_to="media", storage=video_storage)
    frame_rate_numerator = models.PositiveIntegerField(null=True, editable=False)
    frame_rate_denominator = models.PositiveIntegerField(null=True, editable=False)
    frame_count = models.PositiveIntegerField(null=True, editable=False)
    video_codec = models.CharField(max_length=40, blank=True, editable=False)
    audio_codec = models.CharField(max_length=40, blank=True, editable=False)
    has_variable_rate = models.BooleanField(null=True, editable=False)
    start_timecode = models.CharField(
        max_length=16, blank=True, editable=False, help_text="HH:MM:SS:FF, with ; before the frames for drop frame."
    )
    # As `videos.ingest.probe.VideoFacts` has them, and for people and frontends only: nothing is computed with these.
    stream_facts = models.JSONField(default=dict, editable=False)
    audio_tracks = models.JSONField(default=list, editable=False)
    loudness = models.JSONField(
        null=True, editable=False, help_text="EBU R 128 of the first audio track: integrated, range, true_peak."
    )
    size_bytes = models.PositiveBigIntegerField(null=True, editable=False)
    checksum = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of the file, hex.")
    poster = models.ForeignKey(
        EditorialImage, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("poster")
    )
    poster_at = models.DecimalField(
        _("poster from the video at"), max_digits=12, decimal_places=6, null=True, blank=True, help_text="Seconds."
    )
    still = models.ForeignKey(
        EditorialImage,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text="The picture that ingest took from the video; the poster, unless an editor chose another.",
    )
    usage_terms = models.ForeignKey(
        "home.UsageTerms",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("usage terms"),
    )
    master_audience = models.CharField(
        _("who may download it"), max_length=16, choices=Audience, default=Audience.REGISTERED
    )

    admin_form_fields = ("title", "file", "collection", "master_audience", "usage_terms", "poster", "poster_at", "tags")

    class Meta(AbstractMedia.Meta):
        verbose_name = _("video file")
        verbose_name_plural = _("video files")

    @property
    def frame_rate(self) -> Fraction | None:
        """Frames per second, exact; None before ingest."""
        if not self.frame_rate_numerator or not self.frame_rate_denominator:
            return None
        return Fraction(self.frame_rate_numerator, self.frame_rate_denominator)


class VideoRendition(models.Model):
    """One encoding of a video; the master is one of them."""

    class Role(models.TextChoices):
        MASTER = "master", _("Master")
        WEB = "web", _("Web preview")
        PROXY = "proxy", _("Proxy")

    video = models.ForeignKey(VideoFile, models.CASCADE, related_name="renditions")
    role = models.CharField(_("role"), max_length=16, choices=Role)
    name = models.SlugField(_("name"), max_length=40)
    file_name = models.CharField(max_length=255, help_text="Name in the storage.")
    audience = models.CharField(_("who may download it"), max_length=16, choices=Audience, default=Audience.REGISTERED)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    video_codec = models.CharField(max_length=40)
    audio_codec = models.CharField(max_length=40, blank=True)
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("rendition")
        constraints = [models.UniqueConstraint(fields=["video", "name"], name="rendition_name_once_a_video")]
        ordering = ["-size_bytes"]

    def __str__(self) -> str:
        return f"{self.video_id} {self.name}"


class Caption(models.Model):
    """Timed text of a video in one language, as WebVTT, or its transcript as running text."""

    class Kind(models.TextChoices):
        CAPTION = "caption", _("Captions")
        TRANSCRIPT = "transcript", _("Transcript")

    class Origin(models.TextChoices):
        HUMAN = "human", _("Written by a person")
        MACHINE = "machine", _("Made by a machine")
        MACHINE_REVISED = "machine_revised", _("Made by a machine, revised by a person")

    video = models.ForeignKey(VideoFile, models.CASCADE, related_name="captions", verbose_name=_("video"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.CAPTION)
    language = models.CharField(_("language"), max_length=8)
    text = models.TextField(_("text"), help_text=_("Captions: WebVTT. Transcript: plain text."))
    origin = models.CharField(_("origin"), max_length=16, choices=Origin, default=Origin.HUMAN)

    class Meta:
        verbose_name = _("captions or transcript")
        verbose_name_plural = _("captions and transcripts")
        constraints = [
            models.UniqueConstraint(
                fields=["video", "kind", "language"],
                name="caption_once_a_language",
                violation_error_message=_("There is one in this language already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.video} · {self.get_kind_display()} · {self.language}"

    def clean(self) -> None:
        """Captions are WebVTT that players can show."""
        super().clean()
        if self.kind == self.Kind.CAPTION and self.text:
            try:
                read_webvtt(self.text)
            except BadWebVTT as error:
                raise ValidationError({"text": str(error)}) from error
