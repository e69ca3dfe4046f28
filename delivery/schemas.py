"""The parts that all cards and documents share. Fields of the request (`requested_locale`, `is_fallback`) are put
before the stored bytes when they are sent: see `delivery.reading`.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field


class TranslationLink(Schema):
    """Where the story is published in one language."""

    locale: str = Field(examples=["fr"])
    path: str = Field(description="Frontend path.", examples=["/fr/actualites/titre/"])
    url: str = Field(description="Absolute frontend address.")
    slug: str


class Head(Schema):
    """What every card and document begins with."""

    id: UUID = Field(description="The story's id, the same in all its languages.")
    type: str = Field(description="The collection.")
    locale: str = Field(description="The language of the content.", examples=["en"])
    slug: str
    path: str = Field(description="Frontend path.")
    url: str = Field(description="Absolute frontend address.")
    api_url: str = Field(description="Path of the whole document in this API.")
    title: str
    translations: list[TranslationLink] = Field(description="Every language in which the story is published.")
    first_published_at: datetime = Field(description="First publication in this language.")
    published_at: datetime = Field(description="The story's public date, by which lists are sorted.")
    updated_at: datetime = Field(description="Last publication that was more than a small edit.")


class Card(Head):
    """A document as an entry of a list."""


class Document(Head):
    """A document whole."""

    original_locale: str = Field(description="The language the story was written in.")


class Requested(Schema):
    """How an answer relates to what was asked for."""

    requested_locale: Annotated[str, Field(description="The language that was asked for.")]
    is_fallback: Annotated[bool, Field(description="True: not published in that language, so the default one's.")]
