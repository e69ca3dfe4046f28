"""What can go wrong with videos. None of these knows HTTP."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from delivery.errors import ToldError


class VideosError(ToldError):
    """Root of this room's errors."""

    message: Promise | str = _("Something is wrong with this video.")


class NoVideo(VideosError):
    """A file that holds no video we can read. `reason`: what the reader of files said."""

    message = _("This file holds no video that can be read (%(reason)s). Upload MP4, MOV, MKV, MXF, AVI or MPEG.")


class TitleTooLong(VideosError):
    """A title that no page can have. `limit`: characters a title has at most; `length`: those of this one."""

    message = _("A title has %(limit)s characters at most; this one has %(length)s.")


class IngestFailed(VideosError):
    """A file was stored, and could not be made a video. `reason`: what went wrong."""

    message = _("This file could not be taken in: %(reason)s")


class BadWebVTT(VideosError):
    """Timed text that players would not show whole. `line`: counted from 1; `reason`: a translated sentence."""

    message = _("Line %(line)s: %(reason)s")

    def __init__(self, line: int, reason: Promise, **details: object) -> None:
        self.line = line
        super().__init__(line=line, reason=str(reason) % details if details else str(reason))
