"""One picture, and a gallery of them."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import BooleanBlock, CharBlock, ListBlock, StructBlock
from wagtail.images.blocks import ImageChooserBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON
from home.pictures import ImageJSON, image_to_json


class ImageBlock(StructBlock):
    """A picture in the text."""

    image = ImageChooserBlock(label=_("Image"))
    alt_text = CharBlock(
        label=_("Alternative text"),
        required=False,
        help_text=_("Empty: the one from the library, in this language."),
    )
    decorative = BooleanBlock(
        label=_("Decorative"),
        required=False,
        help_text=_("It tells nothing that the text does not: no alternative text."),
    )
    caption = CharBlock(label=_("Caption"), required=False, help_text=_("Empty: the library's."))

    class Meta:
        icon = "image"
        label = _("Image")


class GalleryBlock(StructBlock):
    """Several pictures that belong together."""

    title = CharBlock(label=_("Title"), required=False)
    images = ListBlock(ImageBlock(), min_num=2, label=_("Images"))

    class Meta:
        icon = "image"
        label = _("Gallery")


class ImageBlockJSON(BlockJSON):
    """A picture in the text."""

    type: Literal["image"] = "image"
    image: ImageJSON | None = Field(description="Null when its rights have ended.")


class GalleryJSON(BlockJSON):
    """Several pictures that belong together."""

    type: Literal["gallery"] = "gallery"
    title: str
    images: list[ImageJSON]


def image_block_to_json(value: Any, block_id: str, context: RenderContext) -> ImageBlockJSON:
    """The picture, with the block's words before the library's."""
    return ImageBlockJSON(id=block_id, image=_picture(value, context))


def gallery_to_json(value: Any, block_id: str, context: RenderContext) -> GalleryJSON:
    """Those pictures of a gallery that may still be shown."""
    pictures = [_picture(item, context) for item in value["images"]]
    return GalleryJSON(id=block_id, title=value["title"], images=[picture for picture in pictures if picture])


def _picture(value: Any, context: RenderContext) -> ImageJSON | None:
    return image_to_json(
        value["image"],
        context,
        alt="" if value["decorative"] else value["alt_text"] or None,
        caption=value["caption"],
    )
