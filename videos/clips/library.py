"""Clips that editors cut of the media library: what they say of themselves, and how one becomes a video of its own."""

from pathlib import PurePath
from typing import Any

from django.utils.translation import get_language
from wagtail.models import Collection

from delivery.transaction import publishing
from videos.clips.captions import captions_of, clipped_webvtt
from videos.cutting.labels import Labels
from videos.models import Caption, Clip, VideoFile, VideoPage
from videos.storage import duplicate, video_storage

FOLDER = "media"
MOST_TITLE = 255


def library_labels(video: VideoFile) -> Labels:
    """What a clip's own metadata say: title and usage terms of the video, and the credits of its page."""
    terms = video.usage_terms
    page = VideoPage.objects.filter(video=video).order_by("-live", "pk").first()
    return Labels(
        title=video.title,
        credit="; ".join(credit.text for credit in page.credits.all()) if page else "",
        usage_terms=" ".join(word for word in (terms.text, terms.url) if word) if terms else "",
        language=page.locale.language_code if page else get_language() or "en",
    )


def make_video_of(clip: Clip, user: Any, collection: Collection, title: str) -> VideoFile:
    """A video of its own in the media library, which is taken in like any other. `clip`: one that is ready.

    It has the video's usage terms, audience, tags and captions. What is stored is stored once more, so it outlives the
    clip.
    """
    assert clip.rendition is not None  # Of a rendition that is gone no clip is ready.
    source = clip.rendition.video
    name = duplicate(clip.file_name, f"{FOLDER}/{PurePath(clip.download_name).name}")
    try:
        with publishing():
            video = VideoFile(
                title=title[:MOST_TITLE],
                type="video",
                duration=0,
                file=name,
                collection=collection,
                uploaded_by_user=user,
                usage_terms=source.usage_terms,
                master_audience=source.master_audience,
            )
            video.save()
            video.tags.set(source.tags.all())
            for caption in captions_of(clip):
                text = clipped_webvtt(clip, caption)
                Caption.objects.create(video=video, language=caption.language, origin=caption.origin, text=text)
    except BaseException:
        video_storage().delete(name)
        raise
    return video
