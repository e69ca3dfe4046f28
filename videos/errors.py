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


class EmptyFile(NoVideo):
    """A file without a byte: an upload that broke off, most likely."""

    message = _("This file is empty. Upload it again.")


class NoPictures(NoVideo):
    """A file that a video's container holds nothing to see of: sound alone, or data."""

    message = _("This file holds no pictures that can be shown. Upload a video: MP4, MOV, MKV, MXF, AVI or MPEG.")


class RefersElsewhere(NoVideo):
    """A file whose pictures or sound are in other files, or at addresses: whoever reads it would fetch those."""

    message = _("This file refers to other files instead of holding its pictures and sound. Export it self-contained.")


class SeveralRecordings(NoVideo):
    """A file that several recordings were joined to, so that its clock begins again. `at`: where, in seconds."""

    message = _(
        "This file is made of several recordings, and its clock begins again after %(at)s seconds."
        " Export it as one recording, or upload each by itself."
    )


class PictureTooLarge(NoVideo):
    """`width`, `height`: of the picture, pixels; `limit`: pixels a side has at most."""

    message = _("A picture of %(width)s × %(height)s pixels is larger than we take: %(limit)s pixels a side at most.")


class VideoTooLong(NoVideo):
    """`hours`: how long it says that it is; `limit`: hours that a video has at most."""

    message = _("This video says that it lasts %(hours)s hours: %(limit)s hours at most.")


class TooManyTracks(NoVideo):
    """`count`: tracks of the file; `limit`: how many a file has at most."""

    message = _("This file has %(count)s tracks: %(limit)s at most.")


class TooDemanding(NoVideo):
    """Reading a file took more time, memory or space than any sound one needs: broken, or made to do harm."""

    message = _("Reading this file takes more time or memory than any sound video needs. Export it anew.")


class Unreadable(NoVideo):
    """A program that reads files gave up on this one. `said`: its last words, in English."""

    message = _("This file could not be read to its end (%(said)s). Export it anew.")


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


class NeedsAccount(VideosError):
    """A rendition for registered accounts, asked for without one."""

    message = _("This rendition is for registered media accounts. Log in and try again.")


class NotAccredited(VideosError):
    """A rendition for accredited accounts only."""

    message = _("This rendition is for accredited media accounts.")


class NotApprovedYet(NotAccredited):
    """The newsroom has not decided on this account."""

    message = _("The newsroom has not approved your account yet. You get a mail when it has.")


class HasToAccept(NotAccredited):
    """Terms have to be accepted first, or a new version of them. `kinds`: which undertakings."""

    message = _("This is open once you accept the terms in force. They are shown in your account.")


class ClipTooLong(VideosError):
    """`limit`: minutes that a clip may have at most."""

    message = _("A clip may have %(limit)s minutes at most. Download the whole rendition, or order several clips.")


class TooManyClips(VideosError):
    """Somebody's limit is reached. `retry_after`: seconds after which trying again makes sense."""

    def __init__(self, retry_after: int, **details: object) -> None:
        self.retry_after = retry_after
        super().__init__(**details)


class TooManyUnfinished(TooManyClips):
    """`limit`: clips that one caller may have waiting or being cut."""

    message = _("You have %(limit)s clips that are not ready yet. Wait for one of them, or cancel one.")


class TooManyAnHour(TooManyClips):
    """`limit`: clips that one caller may order in an hour."""

    message = _("You can order %(limit)s clips an hour. Please go on later.")


class TooManyOrders(TooManyClips):
    """`limit`: orders that one caller may send in an hour."""

    message = _("You can send %(limit)s orders an hour. Please go on later.")


class TooBusy(TooManyClips):
    """All callers together have ordered as much as can wait."""

    message = _("Too many clips are being cut at the moment. Please try again in a minute.")


class NotIndexedYet(VideosError):
    """A rendition that has to be looked through before clips of it can be ordered, which takes too long to wait for.

    `rendition_ids`: those that are meant; `retry_after`: seconds after which trying again makes sense.
    """

    message = _("This video is being prepared for cutting. Please send the same again in %(seconds)s seconds.")

    def __init__(self, rendition_ids: list[int], retry_after: int) -> None:
        self.rendition_ids = rendition_ids
        self.retry_after = retry_after
        super().__init__(seconds=retry_after)


class EncodingFailed(VideosError):
    """The encoder gave up. `reason`: its own last words, for whoever looks after the machine."""

    message = _("This part could not be encoded (%(reason)s).")


