"""Home and landing pages as documents of the collection `pages`."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext
from delivery.registry import Rendered, Renderer
from delivery.schemas import Card, Collection, Document, one_of
from home.blocks import BodyJSON, body_to_json
from home.cards import LinkedStory, linked_story
from home.models import HomePage, HomeSlot, LandingPage, StoryPage

COLLECTION = "pages"


PageType = Literal["home", "landing", "section"]


class Seo(Schema):
    """What goes into a page's head."""

    title: str = Field(description="Title for search engines.")
    description: str


class PageCard(Card):
    """A page as an entry of a list."""

    type: Literal["pages"]
    page_type: PageType
    summary: str


class Slot(Schema):
    """A slot that is filled at this moment."""

    place: Annotated[HomeSlot.Place, one_of(HomeSlot.Place)]
    headline: str
    text: str
    story: LinkedStory | None
    ends_at: datetime | None = Field(description="When the slot empties by itself.")


class HomeDocument(Document):
    """The front of one language."""

    type: Literal["pages"]
    page_type: Literal["home"] = "home"
    summary: str
    slots: list[Slot]
    seo: Seo


class LandingDocument(Document):
    """A page outside the news."""

    type: Literal["pages"]
    page_type: Literal["landing"] = "landing"
    summary: str
    body: list[BodyJSON]
    seo: Seo


class SectionDocument(Document):
    """The page of a section: what it lists is a list of its own."""

    type: Literal["pages"]
    page_type: Literal["section"] = "section"
    summary: str
    lists: Collection = Field(description="What the section lists.")
    seo: Seo


PageDocument = Annotated[HomeDocument | LandingDocument | SectionDocument, Field(discriminator="page_type")]


def seo_of(context: RenderContext, summary: str) -> Seo:
    """SEO fields, with the page's own title and summary where they were left empty."""
    page = context.page
    return Seo(title=page.seo_title or page.title, description=page.search_description or summary)


def render_home(page: HomePage, context: RenderContext) -> Rendered:
    """The home page as of `context.at`: slots begin and end by the clock."""
    slots = []
    for slot in page.slots.select_related("story"):
        context.holds_until(slot.starts_at)
        if (slot.starts_at and slot.starts_at > context.at) or (slot.ends_at and slot.ends_at <= context.at):
            continue
        context.holds_until(slot.ends_at)
        story = linked_story(slot.story.translation_key, context) if slot.story else None
        if story is None and (slot.story or slot.place != HomeSlot.Place.MEDIA_RESOURCES):
            continue
        slots.append(
            Slot(
                place=slot.place,
                headline=slot.headline or (story.title if story else ""),
                text=slot.text,
                story=story,
                ends_at=slot.ends_at,
            )
        )
    head = context.head()
    return Rendered(
        card=PageCard(**head, page_type="home", summary=page.summary),
        document=HomeDocument(
            **head,
            original_locale=context.story.original_locale.language_code,
            summary=page.summary,
            slots=slots,
            seo=seo_of(context, page.summary),
        ),
    )


def render_landing(page: LandingPage, context: RenderContext) -> Rendered:
    """A landing page."""
    head = context.head()
    return Rendered(
        card=PageCard(**head, page_type="landing", summary=page.summary),
        document=LandingDocument(
            **head,
            original_locale=context.story.original_locale.language_code,
            summary=page.summary,
            body=body_to_json(page.body, context),
            seo=seo_of(context, page.summary),
        ),
    )


def section_renderer(lists: str) -> Callable[[StoryPage, RenderContext], Rendered]:
    """How the page of a section becomes a document; `lists`: the collection that stands below it."""

    def render_section(page: StoryPage, context: RenderContext) -> Rendered:
        head = context.head()
        return Rendered(
            card=PageCard(**head, page_type="section", summary=page.summary),
            document=SectionDocument(
                **head,
                original_locale=context.story.original_locale.language_code,
                summary=page.summary,
                lists=lists,
                seo=seo_of(context, page.summary),
            ),
        )

    return render_section


RENDERERS = [
    Renderer(COLLECTION, HomePage, 2, render_home),
    Renderer(COLLECTION, LandingPage, 1, render_landing),
]
