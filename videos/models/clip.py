"""Clips: the work of cutting one, and who asked for it; and the sample indexes that cutting starts from."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, Now
from django.utils.translation import gettext_lazy as _

from delivery.models import PublishedDocument
from jobs.models import Job, JobState
from videos.models.media import Audience, VideoRendition

# The key by which a published document says that a rendition may be downloaded, by whom its audience lets.
DOWNLOAD = "download:"


def _shown() -> Q:
    key = Concat(Value(DOWNLOAD), Cast(OuterRef("rendition_id"), models.CharField()))
    published = Exists(PublishedDocument.objects.filter(story_id=OuterRef("story_id"), shows__contains=[key]))
    return Q(published) | Q(story_id=None)


class ClipQuerySet(models.QuerySet["Clip"]):
    """Sentences about clips."""

    def shown(self) -> "ClipQuerySet":
        """Those of videos that are published at this moment, with this rendition, of this very file; and editors' own
        of the file that the library has.
        """
        return self.filter(_shown(), source=F("rendition__file_name"))

    def hidden(self) -> "ClipQuerySet":
        """All others."""
        return self.exclude(_shown(), source=F("rendition__file_name"))

    def ready(self) -> "ClipQuerySet":
        """Those that can be downloaded by a link. Editors' own never can."""
        done = self.shown().filter(state=JobState.DONE, expires_at__gt=Now())
        return done.exclude(file_name="").exclude(story_id=None)

    def of_library(self, video_id: int) -> "ClipQuerySet":
        """Those that editors cut of a video, whether it is published or not."""
        return self.filter(story_id=None, rendition__video_id=video_id)

    def of_audiences(self, audiences: Collection[str]) -> "ClipQuerySet":
        """Those of renditions that are for one of these; and editors' own."""
        return self.filter(Q(rendition__audience__in=audiences) | Q(story_id=None))

    def seen_by(
        self, account_id: int | None, client: str, audiences: Collection[str] = Audience.values
    ) -> "ClipQuerySet":
        """With what their status follows from, for one caller (`Clip.now`, `is_shown`, `is_given_back`).

        `audiences`: those that the caller belongs to. What he may have no more is as good as gone.
        """
        given_back = ClipRequest.of_caller(account_id, client).filter(clip=OuterRef("pk"), cancelled_at__isnull=False)
        return self.annotate(
            now=Now(),
            is_shown=Exists(Clip.objects.shown().of_audiences(audiences).filter(pk=OuterRef("pk"))),
            is_given_back=Exists(given_back),
        )

    def unfinished(self) -> "ClipQuerySet":
        """Those that wait or are being cut."""
        return self.filter(state__in=(JobState.QUEUED, JobState.RUNNING))

    def of_caller(self, account_id: int | None, client: str) -> "ClipQuerySet":
        """Those that somebody asked for and did not cancel."""
        return self.filter(requests__in=ClipRequest.of_caller(account_id, client).filter(cancelled_at=None))


