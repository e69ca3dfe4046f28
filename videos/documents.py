"""Videos as documents: the schema and the function that fills it."""

import hashlib
from datetime import date
from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext
from delivery.registry import Rendered, Renderer
from delivery.schemas import Card, Document, one_of
from home.documents import COLLECTION as PAGES
from home.documents import Seo, section_renderer, seo_of
from home.pictures import ImageJSON, TermsJSON, image_to_json, terms_to_json
from home.richtext import rich_text_to_html
from home.topics import TopicJSON, tags_to_json, topics_of
from videos.models import Caption, Storyboard, VideoFile, VideoIndexPage, VideoPage, Waveform
from videos.models.clip import DOWNLOAD
from videos.models.media import Audience, VideoRendition

COLLECTION = "videos"


class VideoCard(Card):
    """A video as an entry of a list."""

    type: Literal["videos"]
    kind: Annotated[VideoPage.Kind, one_of(VideoPage.Kind)]
    with_graphics: bool
    summary: str
    image: ImageJSON | None = Field(description="The poster.")
    duration_seconds: float | None
    location: str
    recorded_on: date | None
    topics: list[TopicJSON]
    tags: list[str]


class FrameRate(Schema):
    """Frames per second, exact: 30000/1001 is not 29.97."""

    numerator: int
    denominator: int


class RenditionJSON(Schema):
    """One encoding."""

    name: str = Field(description="For `download/?rendition=` and for clips.")
    role: Annotated[VideoRendition.Role, one_of(VideoRendition.Role)]
    audience: Annotated[Audience, one_of(Audience)] = Field(description="Who may download it.")
    needs_account: bool
    url: str | None = Field(description="Address to play it at; null where an account is needed.")
    width: int
    height: int
    video_codec: str
    audio_codec: str
    size_bytes: int


class AudioTrackJSON(Schema):
    """A track of the master's sound."""

    language: str = Field(description="As the file says, mostly ISO 639-2 (`fra`); empty where it says nothing.")
    title: str
    codec: str
    channels: int
    layout: str = Field(examples=["stereo", "5.1"])
    sample_rate: int = Field(description="Hertz.")


class LoudnessJSON(Schema):
    """Loudness of the master's first audio track, EBU R 128."""

    integrated: float = Field(description="LUFS.")
    range: float | None = Field(description="Loudness range, LU.")
    true_peak: float | None = Field(description="dBTP.")


class ColorJSON(Schema):
    """Colour of the master, as FFmpeg names it; empty where the file says nothing."""

    primaries: str = ""
    transfer: str = ""
    matrix: str = ""
    range: str = ""


class CaptionJSON(Schema):
    """Timed text in one language."""

    language: str
    origin: Annotated[Caption.Origin, one_of(Caption.Origin)]
    url: str = Field(description="Address of the WebVTT file.")
    version: str = Field(description="Another one where the file says something else.")


class TranscriptJSON(Schema):
    """What is said, as running text."""

    language: str
    origin: Annotated[Caption.Origin, one_of(Caption.Origin)]
    text: str


class ShotJSON(Schema):
    """A row of the shot list; `end` is the first moment not shown."""

    start: float = Field(description="Seconds.")
    end: float = Field(description="Seconds.")
    text: str


class VideoDocument(Document):
    """A video whole."""

    type: Literal["videos"]
    kind: Annotated[VideoPage.Kind, one_of(VideoPage.Kind)]
    with_graphics: bool = Field(description="False: clean pictures, without titles and logos.")
    summary: str
    description: str = Field(description="Safe HTML; links are absolute frontend addresses.")
    image: ImageJSON | None = Field(description="The poster.")
    duration_seconds: float | None
    width: int | None = Field(description="Of the master, pixels.")
    height: int | None = Field(description="Of the master, pixels.")
    frame_rate: FrameRate | None = Field(description="Of the master; the average where the rate varies.")
    has_variable_frame_rate: bool | None
    frame_count: int | None
    start_timecode: str | None = Field(
        description="Of the master's first frame, `HH:MM:SS:FF`; `;` before the frames for drop frame.",
        examples=["10:00:00:00"],
    )
    rotation: int | None = Field(description="By how many degrees, clockwise, the master's pictures are turned.")
    pixel_format: str | None = Field(examples=["yuv422p10le"])
    field_order: str | None = Field(description="`progressive`, `top_first`, `bottom_first` or `interlaced`.")
    color: ColorJSON | None
    audio_tracks: list[AudioTrackJSON]
    loudness: LoudnessJSON | None = Field(description="Null before it is measured, for silence, and without sound.")
    storyboard: str | None = Field(None, description="WebVTT of stills for a timeline; cues are `sheet.jpg#xywh=…`.")
    waveform: str | None = Field(description="Peaks of the first audio track: audiowaveform's JSON, version 2.")
    renditions: list[RenditionJSON] = Field(description="Largest first.")
    captions: list[CaptionJSON]
    transcripts: list[TranscriptJSON]
    shots: list[ShotJSON]
    location: str
    recorded_on: date | None
    people: list[str]
    credits: list[str]
    usage_terms: TermsJSON | None
    topics: list[TopicJSON]
    tags: list[str]
    download_needs_account: bool = Field(description="Whether the master cannot be had without one.")
    seo: Seo


