"""Other stories inside a document: always as published, in the document's own language."""

from datetime import datetime
from uuid import UUID

from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext
from delivery.schemas import Collection, Language
from home.pictures import ImageJSON


class LinkedStory(Schema):
    """What a document says of another story."""

    id: UUID
    type: Collection
    locale: Language
    slug: str
    path: str = Field(description="Frontend path.")
    url: str = Field(description="Absolute frontend address.")
    api_url: str
    title: str
    summary: str = ""
    published_at: datetime
    image: ImageJSON | None = None
    duration_seconds: float | None = Field(None, description="Of a video.")


def linked_story(story_id: UUID | str, context: RenderContext) -> LinkedStory | None:
    """A story as it is published, or None while the reader may not see it in this language."""
    document = context.published(story_id)
    return LinkedStory.model_validate_json(bytes(document.card)) if document else None
