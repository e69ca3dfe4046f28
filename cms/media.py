"""Stored files under their own names: for editors only, whatever is published. Readers use `/files/…`."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponseBase

from delivery.files import Reader, stream_stored


def editors_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """An uploaded file or one of Wagtail's own sizes of it, for the admin's pages."""
    user = request.user
    if not (user.is_active and user.has_perm("wagtailadmin.access_admin")) or ".." in name:
        raise Http404
    return stream_stored(request, default_storage, name, Reader(is_public=False))