def render_video(page: VideoPage, context: RenderContext) -> Rendered:
    """A video page as JSON."""
    video = page.video
    topics, topic_terms = topics_of(page.topics, context)
    tags = tags_to_json(page.tags, context)
    shared = {
        **context.head(),
        "kind": page.kind,
        "with_graphics": page.with_graphics,
        "summary": page.summary,
        "image": image_to_json(video.poster, context) if video else None,
        "duration_seconds": round(video.duration, 3) if video and video.duration else None,
        "location": page.location,
        "recorded_on": page.recorded_on,
        "topics": topics,
        "tags": tags,
    }
    renditions = _renditions(video, context) if video else []
    document = VideoDocument(
        **shared,
        original_locale=context.story.original_locale.language_code,
        description=rich_text_to_html(page.description, context),
        **_facts(video),
        **_timeline(video, context),
        renditions=renditions,
        **_timed_text(video),
        shots=[ShotJSON(start=float(row.start), end=float(row.end), text=row.text) for row in page.shots.all()],
        people=[person.name for person in page.people.all()],
        credits=[credit.text for credit in page.credits.all()],
        usage_terms=terms_to_json(video.usage_terms, context) if video else None,
        download_needs_account=_download_needs_account(renditions),
        seo=seo_of(context, page.summary),
    )
    audiences = {rendition.audience for rendition in renditions if rendition.role == VideoRendition.Role.MASTER}
    terms = (
        *topic_terms,
        *(f"tag:{tag}" for tag in tags),
        f"kind:{page.kind}",
        *(f"download:{audience}" for audience in sorted(audiences)),
    )
    return Rendered(card=VideoCard(**shared), document=document, terms=terms)


def _facts(video: VideoFile | None) -> dict[str, Any]:
    rate = video.frame_rate if video else None
    told = video.stream_facts if video else {}
    return {
        "width": video.width if video else None,
        "height": video.height if video else None,
        "frame_count": video.frame_count if video else None,
        "frame_rate": FrameRate(numerator=rate.numerator, denominator=rate.denominator) if rate else None,
        "has_variable_frame_rate": video.has_variable_rate if video else None,
        "start_timecode": (video.start_timecode or None) if video else None,
        "rotation": told.get("rotation"),
        "pixel_format": told.get("pixel_format") or None,
        "field_order": told.get("field_order") or None,
        "color": ColorJSON(**told["color"]) if told.get("color") else None,
        "audio_tracks": [AudioTrackJSON(**track) for track in video.audio_tracks] if video else [],
        "loudness": LoudnessJSON(**video.loudness) if video and video.loudness else None,
    }


def _timeline(video: VideoFile | None, context: RenderContext) -> dict[str, Any]:
    """Addresses of what a timeline shows, where it is made."""
    answer: dict[str, Any] = {"storyboard": None, "waveform": None}
    if video is not None and Storyboard.objects.filter(video=video).exists():
        context.show(f"storyboard:{video.pk}")
        answer["storyboard"] = f"{settings.BASE_URL}/files/storyboards/{video.pk}.vtt"
    if video is not None and Waveform.objects.filter(video=video).exists():
        context.show(f"waveform:{video.pk}")
        answer["waveform"] = f"{settings.BASE_URL}/files/waveforms/{video.pk}.json"
    return answer


def _renditions(video: VideoFile, context: RenderContext) -> list[RenditionJSON]:
    context.depend(f"video:{video.pk}")
    context.show(f"captions:{video.pk}")
    answer = []
    for rendition in video.renditions.all():
        is_public = rendition.audience == Audience.PUBLIC
        context.show(f"{DOWNLOAD}{rendition.pk}")
        if is_public:
            context.show(f"rendition:{rendition.pk}")
        answer.append(
            RenditionJSON(
                name=rendition.name,
                role=rendition.role,
                audience=rendition.audience,
                needs_account=not is_public,
                url=rendition_url(rendition) if is_public else None,
                width=rendition.width,
                height=rendition.height,
                video_codec=rendition.video_codec,
                audio_codec=rendition.audio_codec,
                size_bytes=rendition.size_bytes,
            )
        )
    return answer


def _download_needs_account(renditions: list[RenditionJSON]) -> bool:
    """By the master, where there is one: a web preview is for everybody to watch."""
    masters = [rendition for rendition in renditions if rendition.role == VideoRendition.Role.MASTER]
    return all(rendition.needs_account for rendition in masters or renditions)


def _timed_text(video: VideoFile | None) -> dict[str, Any]:
    rows = list(video.captions.order_by("language")) if video else []
    return {
        "captions": [
            CaptionJSON(language=row.language, origin=row.origin, url=caption_url(row), version=_version(row))
            for row in rows
            if row.kind == Caption.Kind.CAPTION
        ],
        "transcripts": [
            TranscriptJSON(language=row.language, origin=row.origin, text=row.text)
            for row in rows
            if row.kind == Caption.Kind.TRANSCRIPT
        ],
    }


def _version(caption: Caption) -> str:
    return hashlib.blake2b(caption.text.encode(), digest_size=6).hexdigest()


def rendition_url(rendition: VideoRendition) -> str:
    """Absolute address at which a public rendition plays, while a published document shows it."""
    extension = rendition.file_name.rsplit(".", 1)[-1].lower()
    return f"{settings.BASE_URL}/files/videos/{rendition.pk}/{rendition.name}.{extension}"


def caption_url(caption: Caption) -> str:
    """Absolute address of captions, while a published document shows their video."""
    return f"{settings.BASE_URL}/files/captions/{caption.pk}.vtt"


RENDERERS = [
    Renderer(COLLECTION, VideoPage, 5, render_video),
    Renderer(PAGES, VideoIndexPage, 1, section_renderer(COLLECTION)),
]
