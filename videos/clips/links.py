"""Addresses to download from: signed, for a few minutes, and good only while the video is published."""

from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.callers import may_hold
from delivery.models import PublishedDocument
from videos.clips.captions import clipped_webvtt
from videos.clips.sources import Published
from videos.models import Caption, Clip, VideoRendition
from videos.models.clip import DOWNLOAD

# How long an address can be fetched (seconds). A download that has begun goes on.
LINK_SECONDS = 300

_signer = TimestampSigner(sep=".", salt="videos.clips.links")


@dataclass(frozen=True)
class Stored:
    """A file to hand out. `name`: in the storage; `download_name`: what it is called where it arrives."""

    name: str
    download_name: str


@dataclass(frozen=True)
class Text:
    """Captions to hand out. `download_name`: what they are called where they arrive."""

    content: str
    download_name: str


def link_to_clip(clip: Clip, holder: int | None) -> str:
    """Absolute address of a clip that is ready. `holder`: the account that is given it."""
    return _link(f"c:{clip.pk}", clip.download_name, holder)


def link_to_captions(clip: Clip, caption: Caption, holder: int | None) -> str:
    """Absolute address of a clip's captions in one language, as WebVTT."""
    return _link(f"v:{clip.pk}:{caption.pk}", f"{PurePath(clip.download_name).stem}_{caption.language}.vtt", holder)


def link_to_rendition(published: Published, holder: int | None = None) -> str:
    """Absolute address of a whole rendition. Who may have it was asked before."""
    return _link(f"r:{published.story_id}:{published.rendition.pk}", rendition_name(published), holder)


def rendition_name(published: Published) -> str:
    """What a downloaded rendition is called."""
    suffix = published.rendition.file_name.rpartition(".")[2].lower()
    return f"{published.slug[:120]}_{published.rendition.name}.{suffix}"


def found_at(token: str, download_name: str) -> Stored | Text:
    """What an address stands for. Raises Http404: bent, too old, withdrawn, expired, or its account blocked."""
    try:
        what, _at, holder = _signer.unsign(token, max_age=LINK_SECONDS).partition("@")
    except BadSignature:
        raise Http404 from None
    if not may_hold(int(holder) if holder else None):
        raise Http404
    kind, *keys = what.split(":")
    match kind:
        case "c":
            clip = get_object_or_404(Clip.objects.ready(), pk=keys[0])
            return Stored(clip.file_name, clip.download_name)
        case "v":
            clip = get_object_or_404(Clip.objects.ready(), pk=keys[0])
            return Text(clipped_webvtt(clip, get_object_or_404(Caption, pk=keys[1])), download_name)
        case _rendition:
            story_id, rendition_id = keys
            documents = PublishedDocument.objects.filter(shows__contains=[f"{DOWNLOAD}{rendition_id}"])
            if not documents.filter(story_id=story_id).exists():
                raise Http404
            rendition = get_object_or_404(VideoRendition, pk=rendition_id)
            return Stored(rendition.file_name, download_name)


def _link(what: str, name: str, holder: int | None) -> str:
    signed = _signer.sign(what if holder is None else f"{what}@{holder}")
    return f"{settings.BASE_URL}/files/downloads/{signed}/{quote(name)}"
