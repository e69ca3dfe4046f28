"""A file to download."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field
from wagtail.blocks import CharBlock, StructBlock
from wagtail.documents.blocks import DocumentChooserBlock

from delivery.context import RenderContext
from home.attachments import attachment_url
from home.blocks.base import BlockJSON


class DownloadBlock(StructBlock):
    """An attachment from the library."""

    attachment = DocumentChooserBlock(label=_("Attachment"))
    label = CharBlock(label=_("Label"), required=False, help_text=_("Empty: the attachment's title."))

    class Meta:
        icon = "download"
        label = _("Download")


class DownloadJSON(BlockJSON):
    """A file to download."""

    type: Literal["download"] = "download"
    label: str
    url: str = Field(description="Absolute address of the file.")
    filename: str
    size_bytes: int | None
    language: str = Field(description="Language of the file; empty if it was not said.")


def download_to_json(value: Any, block_id: str, context: RenderContext) -> DownloadJSON | None:
    """The file's address; nothing when it was deleted."""
    attachment = value["attachment"]
    if attachment is None:
        return None
    context.show(f"attachment:{attachment.pk}")
    return DownloadJSON(
        id=block_id,
        label=value["label"] or attachment.title,
        url=attachment_url(attachment),
        filename=attachment.filename,
        size_bytes=attachment.file_size,
        language=attachment.language,
    )
