"""A clip's captions: those of its video, clipped at both ends and counted from the clip's first frame."""

import html
import re
from collections.abc import Iterable
from fractions import Fraction
from uuid import UUID

from videos.cutting.captions import CaptionTrack, Cue, clip_cues
from videos.errors import BadWebVTT
from videos.models import Caption, Clip
from videos.webvtt import read_webvtt

TAGS = re.compile(r"<[^>]*>")


def captions_of(clip: Clip) -> list[Caption]:
    """The video's captions as they are now, a language each."""
    return captions_of_all([clip])[clip.pk]


def captions_of_all(clips: Iterable[Clip]) -> dict[UUID, list[Caption]]:
    """The same for many clips, by their ids: one query."""
    videos = {clip.pk: clip.rendition.video_id if clip.rendition else None for clip in clips}
    rows = Caption.objects.filter(video_id__in=set(videos.values()), kind=Caption.Kind.CAPTION).order_by("language")
    captions = [row for row in rows if _cues(row)]
    return {pk: [row for row in captions if row.video_id == video] for pk, video in videos.items()}


def track_of(caption: Caption) -> CaptionTrack:
    """Captions for the engine: whole, in the video's own time, without WebVTT's marks."""
    cues = [Cue(cue.start, cue.end, html.unescape(TAGS.sub("", cue.text))) for cue in _cues(caption)]
    return CaptionTrack(caption.language, cues)


def clipped_webvtt(clip: Clip, caption: Caption) -> str:
    """The captions of a clip as a file. What spans the in or the out point is clipped, not lost."""
    cues = clip_cues(_cues(caption), Fraction(clip.start), Fraction(clip.end))
    blocks = [
        f"{_time(cue.start)} --> {_time(cue.end)}\n{cue.text}\n" for cue in cues if _time(cue.start) != _time(cue.end)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _cues(caption: Caption) -> list[Cue]:
    try:
        cues = read_webvtt(caption.text)
    except BadWebVTT:
        return []
    return [Cue(Fraction(cue.start, 1000), Fraction(cue.end, 1000), cue.text) for cue in cues]


def _time(at: Fraction) -> str:
    minutes, milliseconds = divmod(round(at * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
