"""A fact box."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON


class FactsBlock(StructBlock):
    """Short facts beside the story."""

    title = CharBlock(label=_("Title"))
    items = ListBlock(CharBlock(label=_("Fact")), min_num=1, label=_("Facts"))

    class Meta:
        icon = "list-ul"
        label = _("Fact box")


class FactsJSON(BlockJSON):
    """Short facts beside the story."""

    type: Literal["facts"] = "facts"
    title: str
    items: list[str]


def facts_to_json(value: Any, block_id: str, context: RenderContext) -> FactsJSON:
    """The facts in their order."""
    return FactsJSON(id=block_id, title=value["title"], items=list(value["items"]))
