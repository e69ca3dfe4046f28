"""Files of published documents. A file is public while a document shows it, and not a moment longer."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import FileSystemStorage, Storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)

from delivery.models import PublishedDocument
from delivery.previews import draft_shows

CHUNK_BYTES = 256 * 1024
# How long others may keep a file (seconds): a withdrawn one is gone from caches after this at the latest.
SHARED_SECONDS = 60


@dataclass(frozen=True)
class Reader:
    """Somebody who may read a file: the public, or one who looks at what is not published (an editor, or who was
    given a link to a draft): for that no cache may keep it.
    """

    is_public: bool


def who_may_read(request: HttpRequest, *keys: str) -> Reader:
    """The right to read a file known by `keys` (`image:12`, …). Raises Http404 where there is none."""
    if PublishedDocument.objects.filter(shows__overlap=list(keys)).exists():
        return Reader(is_public=True)
    user = getattr(request, "user", None)
    if user is not None and user.is_active and user.has_perm("wagtailadmin.access_admin"):
        return Reader(is_public=False)
    if draft_shows(request.GET.get("preview", ""), keys):
        return Reader(is_public=False)
    raise Http404


def public_headers(response: HttpResponseBase, reader: Reader) -> HttpResponseBase:
    """Say who may keep the file, and for how long; and that it runs nothing."""
    response["Cache-Control"] = (
        f"public, max-age=0, s-maxage={SHARED_SECONDS}" if reader.is_public else "private, no-store"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    if reader.is_public:
        response["Access-Control-Allow-Origin"] = "*"
    return response


def stream_stored(request: HttpRequest, storage: Storage, name: str, reader: Reader) -> HttpResponseBase:
    """A stored file: streamed from the file system, with ranges (RFC 9110, 14); from a bucket by a signed redirect."""
    if not isinstance(storage, FileSystemStorage):
        response: HttpResponseBase = HttpResponseRedirect(storage.url(name))
        response["Cache-Control"] = "private, no-store"
        return response
    if not storage.exists(name):
        raise Http404
    size = storage.size(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    span = _range(request.headers.get("Range", ""), size)
    if span is None:
        response = FileResponse(storage.open(name), content_type=kind)
        response["Content-Length"] = str(size)
    elif span[0] >= span[1]:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
    else:
        start, end = span
        response = StreamingHttpResponse(_chunks(storage, name, start, end), status=206, content_type=kind)
        response["Content-Length"] = str(end - start)
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    return public_headers(response, reader)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, of a single range; None for no range, or one to be passed over."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _chunks(storage: Storage, name: str, start: int, end: int) -> Iterator[bytes]:
    with storage.open(name) as file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
