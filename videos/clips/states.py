"""How far a clip is, for who asked for it: from the row, the clock, and what is published at this moment."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import JobState
from videos.models import Clip


class ClipStatus(TextChoices):
    """As the API calls it."""

    QUEUED = "queued", gettext_lazy("Waiting")
    CUTTING = "cutting", gettext_lazy("Being cut")
    READY = "ready", gettext_lazy("Ready")
    FAILED = "failed", gettext_lazy("Failed")
    EXPIRED = "expired", gettext_lazy("Expired")
    CANCELLED = "cancelled", gettext_lazy("Cancelled")

    @classmethod
    def over(cls) -> set["ClipStatus"]:
        """Those from which a clip only comes back by being ordered again."""
        return {cls.FAILED, cls.EXPIRED, cls.CANCELLED}

    @classmethod
    def last(cls) -> set["ClipStatus"]:
        """Those after which nothing more happens by itself, but that what is ready expires."""
        return cls.over() | {cls.READY}


def status_of(clip: Clip) -> ClipStatus:
    """How far it is, as of the moment of the question `seen_by`, and for the caller that was named there."""
    match clip.state:
        case JobState.DONE:
            is_there = clip.file_name and clip.expires_at and clip.expires_at > clip.now
            return ClipStatus.READY if is_there and clip.is_shown and not clip.is_given_back else ClipStatus.EXPIRED
        case JobState.FAILED:
            return ClipStatus.FAILED
        case JobState.CANCELLED:
            return ClipStatus.CANCELLED
        case _unfinished if not clip.is_shown or clip.is_given_back:
            return ClipStatus.CANCELLED
        case JobState.RUNNING:
            is_left = clip.leased_until is not None and clip.leased_until < clip.now
            return ClipStatus.FAILED if is_left and clip.attempts >= clip.most_attempts else ClipStatus.CUTTING
        case _queued:
            return ClipStatus.QUEUED


def error_of(clip: Clip) -> str | None:
    """Why there is no clip, as a sentence; None where there is one, or will be."""
    match status_of(clip):
        case ClipStatus.FAILED:
            return str(
                Clip.Reason(clip.reason).label if clip.reason else _("The clip could not be made. Order it again.")
            )
        case ClipStatus.EXPIRED | ClipStatus.CANCELLED if not clip.is_shown:
            return _("This video, or this version of it, is not available any more.")
        case _other:
            return None
