"""Headers that let others keep an answer, and never longer than it is true."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date, parse_etags
from pydantic import BaseModel

# How long a shared cache keeps an answer (seconds) when nothing is scheduled: purges and ETags do the rest.
SHARED_SECONDS = 60
STALE_SECONDS = 300
# From when on a change that is overdue is held up (parked, or no worker), and no longer a matter of the next second.
LATE_SECONDS = 60


def etag_of(parts: Iterable[str]) -> str:
    """A strong entity tag for an answer made of these parts, in quotes (RFC 9110, 8.8.3)."""
    return '"' + hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest() + '"'


def cache_control(now: datetime, next_change: datetime | None, *, longest: int = SHARED_SECONDS + STALE_SECONDS) -> str:
    """`Cache-Control` of an anonymous read. Neither fresh nor stale may it be served after `next_change`.

    `longest`: seconds, when nothing is scheduled.
    """
    seconds = longest
    if next_change is not None:
        # Rounded down, less one second for clocks that differ. What has failed for a while may come any second.
        left = (next_change - now) // timedelta(seconds=1) - 1
        seconds = 1 if left < -LATE_SECONDS else max(0, min(seconds, left))
    fresh = min(SHARED_SECONDS, seconds)
    return f"public, max-age=0, s-maxage={fresh}, stale-while-revalidate={seconds - fresh}"


def matches(request: HttpRequest, etag: str) -> bool:
    """Whether `If-None-Match` names this tag (RFC 9110, 13.1.2: weak comparison)."""
    header = request.headers.get("If-None-Match", "")
    if not header:
        return False
    tags = parse_etags(header)
    return "*" in tags or etag in (tag.removeprefix("W/") for tag in tags)


class ReadResponse(HttpResponse):
    """The answer of an anonymous read."""

    # Nothing but published documents and the address went into it: `delivery.remembered` may keep it.
    is_of_documents_alone = False


def read_response(
    request: HttpRequest,
    write: Callable[[], bytes],
    *,
    kind: str,
    etag: str,
    control: str,
    tags: Iterable[str],
    locale: str = "",
    changed_at: datetime | None = None,
) -> ReadResponse:
    """The answer of an anonymous read; 304 when the caller has it already, and then nothing is written.

    `kind`: its media type. `locale`: the language of its words, if they are of one.
    """
    if matches(request, etag):
        response = ReadResponse(status=304)
        del response["Content-Type"]
    else:
        response = ReadResponse(write(), content_type=kind)
    response["ETag"] = etag
    response["Cache-Control"] = control
    response["Cache-Tag"] = ",".join(tags)
    if locale:
        response["Content-Language"] = locale
    if changed_at:
        response["Last-Modified"] = http_date(changed_at.timestamp())
    return response


def json_response(
    request: HttpRequest, body: bytes, *, etag: str, locale: str, control: str, tags: Iterable[str]
) -> ReadResponse:
    """The same for JSON that is there already."""
    return read_response(
        request, lambda: body, kind="application/json", etag=etag, locale=locale, control=control, tags=tags
    )


def model_response(
    request: HttpRequest,
    answer: BaseModel,
    *,
    locale: str,
    clock: tuple[datetime, datetime | None],
    tags: Iterable[str],
) -> HttpResponse:
    """The same for an answer that is not stored but put together. `clock`: the time, and the next change."""
    body = answer.model_dump_json()
    return json_response(
        request,
        body.encode(),
        etag=etag_of([body]),
        locale=locale,
        control=cache_control(*clock),
        tags=tags,
    )
