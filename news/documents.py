"""News as documents: the schema and the function that fills it."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext
from delivery.registry import Rendered, Renderer
from delivery.schemas import Card, Document, one_of
from home.blocks import BodyJSON, body_to_json
from home.cards import LinkedStory, linked_story
from home.documents import COLLECTION as PAGES
from home.documents import Seo, section_renderer, seo_of
from home.pictures import ImageJSON, image_to_json
from home.topics import TopicJSON, tags_to_json, topics_of
from news.models import NewsIndexPage, NewsPage

COLLECTION = "news"


class Dateline(Schema):
    """Place and date that open a story."""

    place: str
    date: date | None


class NewsCard(Card):
    """A news story as an entry of a list."""

    type: Literal["news"]
    kind: Annotated[NewsPage.Kind, one_of(NewsPage.Kind)]
    dateline: Dateline
    summary: str
    image: ImageJSON | None
    topics: list[TopicJSON]
    tags: list[str]
    priority: int = Field(description="1 low, 2 normal, 3 high, 4 urgent.")


class CorrectionJSON(Schema):
    """What was wrong, and since when it is right."""

    at: datetime
    note: str


class Event(Schema):
    """When and where something takes place."""

    date: datetime | None
    place: str


class PressContact(Schema):
    """Whom journalists call."""

    name: str
    email: str
    phone: str


class NewsDocument(Document):
    """A news story whole."""

    type: Literal["news"]
    kind: Annotated[NewsPage.Kind, one_of(NewsPage.Kind)]
    dateline: Dateline
    summary: str
    image: ImageJSON | None
    body: list[BodyJSON]
    topics: list[TopicJSON]
    tags: list[str]
    priority: int = Field(description="1 low, 2 normal, 3 high, 4 urgent.")
    sources: list[str] = Field(description="Who wrote it, or where it comes from.")
    related: list[LinkedStory] = Field(description="Published stories that belong with this one.")
    corrections: list[CorrectionJSON] = Field(description="Newest first.")
    event: Event | None
    press_contact: PressContact | None
    seo: Seo


def render_news(page: NewsPage, context: RenderContext) -> Rendered:
    """A news page as JSON."""
    image = image_to_json(page.hero_image, context, caption=page.hero_caption)
    topics, topic_terms = topics_of(page.topics, context)
    tags = tags_to_json(page.tags, context)
    shared = {
        **context.head(),
        "kind": page.kind,
        "dateline": Dateline(place=page.dateline_place, date=page.dateline_date),
        "summary": page.summary,
        "image": image,
        "topics": topics,
        "tags": tags,
        "priority": page.priority,
    }
    related = [linked_story(row.story.translation_key, context) for row in page.related.select_related("story")]
    corrections = sorted(page.corrections.all(), key=lambda row: row.at, reverse=True)
    document = NewsDocument(
        **shared,
        original_locale=context.story.original_locale.language_code,
        body=body_to_json(page.body, context),
        sources=[source.name for source in page.sources.all()],
        related=[story for story in related if story],
        corrections=[CorrectionJSON(at=row.at, note=row.note) for row in corrections],
        event=Event(date=page.event_date, place=page.event_place) if page.event_date or page.event_place else None,
        press_contact=_press_contact(page),
        seo=seo_of(context, page.summary),
    )
    terms = (*topic_terms, *(f"tag:{tag}" for tag in tags), f"kind:{page.kind}")
    return Rendered(card=NewsCard(**shared), document=document, terms=terms)


def _press_contact(page: NewsPage) -> PressContact | None:
    name, email, phone = page.press_contact_name, page.press_contact_email, page.press_contact_phone
    return PressContact(name=name, email=email, phone=phone) if name or email or phone else None


RENDERERS = [
    Renderer(COLLECTION, NewsPage, 2, render_news),
    Renderer(PAGES, NewsIndexPage, 1, section_renderer(COLLECTION)),
]
