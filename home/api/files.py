"""`/files/images/…` and `/files/attachments/…`: pictures and attachments of published documents."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from delivery.files import stream_stored, who_may_read
from home.pictures import FORMATS, WIDTHS, image_version


def image_file(request: HttpRequest, image_id: int, version: str, width: int, kind: str) -> HttpResponseBase:
    """A size of a picture, made when it is first asked for: only sizes that `home.pictures` gives addresses of."""
    reader = who_may_read(request, f"image:{image_id}")
    image = get_object_or_404(get_image_model(), pk=image_id)
    allowed = {size for size in WIDTHS if size < image.width} | {min(image.width, WIDTHS[-1])}
    if kind not in FORMATS or width not in allowed or version != image_version(image):
        raise Http404
    rendition = image.get_rendition(f"width-{width}|format-{kind}")
    return stream_stored(request, rendition.file.storage, rendition.file.name, reader)


def attachment_file(request: HttpRequest, attachment_id: int, filename: str) -> HttpResponseBase:
    """An attachment, as a download."""
    reader = who_may_read(request, f"attachment:{attachment_id}")
    attachment = get_object_or_404(get_document_model(), pk=attachment_id)
    if filename != attachment.filename:
        raise Http404
    response = stream_stored(request, attachment.file.storage, attachment.file.name, reader)
    response["Content-Disposition"] = f'attachment; filename="{attachment.filename}"'
    return response
