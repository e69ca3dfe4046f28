"""What clips and downloads are taken from: renditions of published videos."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.callers import Caller
from delivery.errors import BadParameter, NotPublished
from delivery.models import PublishedDocument
from videos.errors import NeedsAccount, NotAccredited
from videos.models import VideoRendition
from videos.models.clip import DOWNLOAD
from videos.models.media import Audience


@dataclass(frozen=True)
class Published:
    """A rendition that a published video shows. `slug`: of the video, for names of files."""

    story_id: UUID
    slug: str
    rendition: VideoRendition


def published_rendition(story_id: UUID, name: str) -> Published:
    """A rendition of a video that is published now. Raises NotPublished, or BadParameter for a name it has not."""
    document = PublishedDocument.objects.filter(story_id=story_id, collection="videos").order_by("locale").first()
    if document is None:
        raise NotPublished
    keys = [int(key.removeprefix(DOWNLOAD)) for key in document.shows if key.startswith(DOWNLOAD)]
    renditions = {rendition.name: rendition for rendition in VideoRendition.objects.filter(pk__in=keys)}
    if name not in renditions:
        known = ", ".join(renditions) or "—"
        reason = _("This video has no rendition of this name. It has: %(names)s.") % {"names": known}
        raise BadParameter("rendition", reason, "unknown_rendition")
    return Published(story_id, document.slug, renditions[name])


def refuse_unless_allowed(caller: Caller, rendition: VideoRendition) -> None:
    """Raises NeedsAccount or NotAccredited where the rendition is not for the caller."""
    if rendition.audience == Audience.PUBLIC:
        return
    if not caller.has_account:
        raise NeedsAccount
    if rendition.audience == Audience.ACCREDITED:
        raise NotAccredited
