"""The form of the media library: what ingest finds out, nobody types."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.images.widgets import AdminImageChooser
from wagtailmedia.forms import BaseMediaForm

from home.forms import TermsFormMixin
from videos.cutting.timecode import parse_point
from videos.errors import PointOutsideVideo, VideosError
from videos.ingest.indexing import index_of
from videos.models import VideoFile
from videos.models.ingest import StepName

MICROSECOND = Decimal("0.000001")


class VideoFileForm(TermsFormMixin, BaseMediaForm):
    """Upload or edit a video file."""

    poster_at = forms.CharField(
        label=_("Poster from the video at"),
        required=False,
        max_length=32,
        help_text=_(
            "A moment of the video, whose frame becomes the poster: seconds (12.48), HH:MM:SS.mmm, or its own timecode "
            "HH:MM:SS:FF."
        ),
    )

    class Meta(BaseMediaForm.Meta):
        widgets: ClassVar = {**BaseMediaForm.Meta.widgets, "poster": AdminImageChooser}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not _has_index(self.instance):
            self.fields.pop("poster_at", None)
        elif self.instance.poster_at is not None:
            self.initial["poster_at"] = f"{self.instance.poster_at.normalize():f}"

    def clean_poster_at(self) -> Decimal | None:
        """Seconds, of a moment that the video has. None: ingest chooses."""
        text = self.cleaned_data["poster_at"]
        if not text:
            return None
        index = index_of(self.instance.renditions.get(name="master"))
        try:
            point = parse_point(text, index.rate, index.timecode)
            seconds = index.time_of(point) if isinstance(point, int) and point < index.frame_count else Fraction(point)
            if (isinstance(point, int) and point >= index.frame_count) or seconds >= index.duration:
                raise PointOutsideVideo(at=text)
        except VideosError as error:
            raise ValidationError(str(error)) from error
        # Up, so that the frame that begins just then is meant and not the one before.
        return Decimal(-(-seconds.numerator * 1_000_000 // seconds.denominator)) * MICROSECOND


def _has_index(video: VideoFile) -> bool:
    ingest = getattr(video, "ingest", None) if video.pk else None
    return ingest is not None and ingest.has_made(StepName.INDEX)
