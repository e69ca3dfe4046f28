"""The body of a story: the list of its blocks, in the editor and in JSON."""

from collections.abc import Callable
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import StreamBlock, StreamValue

from delivery.context import RenderContext
from home.blocks.base import BlockJSON
from home.blocks.download import DownloadBlock, DownloadJSON, download_to_json
from home.blocks.embed import EmbedBlock, EmbedJSON, embed_to_json
from home.blocks.facts import FactsBlock, FactsJSON, facts_to_json
from home.blocks.image import (
    GalleryBlock,
    GalleryJSON,
    ImageBlock,
    ImageBlockJSON,
    gallery_to_json,
    image_block_to_json,
)
from home.blocks.links import LinksBlock, LinksJSON, links_to_json
from home.blocks.quote import QuoteBlock, QuoteJSON, quote_to_json
from home.blocks.text import TextBlock, TextJSON, text_to_json
from home.blocks.video import VideoBlock, VideoBlockJSON, video_to_json


class BodyBlock(StreamBlock):
    """What a body can be made of."""

    text = TextBlock()
    quote = QuoteBlock()
    image = ImageBlock()
    gallery = GalleryBlock()
    video = VideoBlock()
    embed = EmbedBlock()
    download = DownloadBlock()
    links = LinksBlock()
    facts = FactsBlock()

    class Meta:
        label = _("Body")


BodyJSON = Annotated[
    TextJSON
    | QuoteJSON
    | ImageBlockJSON
    | GalleryJSON
    | VideoBlockJSON
    | EmbedJSON
    | DownloadJSON
    | LinksJSON
    | FactsJSON,
    Field(discriminator="type"),
]

_to_json: dict[str, Callable[[Any, str, RenderContext], BlockJSON | None]] = {
    "text": text_to_json,
    "quote": quote_to_json,
    "image": image_block_to_json,
    "gallery": gallery_to_json,
    "video": video_to_json,
    "embed": embed_to_json,
    "download": download_to_json,
    "links": links_to_json,
    "facts": facts_to_json,
}


def body_to_json(body: StreamValue, context: RenderContext) -> list[Any]:
    """The blocks of a body in order; one whose subject is gone is left out."""
    blocks = (_to_json[block.block_type](block.value, str(block.id or ""), context) for block in body)
    return [block for block in blocks if block is not None]
