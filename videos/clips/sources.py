"""What clips and downloads are taken from: renditions of published videos; for editors, masters of the library."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.callers import Caller
from accounts.errors import AccountBlocked
from accounts.models import Level
from delivery.errors import BadParameter, NotPublished
from delivery.models import PublishedDocument
from videos.errors import HasToAccept, NeedsAccount, NotAccredited, NotApprovedYet, NoVideo
from videos.models import VideoFile, VideoRendition
from videos.models.clip import DOWNLOAD
from videos.models.media import Audience


@dataclass(frozen=True)
class Published:
    """A rendition that a published video shows, or without a story one of the library, which no reader is shown.

    `slug`: of the video, for names of files.
    """

    story_id: UUID | None
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


def library_master(video: VideoFile) -> Published:
    """A video's master, published or not: for editors who may change it. Raises NoVideo before it was looked at."""
    master = video.renditions.filter(role=VideoRendition.Role.MASTER).first()
    if master is None:
        raise NoVideo(reason="not taken in yet")
    return Published(None, slugify(video.title) or "video", master)


def audiences_of(caller: Caller) -> list[Audience]:
    """Those that the caller belongs to; none for an account that is blocked."""
    if caller.level == Level.BLOCKED:
        return []
    return [Audience.PUBLIC, *(Audience(name) for name in caller.opens)]


def refuse_unless_allowed(caller: Caller, rendition: VideoRendition) -> None:
    """Raises AccountBlocked, NeedsAccount, NotApprovedYet, HasToAccept or NotAccredited where it is not for the caller.

    Of a blocked account nothing is, not even what is public.
    """
    if caller.level == Level.BLOCKED:
        raise AccountBlocked
    if rendition.audience in audiences_of(caller):
        return
    if not caller.has_account:
        raise NeedsAccount
    if caller.level == Level.PENDING:
        raise NotApprovedYet
    raise HasToAccept(kinds=caller.has_to_accept) if caller.has_to_accept else NotAccredited
