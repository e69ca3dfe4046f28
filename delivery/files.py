"""Files of published documents. A file is public while a document shows it, and not a moment longer."""

import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.db.models import Subquery
from django.db.models.functions import Now
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header

from delivery.caching import etag_of, matches
from delivery.models import NextChange, PublishedDocument
from delivery.previews import draft_shows

CHUNK_BYTES = 256 * 1024
# How long browsers and caches may keep a file (seconds): a withdrawn one is gone from them after this at the latest.
SHARED_SECONDS = 60
# How long an address in a bucket can be fetched (seconds).
SIGNED_SECONDS = 60


@dataclass(frozen=True)
class Reader:
    """Somebody who may read a file: the public, or one who looks at what is not published (an editor, or who was
    given a link to a draft): for that no cache may keep it. `seconds`: how long the public may.
    """

    is_public: bool
    seconds: int = 0


def who_may_read(request: HttpRequest, *keys: str) -> Reader:
    """The right to read a file known by `keys` (`image:12`, …). Raises Http404 where there is none."""
    # Only changes that come soon matter: few, though a picture may be in thousands of documents.
    soon = NextChange.objects.filter(at__lt=Now() + timedelta(seconds=SHARED_SECONDS + 2)).order_by("at")
    changes = soon.filter(story__documents__shows__overlap=list(keys)).values("at")[:1]
    shown = PublishedDocument.objects.filter(shows__overlap=list(keys)).values_list(Now(), Subquery(changes))[:1]
    if shown:
        return Reader(is_public=True, seconds=_seconds(*shown[0]))
    user = getattr(request, "user", None)
    if user is not None and user.is_active and user.has_perm("wagtailadmin.access_admin"):
        return Reader(is_public=False)
    if draft_shows(request.GET.get("preview", ""), keys):
        return Reader(is_public=False)
    raise Http404


def _seconds(now: datetime, next_change: datetime | None) -> int:
    """How long a file may be kept: never past the next change of a document that shows it."""
    if next_change is None:
        return SHARED_SECONDS
    # Rounded down, less one second for clocks that differ.
    return max(0, min(SHARED_SECONDS, (next_change - now) // timedelta(seconds=1) - 1))


def text_response(request: HttpRequest, text: str, kind: str, reader: Reader) -> HttpResponseBase:
    """A file that is kept as text in the database."""
    etag = etag_of([text])
    response = _not_modified() if matches(request, etag) else HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    return _with_headers(response, reader, etag)


def _not_modified() -> HttpResponse:
    response = HttpResponse(status=304)
    del response["Content-Type"]
    return response


def _with_headers(response: HttpResponseBase, reader: Reader, etag: str) -> HttpResponseBase:
    """Say what it is called, who may keep it, and for how long; and that it runs nothing."""
    response["ETag"] = etag
    response["Cache-Control"] = (
        f"public, max-age={reader.seconds}, s-maxage={reader.seconds}" if reader.is_public else "private, no-store"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    if reader.is_public:
        response["Access-Control-Allow-Origin"] = "*"
    return response


def stream_stored(
    request: HttpRequest, storage: Storage, name: str, reader: Reader, *, download_name: str = ""
) -> HttpResponseBase:
    """A stored file: streamed from the file system, with ranges (RFC 9110, 14); from a bucket by a signed redirect.

    `download_name`: what it is saved as, instead of being shown.
    """
    if not isinstance(storage, FileSystemStorage):
        disposition = content_disposition_header(True, download_name) if download_name else None
        parameters = {"ResponseContentDisposition": disposition} if disposition else {}
        response = HttpResponseRedirect(_signed_url(storage, name, parameters))
        response["Cache-Control"] = "private, no-store"
        return response
    if not storage.exists(name) or Path(storage.path(name)).is_dir():
        raise Http404
    size = storage.size(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = etag_of([name, str(size), storage.get_modified_time(name).isoformat()])
    content = Sized(size, kind, etag, partial(_chunks, storage, name))
    return stream_sized(request, content, reader, download_name=download_name)


@dataclass(frozen=True)
class Sized:
    """Bytes whose number is known before they are there. `chunks`: those from one place to before another."""

    size: int
    kind: str
    etag: str
    chunks: Callable[[int, int], Iterator[bytes]]


def stream_sized(request: HttpRequest, content: Sized, reader: Reader, *, download_name: str = "") -> HttpResponseBase:
    """Such bytes, also a part of them (RFC 9110, 14). `download_name`: what they are saved as."""
    size, kind, etag = content.size, content.kind, content.etag
    span = _range(_wanted_range(request, etag), size)
    if matches(request, etag):
        response: HttpResponseBase = _not_modified()
    elif request.method == "HEAD":
        response = HttpResponse(content_type=kind, headers={"Content-Length": str(size)})
    elif span is None:
        response = StreamingHttpResponse(content.chunks(0, size), content_type=kind)
        response["Content-Length"] = str(size)
    elif span[0] >= span[1]:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
    else:
        start, end = span
        response = StreamingHttpResponse(content.chunks(start, end), status=206, content_type=kind)
        response["Content-Length"] = str(end - start)
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    if download_name:
        response["Content-Disposition"] = content_disposition_header(True, download_name) or ""
    return _with_headers(response, reader, etag)


def _signed_url(storage: Any, name: str, parameters: dict[str, str]) -> str:
    """An address in the bucket for this one fetch: the right to read was asked for just now, and may end."""
    return str(storage.url(name, parameters=parameters, expire=SIGNED_SECONDS))


def _wanted_range(request: HttpRequest, etag: str) -> str:
    """`Range`, unless it goes on with another file than this one (`If-Range`). Only `GET` knows ranges."""
    if request.method != "GET" or request.headers.get("If-Range", etag).strip() != etag:
        return ""
    return request.headers.get("Range", "")


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, of a single range; None for no range, or one to be passed over."""
    # No file has a size of more digits, and Python reads no number of thousands of them.
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _chunks(storage: Storage, name: str, start: int, end: int) -> Iterator[bytes]:
    with storage.open(name) as file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
