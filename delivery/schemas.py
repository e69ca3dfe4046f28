"""The parts that all cards and documents share. Fields of the request (`requested_locale`, `is_fallback`) are put
before the stored bytes when they are sent: see `delivery.reading`.
"""

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from django.db.models import TextChoices
from ninja import Schema
from pydantic import Field, WithJsonSchema

LocaleCode = Literal["en", "fr"]
# The same in answers, where the database says it and not the caller.
Language = Annotated[str, Field(json_schema_extra={"enum": list(get_args(LocaleCode))})]
# The name of a collection. Which there are, only the whole API knows: `cms.openapi` makes an enumeration of it.
Collection = Annotated[str, Field(json_schema_extra={"format": "collection"})]


def one_of(choices: type[TextChoices]) -> WithJsonSchema:
    """The schema of an enumeration, in place: two rooms may each have a `Kind`, a description only one of that name."""
    return WithJsonSchema({"type": "string", "enum": choices.values})


class TranslationLink(Schema):
    """Where the story is published in one language."""

    locale: Language
    path: str = Field(description="Frontend path.", examples=["/fr/actualites/reouverture-du-port/"])
    url: str = Field(
        description="Absolute frontend address.",
        examples=["https://openseas.example/fr/actualites/reouverture-du-port/"],
    )
    slug: str = Field(examples=["reouverture-du-port"])


class Head(Schema):
    """What every card and document begins with."""

    id: UUID = Field(description="The story's id, the same in all its languages.")
    type: Collection
    locale: Language = Field(description="The language of the content.")
    slug: str = Field(examples=["harbour-reopens"])
    path: str = Field(description="Frontend path.", examples=["/en/news/harbour-reopens/"])
    url: str = Field(
        description="Absolute frontend address.", examples=["https://openseas.example/en/news/harbour-reopens/"]
    )
    api_url: str = Field(
        description="Path of the whole document in this API.",
        examples=["/api/v1/news/0b0f6d0e-8f0b-4d0a-9a55-7d1f0f3c2a11/?locale=en"],
    )
    title: str = Field(examples=["Harbour reopens after the storm"])
    translations: list[TranslationLink] = Field(description="Every language in which the story is published.")
    first_published_at: datetime = Field(description="First publication in this language.")
    published_at: datetime = Field(description="The story's public date, by which lists are sorted.")
    updated_at: datetime = Field(description="Last publication that was more than a small edit.")


class Card(Head):
    """A document as an entry of a list."""


class Document(Head):
    """A document whole."""

    original_locale: Language = Field(description="The language the story was written in.")


class Requested(Schema):
    """How an answer relates to what was asked for."""

    requested_locale: Annotated[Language, Field(description="The language that was asked for.")]
    is_fallback: Annotated[bool, Field(description="True: not published in that language, so the default one's.")]
