"""Running text."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import RichTextBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON
from home.richtext import FEATURES, rich_text_to_html


class TextBlock(RichTextBlock):
    """Paragraphs, headings, lists and links."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(features=FEATURES, **kwargs)

    class Meta:
        icon = "pilcrow"
        label = _("Text")


class TextJSON(BlockJSON):
    """Running text."""

    type: Literal["text"] = "text"
    html: str = Field(description="Safe HTML; links are absolute frontend addresses.")


def text_to_json(value: Any, block_id: str, context: RenderContext) -> TextJSON:
    """Rich text as HTML that a frontend can put into its page as it is."""
    return TextJSON(id=block_id, html=rich_text_to_html(value.source, context))
