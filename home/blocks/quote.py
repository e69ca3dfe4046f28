"""A quotation with who said it."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import CharBlock, StructBlock, TextBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON


class QuoteBlock(StructBlock):
    """Words of somebody, set apart."""

    text = TextBlock(label=_("Quotation"), help_text=_("Without quotation marks: frontends set their own."))
    speaker = CharBlock(label=_("Speaker"), required=False)
    role = CharBlock(label=_("Role"), required=False, help_text=_("As of the day of the story."))

    class Meta:
        icon = "openquote"
        label = _("Quotation")


class QuoteJSON(BlockJSON):
    """A quotation, without quotation marks."""

    type: Literal["quote"] = "quote"
    text: str
    speaker: str = Field(description="Empty where nobody is named.")
    role: str


def quote_to_json(value: Any, block_id: str, context: RenderContext) -> QuoteJSON:
    """The quotation as it was written."""
    return QuoteJSON(id=block_id, text=value["text"], speaker=value["speaker"], role=value["role"])
