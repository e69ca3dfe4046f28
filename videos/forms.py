"""The form of the media library: what ingest finds out, nobody types."""

from typing import ClassVar

from wagtail.images.widgets import AdminImageChooser
from wagtailmedia.forms import BaseMediaForm

from home.forms import TermsFormMixin


class VideoFileForm(TermsFormMixin, BaseMediaForm):
    """Upload or edit a video file."""

    class Meta(BaseMediaForm.Meta):
        widgets: ClassVar = {**BaseMediaForm.Meta.widgets, "poster": AdminImageChooser}
