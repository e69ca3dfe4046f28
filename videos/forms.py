"""The form of the media library: what ingest finds out, nobody types; masters come in parts (`videos.uploads`)."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.images.widgets import AdminImageChooser
from wagtailmedia.forms import BaseMediaForm

from home.forms import TermsFormMixin
from videos.cutting.timecode import parse_point
from videos.errors import PointOutsideVideo, UploadGone, VideosError
from videos.ingest.indexing import index_at_hand
from videos.models import Upload, VideoFile
from videos.models.ingest import StepName
from videos.tasks import waking_indexers
from videos.uploads.receiving import take, to_be_taken

MICROSECOND = Decimal("0.000001")

# What the script says. `{…}`: filled in by it, numbers and units in the reader's language.
TEXTS = {
    "begins": _("The upload begins."),
    "sending": _("{done} of {size} ({percent})"),
    "left": _("{done} of {size} ({percent}), about {time} left"),
    "spoken": _("{percent} uploaded"),
    "joining": _("Everything has arrived. The file is put together …"),
    "complete": _("The upload is complete ({size})."),
    "paused": _("The connection is lost. The upload goes on by itself when it is back."),
    "waits": _("The form is sent as soon as the upload is complete."),
    "failed": _("The upload has stopped: {reason}"),
    "unreachable": _("The server does not answer. What has arrived is kept."),
    "logged_out": _("You are not logged in any more, or may not upload. Log in in another window, then try again."),
    "changed": _("The file was changed, moved or deleted on your computer. Choose it again."),
    "cancelled": _("The upload was cancelled."),
    "removed": _("The file was removed from the form."),
    "cancel": _("Cancel the upload"),
    "remove": _("Remove this file"),
}


class UploadInput(forms.FileInput):
    """Sends the file in parts, and with the form only the upload's id. Without scripts it is a plain file input.

    `owner`: whose uploads it may show again.
    """

    owner: Any = None
    template_name = "videos/upload_input.html"

    class Media:
        css: ClassVar = {"all": ["videos/upload.css"]}
        js: ClassVar = ["videos/upload.js"]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The file, the id of an upload, or None."""
        return super().value_from_datadict(data, files, name) or data.get(f"{name}-upload") or None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return self.value_from_datadict(data, files, name) is None

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        upload = self._complete(value) if isinstance(value, str) else None
        texts = json.dumps({key: str(text) for key, text in TEXTS.items()}, ensure_ascii=False)
        return context | {"upload": upload, "texts": texts, "uploads_url": reverse("video_uploads")}

    def _complete(self, upload_id: str) -> Upload | None:
        """The upload of a form that is shown again."""
        try:
            key = _key(upload_id)
        except UploadGone:
            return None
        return Upload.objects.filter(pk=key, owner=self.owner, state=Upload.State.COMPLETE).first()


class UploadField(forms.FileField):
    """A file, or the id of an upload, which the form has to look at."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A form that is shown again knows its upload."""
        return data if isinstance(data, str) else super().bound_data(data, initial)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file, or the id as it came."""
        return data if isinstance(data, str) else super().clean(data, initial)


class VideoFileForm(TermsFormMixin, BaseMediaForm):
    """Upload or edit a video file."""

    upload: Upload | None = None

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
        widgets: ClassVar = {**BaseMediaForm.Meta.widgets, "file": UploadInput, "poster": AdminImageChooser}
        field_classes: ClassVar = {"file": UploadField}

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, user=user, **kwargs)
        if "file" in self.fields:
            self.fields["file"].widget.owner = user
        if not _has_index(self.instance):
            self.fields.pop("poster_at", None)
        elif self.instance.poster_at is not None:
            self.initial["poster_at"] = f"{self.instance.poster_at.normalize():f}"

    def clean_file(self) -> Any:
        """The file, or the name under which an upload of this person is stored."""
        value = self.cleaned_data["file"]
        if not isinstance(value, str):
            return value
        try:
            with transaction.atomic():
                self.upload = to_be_taken(_key(value), self.user)
        except VideosError as error:
            raise ValidationError(str(error)) from error
        return self.upload.name

    def clean_poster_at(self) -> Decimal | None:
        """Seconds, of a moment that the video has. None: ingest chooses."""
        text = self.cleaned_data["poster_at"]
        if not text:
            return None
        try:
            with waking_indexers():
                index = index_at_hand(self.instance.renditions.get(name="master"))
            point = parse_point(text, index.rate, index.timecode)
            seconds = index.time_of(point) if isinstance(point, int) and point < index.frame_count else Fraction(point)
            if (isinstance(point, int) and point >= index.frame_count) or seconds >= index.duration:
                raise PointOutsideVideo(at=text)
        except VideosError as error:
            raise ValidationError(str(error)) from error
        # Up, so that the frame that begins just then is meant and not the one before.
        return Decimal(-(-seconds.numerator * 1_000_000 // seconds.denominator)) * MICROSECOND

    def save(self, commit: bool = True) -> Any:
        """The video file; its upload is used up."""
        with transaction.atomic():
            video = super().save(commit=commit)
            if self.upload is not None:
                take(self.upload)
        return video


def _has_index(video: VideoFile) -> bool:
    ingest = getattr(video, "ingest", None) if video.pk else None
    return ingest is not None and ingest.has_made(StepName.INDEX)


def _key(upload_id: str) -> UUID:
    try:
        return UUID(upload_id)
    except ValueError:
        raise UploadGone from None
