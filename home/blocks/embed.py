"""Something from elsewhere: a post, a map, a player."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import CharBlock, StructBlock, URLBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON


class EmbedBlock(StructBlock):
    """An address that frontends embed, if their readers allow it."""

    url = URLBlock(label=_("Address"))
    title = CharBlock(
        label=_("Title"), help_text=_("Read aloud by screen readers, and shown where it is not embedded.")
    )

    class Meta:
        icon = "media"
        label = _("External embed")


class EmbedJSON(BlockJSON):
    """An address to embed. No third party's HTML is passed on: frontends decide how, and ask for consent."""

    type: Literal["embed"] = "embed"
    url: str
    title: str = Field(description="Accessible name of the frame.")


def embed_to_json(value: Any, block_id: str, context: RenderContext) -> EmbedJSON:
    """The address and its name."""
    return EmbedJSON(id=block_id, url=value["url"], title=value["title"])
