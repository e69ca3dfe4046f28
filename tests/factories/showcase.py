"""A story and a video with everything that they can have; ids and dates are always the same."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from wagtail.models import Locale

from delivery.models import Story
from home.models import Attachment, EditorialImage, Topic, UsageTerms
from news.models import Correction, NewsPage, RelatedStory, Source
from tests.factories.newsroom import make_image, make_news, make_topic, make_translation, make_video
from videos.models import Caption, Storyboard, VideoFile, VideoPage, VideoRendition, Waveform
from videos.models.page import Shot, VideoCredit, VideoPerson

STORY_ID = UUID("11111111-0000-4000-8000-000000000001")
VIDEO_ID = UUID("11111111-0000-4000-8000-000000000002")
RELATED_ID = UUID("11111111-0000-4000-8000-000000000003")
TOPIC_ID = UUID("11111111-0000-4000-8000-000000000004")
DAY = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


def fixed(page_id: UUID, hour: int = 9) -> dict[str, Any]:
    """Fields of a page whose id and dates never differ."""
    return {"translation_key": page_id, "first_published_at": DAY.replace(hour=hour)}


def make_showcase_image(number: int = 1) -> EditorialImage:
    """A picture with words in both languages, terms and a focal point."""
    terms = UsageTerms.objects.filter(name="Press use").first() or UsageTerms.objects.create(
        name="Press use",
        text="Free for news coverage.",
        url="https://example.com/terms",
        locale=Locale.objects.get(language_code="en"),
    )
    image = make_image(
        f"Harbour {number}",
        id=9000 + number,
        credit="Open Seas / A. Moreau",
        alt_text_en="Two boats at a quay",
        alt_text_fr="Deux bateaux à quai",
        caption_en="The quay at dawn.",
        caption_fr="Le quai à l’aube.",
        usage_terms=terms,
        focal_point_x=500,
        focal_point_y=150,
    )
    EditorialImage.objects.filter(pk=image.pk).update(file_hash=f"{number:040x}"[::-1])
    image.refresh_from_db()
    return image


def make_showcase_topic() -> Topic:
    """A topic in both languages."""
    topic = make_topic("Rescue", translation_key=TOPIC_ID)
    make_topic("Sauvetage", locale="fr", translation_key=TOPIC_ID)
    return topic


def make_showcase_video(topic: Topic | None = None) -> VideoPage:
    """A published video with every field."""
    video = VideoFile.objects.create(
        id=9001,
        title="Patrol",
        type="video",
        file=ContentFile(b"not a video", name="patrol.mp4"),
        duration=12.48,
        width=1920,
        height=1080,
        frame_rate_numerator=25,
        frame_rate_denominator=1,
        frame_count=312,
        has_variable_rate=False,
        start_timecode="10:00:00:00",
        stream_facts={
            "pixel_format": "yuv422p10le",
            "field_order": "progressive",
            "rotation": 0,
            "color": {"primaries": "bt709", "transfer": "bt709", "matrix": "itu709", "range": "mpeg"},
        },
        audio_tracks=[
            {
                "language": language,
                "title": "",
                "codec": "pcm_s24le",
                "channels": 2,
                "layout": "stereo",
                "sample_rate": 48000,
            }
            for language in ("eng", "fra")
        ],
        loudness={"integrated": -23.0, "range": 5.1, "true_peak": -1.2},
        poster=make_showcase_image(2),
        usage_terms=UsageTerms.objects.get(name="Press use"),
    )
    VideoRendition.objects.filter(video=video).delete()
    for number, (name, role, audience, width, height, size) in enumerate(
        [("master", "master", "registered", 1920, 1080, 48_000_000), ("web", "web", "public", 1280, 720, 6_000_000)]
    ):
        VideoRendition.objects.create(
            id=9001 + number,
            video=video,
            name=name,
            role=role,
            audience=audience,
            width=width,
            height=height,
            size_bytes=size,
            video_codec="h264",
            audio_codec="aac",
            file_name=f"videos/patrol-{name}.mp4",
        )
    Storyboard.objects.create(
        video=video,
        file_name="storyboards/patrol.jpg",
        count=13,
        columns=10,
        tile_width=160,
        tile_height=90,
        interval=1.0,
    )
    Waveform.objects.create(video=video, content="{}")
    Caption.objects.create(id=9001, video=video, kind="caption", language="en", text="WEBVTT\n", origin="human")
    Caption.objects.create(id=9002, video=video, kind="transcript", language="en", text="Cast off.", origin="machine")
    page = make_video(
        "Winter patrol",
        publish=False,
        **fixed(VIDEO_ID, hour=8),
        video=video,
        summary="A patrol boat leaves before dawn.",
        description="<p>Clean pictures of the <b>first</b> patrol.</p>",
        kind="b_roll",
        location="North quay",
        recorded_on=date(2026, 3, 13),
    )
    page.shots = [Shot(start="0.000", end="4.200", text="Quay, wide", locale=page.locale)]
    page.people = [VideoPerson(name="Ana Moreau")]
    page.credits = [VideoCredit(text="Camera: J. Lind")]
    page.topics.set([topic] if topic else [])
    page.tags.add("patrol")
    page.save_revision().publish()
    return page


def make_showcase_story() -> NewsPage:
    """A published story with every kind of block and every field, and a French version."""
    topic = make_showcase_topic()
    image = make_showcase_image()
    video = make_showcase_video(topic)
    related = make_news("Storm closes harbour", **fixed(RELATED_ID, hour=7), summary="All ships stay in port.")
    attachment = Attachment.objects.create(
        id=9001, title="Fact sheet", file=ContentFile(b"%PDF-1.7", name="fact-sheet.pdf"), file_size=8, language="en"
    )
    page = make_news(
        "Harbour reopens after the storm",
        publish=False,
        **fixed(STORY_ID),
        slug="harbour-reopens",
        kind="press_release",
        dateline_place="Port Alma",
        dateline_date=date(2026, 3, 14),
        summary="Ships leave port for the first time in three days.",
        hero_image=image,
        body=json.dumps(showcase_body(image, video, related, attachment)),
        priority=3,
        event_date=datetime(2026, 3, 20, 10, 0, tzinfo=UTC),
        event_place="Harbour office",
        press_contact_name="Press desk",
        press_contact_email="press@openseas.example",
    )
    page.topics.set([topic])
    page.tags.add("harbour", "storm")
    page.sources = [Source(name="Ana Moreau")]
    page.related = [RelatedStory(story=related)]
    page.corrections = [Correction(at=DAY.replace(hour=11), note="The storm lasted three days.", locale=page.locale)]
    page.save_revision().publish()
    make_translation(
        page,
        "Le port rouvre après la tempête",
        slug="reouverture-du-port",
        first_published_at=DAY.replace(hour=10),
        summary="Les navires reprennent la mer.",
    )
    return page


def showcase_body(image: EditorialImage, video: VideoPage, related: NewsPage, attachment: Attachment) -> list[Any]:
    """One block of every kind, as Wagtail stores them."""
    picture = {"image": image.pk, "alt_text": "", "decorative": False, "caption": ""}
    decorative = {"image": image.pk, "alt_text": "", "decorative": True, "caption": "At noon."}
    link = {"page": related.pk, "url": "", "label": ""}
    elsewhere = {"page": None, "url": "https://example.com/tides", "label": "Tide tables"}
    values = {
        "text": f'<p>Ships <b>left</b> on Saturday: <a linktype="page" id="{related.pk}">after the storm</a>.</p>',
        "quote": {"text": "We are open.", "speaker": "Ana Moreau", "role": "Harbour master"},
        "image": picture,
        "gallery": {"title": "The day", "images": [_item(picture, "a1"), _item(decorative, "a2")]},
        "video": {"video": video.pk, "caption": "The first patrol."},
        "embed": {"url": "https://example.com/map", "title": "Map of the harbour"},
        "download": {"attachment": attachment.pk, "label": ""},
        "links": {"title": "Read more", "links": [_item(link, "b1"), _item(elsewhere, "b2")]},
        "facts": {"title": "In figures", "items": [_item("3 days closed", "c1"), _item("41 ships", "c2")]},
    }
    return [
        {"type": kind, "value": value, "id": f"block-{number}"} for number, (kind, value) in enumerate(values.items())
    ]


def _item(value: Any, item_id: str) -> dict[str, Any]:
    return {"type": "item", "value": value, "id": item_id}


def set_public_date(page: Any, moment: datetime) -> None:
    """Date the story of a page."""
    Story.objects.filter(pk=page.translation_key).update(public_date=moment)


def numbered(number: int) -> UUID:
    """An id of its own for each number."""
    return UUID(int=0x2222_2222_0000_4000_8000_0000_0000_0000 + number)