class PartUnreadable(EncodingFailed):
    """The encoder gave up for what it found in the source, as it would again. `reason`: its own last words."""


class NoSound(VideosError):
    """Sound alone was asked for, of a video that has none."""

    message = _("This video has no sound.")


class CannotCopy(VideosError):
    """A cut that the engine cannot make out of the source's own pictures: encode the clip as a whole.

    `reason`: what is in the way, for the log.
    """

    message = _("A clip of this video has to be encoded as a whole (%(reason)s).")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason=reason)


class SourceUnreadable(VideosError):
    """The bytes of a source did not come, or not all of them. `reason`: what the storage said."""

    message = _("The file of this video cannot be read (%(reason)s). Try again later.")


class SourceChanged(VideosError):
    """The file is not the one that was looked at: somebody replaced it."""

    message = _("The file of this video was replaced meanwhile. Start again.")


class PointNotUnderstood(VideosError):
    """A text that names no moment. `text`: what was given."""

    message = _(
        "“%(text)s” is no moment of a video. Write seconds (12.48), HH:MM:SS.mmm or a timecode HH:MM:SS:FF, "
        "with ; before the frames where they are counted in drop frame."
    )


class NoSuchFrameName(VideosError):
    """A timecode that no frame can have at this rate. `text`; `last`: the highest number."""

    message = _("There is no timecode “%(text)s”: frames are counted from 0 to %(last)s here.")


class DroppedTimecode(VideosError):
    """A timecode that drop-frame counting leaves out. `text`; `following`: the first that there is after it."""

    message = _("There is no timecode “%(text)s”: drop-frame counting leaves it out. The next is %(following)s.")


class NotDropFrame(VideosError):
    """A drop-frame timecode for a video whose frames are not counted so. `text`."""

    message = _("“%(text)s” is drop frame, and this video is not counted so. Write : before the frames.")


class PointOutsideVideo(VideosError):
    """A moment before the first frame, or after the last. `at`: as given."""

    message = _("%(at)s is outside this video.")


class ReaderDied(VideosError):
    """The program that reads a file ended without a word. `code`: as the system told it; `said`: its last words."""

    message = _("The program that reads this file ended unexpectedly (%(code)s: %(said)s).")


class NotAVideoName(VideosError):
    """A file whose name ends as no video's does. `endings`: those that are taken."""

    message = _("This is no kind of video that can be taken in. Its name has to end in one of: %(endings)s.")


class UploadEmpty(VideosError):
    """A file without a byte."""

    message = _("This file is empty. Was it copied whole?")


class UploadTooLarge(VideosError):
    """`limit`: size of the largest file, in GB."""

    message = _("This file is too large: at most %(limit)s GB. Split it, or ask your administrator.")


class NoRoomForUpload(VideosError):
    """The disk is full, or would be."""

    message = _("There is no room for this file on the server. Tell your administrator; then choose the file again.")


class UploadGone(VideosError):
    """An upload that never was, was cancelled, has waited for too long, or is somebody else's."""

    message = _("This upload is not there any more. Choose the file again.")


class UploadUsed(VideosError):
    """An upload that became a video already."""

    message = _("This upload is in the media library already. Choose a file again to add another one.")


class UploadNotComplete(VideosError):
    """A form was sent before its upload was complete."""

    message = _("The upload is not complete. Choose the file again: it goes on where it stopped.")


class NoSuchPart(VideosError):
    """A part that this upload does not have, or that comes by another way. `number`."""

    message = _("There is no part %(number)s in this upload.")


class PartBroken(VideosError):
    """A part that came shorter or longer than it is. `number`."""

    message = _("Part %(number)s did not come whole.")


class PartsMissing(VideosError):
    """An upload that was to be completed without all of its parts. `numbers`: those that have to be sent again."""

    message = _("Some parts of this file did not arrive: they are sent again.")

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        super().__init__()


class StorageUnreachable(VideosError):
    """The bucket does not answer, or refuses. Its own words are in the log."""

    message = _("The storage for videos does not answer. Please try again in some minutes.")


def refusal(name: str, details: dict[str, object]) -> NoVideo:
    """The error of a name, as another program told it, or as it was kept: a sentence in whoever's language."""
    kinds: dict[str, type[NoVideo]] = {kind.__name__: kind for kind in NoVideo.__subclasses__()}
    return kinds.get(name, NoVideo)(**details)
