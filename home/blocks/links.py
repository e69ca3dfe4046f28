"""A box of links: to our stories and to addresses elsewhere."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import CharBlock, ListBlock, PageChooserBlock, StructBlock, URLBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON


class LinkBlock(StructBlock):
    """A link to a story of ours, or to an address."""

    page = PageChooserBlock(label=_("Page"), required=False)
    url = URLBlock(label=_("Address elsewhere"), required=False)
    label = CharBlock(label=_("Label"), required=False, help_text=_("Empty: the title of the page."))

    class Meta:
        icon = "link"
        label = _("Link")


class LinksBlock(StructBlock):
    """Related links."""

    title = CharBlock(label=_("Title"), required=False)
    links = ListBlock(LinkBlock(), min_num=1, label=_("Links"))

    class Meta:
        icon = "link"
        label = _("Related links")


class LinkJSON(BlockJSON):
    """A link; `story` is set when it leads to a story of ours."""

    url: str = Field(description="Absolute address.")
    label: str
    story: str | None = Field(None, description="Id of the story that it leads to.")


class LinksJSON(BlockJSON):
    """Related links. What is not published in this language is left out."""

    type: Literal["links"] = "links"
    title: str
    links: list[LinkJSON]


def links_to_json(value: Any, block_id: str, context: RenderContext) -> LinksJSON:
    """Those links that lead somewhere the reader can go."""
    links = []
    for item in value["links"].bound_blocks:
        link = _link(item.value, str(item.id or ""), context)
        if link:
            links.append(link)
    return LinksJSON(id=block_id, title=value["title"], links=links)


def _link(value: Any, link_id: str, context: RenderContext) -> LinkJSON | None:
    page = value["page"]
    if page is not None:
        document = context.published(page.translation_key)
        if document is None:
            return None
        return LinkJSON(
            id=link_id,
            url=context.url(document.path),
            label=value["label"] or document.title,
            story=str(document.story_id),
        )
    if not value["url"]:
        return None
    return LinkJSON(id=link_id, url=value["url"], label=value["label"] or value["url"], story=None)
