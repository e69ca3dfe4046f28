"""Files of published videos: encodings, captions, storyboards and waveforms, each below `/files/…`; downloads."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from delivery.files import Reader, Sized, stream_sized, stream_stored, text_response, who_may_read
from videos.clips.links import Stored, found_at
from videos.models import Caption, Storyboard, VideoRendition, Waveform
from videos.models.media import Audience
from videos.orders.links import archive_at
from videos.storage import video_storage


def rendition_file(request: HttpRequest, rendition_id: int, name: str) -> HttpResponseBase:
    """A public rendition, also in ranges, so that players can seek."""
    reader = who_may_read(request, f"rendition:{rendition_id}")
    rendition = get_object_or_404(VideoRendition, pk=rendition_id)
    if reader.is_public and rendition.audience != Audience.PUBLIC:
        raise Http404
    return stream_stored(request, video_storage(), rendition.file_name, reader)


def caption_file(request: HttpRequest, caption_id: int) -> HttpResponseBase:
    """Captions as WebVTT."""
    caption = Caption.objects.filter(pk=caption_id, kind=Caption.Kind.CAPTION).first()
    # Also for captions that never were: the headers of the answer tell whether the right was looked at.
    reader = who_may_read(request, f"captions:{caption.video_id if caption else None}")
    if caption is None:
        raise Http404
    return text_response(request, caption.text, "text/vtt", reader)


def storyboard_file(request: HttpRequest, storyboard_of: int) -> HttpResponseBase:
    """The stills as WebVTT, which names the sheet. Who may read a draft by a link may read both by it."""
    reader = who_may_read(request, f"storyboard:{storyboard_of}")
    storyboard = get_object_or_404(Storyboard, pk=storyboard_of)
    link = request.GET.get("preview", "")
    sheet = f"{storyboard.pk}.jpg" + (f"?{urlencode({'preview': link})}" if link else "")
    return text_response(request, storyboard.webvtt(sheet), "text/vtt", reader)


def storyboard_sheet(request: HttpRequest, sheet_of: int) -> HttpResponseBase:
    """The stills themselves, a JPEG."""
    reader = who_may_read(request, f"storyboard:{sheet_of}")
    return stream_stored(request, video_storage(), get_object_or_404(Storyboard, pk=sheet_of).file_name, reader)


def waveform_file(request: HttpRequest, waveform_of: int) -> HttpResponseBase:
    """Peaks of the sound."""
    reader = who_may_read(request, f"waveform:{waveform_of}")
    content = get_object_or_404(Waveform, pk=waveform_of).content
    return text_response(request, content, "application/json", reader)


def download_file(request: HttpRequest, signed: str, called: str) -> HttpResponseBase:
    """A clip, its captions or a whole rendition, for who was given the address; also in ranges."""
    found = found_at(signed, called)
    reader = Reader(is_public=False)
    if isinstance(found, Stored):
        return stream_stored(request, video_storage(), found.name, reader, download_name=found.download_name)
    response = text_response(request, found.content, "text/vtt", reader)
    response["Content-Disposition"] = content_disposition_header(True, found.download_name) or ""
    return response


def archive_file(request: HttpRequest, archive: str, called: str) -> HttpResponseBase:
    """All clips of an order as one ZIP, put together while it is sent; also in ranges."""
    found = archive_at(archive)
    content = Sized(found.size, "application/zip", found.etag, found.read)
    return stream_sized(request, content, Reader(is_public=False), download_name=found.name)