class Clip(Job):
    """Some frames of one rendition of a video, as a file for a while. Equal requests share one.

    Of a published video, for whoever may download it; or, without a story, of the media library, for editors only.

    Half-open: `end_frame` is the first frame that is not in it. `start`, `end`: the same in seconds.
    """

    class Lane(models.TextChoices):
        """What waits for what: clips that take a moment never wait for those that take minutes."""

        SHORT = "short"
        LONG = "long"

    class Method(models.TextChoices):
        COPIED = "copied", _("Copied")
        PARTLY_ENCODED = "partly_encoded", _("Partly encoded")
        ENCODED = "encoded", _("Encoded")

    class BurnIn(models.TextChoices):
        """What can be drawn into the pictures."""

        TIMECODE = "timecode", _("Timecode")
        WATERMARK = "watermark", _("Watermark")

    class Reason(models.TextChoices):
        """Why it can never be made. Other failures are the machine's; `error` is for who looks after that."""

        NO_SOUND = "no_sound", _("This video has no sound.")
        UNREADABLE = "unreadable", _("This video cannot be read.")
        PART_UNREADABLE = "part_unreadable", _("This part of the video cannot be cut. The newsroom is told.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No foreign key: a clip outlives its story until its file has been removed. None: an editor's own.
    story_id = models.UUIDField(null=True)
    rendition = models.ForeignKey(VideoRendition, models.SET_NULL, null=True, related_name="clips")
    source = models.CharField(max_length=255, help_text="Storage name of the rendition that it was ordered from.")
    start_frame = models.PositiveIntegerField()
    end_frame = models.PositiveIntegerField()
    start = models.DecimalField(max_digits=14, decimal_places=6)
    end = models.DecimalField(max_digits=14, decimal_places=6)
    audio_only = models.BooleanField(default=False)
    # The default is the database's too: while a release is under way, programs write that do not know it.
    burn_in = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        help_text="Values of BurnIn in their order, with a space between.",
    )
    download_name = models.CharField(max_length=255)
    lane = models.CharField(max_length=8, choices=Lane, default=Lane.SHORT)
    created_at = models.DateTimeField(db_default=Now())

    # Storage name; written before the file is, so that no file is ever forgotten.
    file_name = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    method = models.CharField(max_length=16, choices=Method, blank=True)
    encoded_frames = models.PositiveIntegerField(null=True)
    size_bytes = models.PositiveBigIntegerField(null=True)
    # Of the file, so that an archive can be sent without reading it beforehand.
    crc32 = models.PositiveBigIntegerField(null=True)
    duration = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    expires_at = models.DateTimeField(null=True)

    # Of rows that were asked for by `seen_by`.
    now: datetime
    is_shown: bool
    is_given_back: bool

    objects = ClipQuerySet.as_manager()

    class Meta:
        verbose_name = _("clip")
        constraints = [
            models.UniqueConstraint(
                fields=["story_id", "rendition", "source", "start_frame", "end_frame", "audio_only", "burn_in"],
                name="clip_once_for_equal_requests",
            ),
            models.UniqueConstraint(
                fields=["rendition", "source", "start_frame", "end_frame", "audio_only", "burn_in"],
                name="clip_once_in_the_library",
                condition=Q(story_id=None),
            ),
            models.CheckConstraint(name="clip_has_a_frame", condition=Q(start_frame__lt=F("end_frame"))),
        ]
        indexes = [
            models.Index(fields=["lane", "due_at"], name="clip_due", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["expires_at"], name="clip_expires", condition=~Q(file_name="")),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.start}–{self.end} {self.state}"

    @classmethod
    def wanted(cls) -> models.QuerySet[Any]:
        """Of a video that was withdrawn nothing is cut, and what is being cut stops."""
        return cls.objects.shown()


class ClipRequest(models.Model):
    """Somebody's wish for a clip. The clip is cut while one of them stands. `client`: of who has no account."""

    clip = models.ForeignKey(Clip, models.CASCADE, related_name="requests")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    client = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    cancelled_at = models.DateTimeField(null=True)
    # When its address was told for the first time: then it counts as usage.
    handed_out_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request for a clip")
        constraints = [
            models.UniqueConstraint(fields=["clip", "account"], name="clip_request_once_an_account"),
            models.UniqueConstraint(
                fields=["clip", "client"], name="clip_request_once_a_client", condition=Q(account=None)
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="clip_request_of_account"),
            models.Index(fields=["client", "-created_at"], name="clip_request_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.clip_id} {self.account_id or self.client}"

    @classmethod
    def of_caller(cls, account_id: int | None, client: str) -> models.QuerySet["ClipRequest"]:
        """The requests of one caller, also those that he cancelled."""
        mine = {"account_id": account_id} if account_id is not None else {"account": None, "client": client}
        return cls.objects.filter(**mine)


class SampleIndex(models.Model):
    """Where a rendition's samples are, and when each is shown: what `videos.cutting` cuts by. Made once a file."""

    rendition = models.OneToOneField(VideoRendition, models.CASCADE, related_name="sample_index", primary_key=True)
    source = models.CharField(max_length=255, help_text="Storage name of the file that it was read from.")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("sample index")

    def __str__(self) -> str:
        return self.source
