"""A video of ours inside a story. Names the video by its page: this room knows no videos."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import CharBlock, PageChooserBlock, StructBlock

from delivery.context import RenderContext
from home.blocks.base import BlockJSON
from home.cards import LinkedStory, linked_story


class VideoBlock(StructBlock):
    """A published video of ours."""

    video = PageChooserBlock(label=_("Video"), page_type="videos.VideoPage")
    caption = CharBlock(label=_("Caption"), required=False)

    class Meta:
        icon = "media"
        label = _("Video")


class VideoBlockJSON(BlockJSON):
    """A video of ours."""

    type: Literal["video"] = "video"
    video: LinkedStory | None = Field(description="Null while it is not published in this language.")
    caption: str


def video_to_json(value: Any, block_id: str, context: RenderContext) -> VideoBlockJSON:
    """The video, if the reader may see it."""
    page = value["video"]
    return VideoBlockJSON(
        id=block_id,
        video=linked_story(page.translation_key, context) if page else None,
        caption=value["caption"],
    )
