"""The form of the media library: what ingest finds out, nobody types."""

from wagtailmedia.forms import BaseMediaForm


class VideoFileForm(BaseMediaForm):
    """Upload or edit a video file."""
