"""What feeds and sitemaps share: documents alone, and answers that caches keep as they keep the API's.

The entity tag names the end of the log, and the log tells everything that is public: so a tag is known before any
document is read.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.db.models import Subquery
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.xmlutils import SimplerXMLGenerator

from delivery.caching import cache_control, etag_of, read_response
from delivery.errors import NotPublished
from delivery.models import Change, LogHead, PublishedDocument
from delivery.parameters import Parameters, TopicFilter
from delivery.reading import next_changes
from delivery.registry import filter_terms

Json = dict[str, Any]

# Stories a feed.
LENGTH = 50
# Part of every tag: raise it when the same documents are written in another way.
FORM = 1
# https://www.w3.org/TR/xml/#charsets
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class FeedParameters(Parameters):
    """Which stories."""

    topic: TopicFilter = []


@dataclass(frozen=True)
class LogEnd:
    """Where the log ends, and the clock. `at`: of the last change; `next_change`: the next that the clock makes."""

    name: str
    at: datetime
    now: datetime
    next_change: datetime | None


def log_end() -> LogEnd:
    """The end of the log: one query. Raises NotPublished where nothing ever was published.

    Ask for it before documents: what is published between the two makes the tag older than the content, and the next
    request notices; the other way round nobody ever would.
    """
    last = Change.objects.order_by("-sequence").values("at")[:1]
    head = LogHead.objects.annotate(at=Subquery(last), now=Now(), next_change=Subquery(next_changes()))
    row = head.values_list("epoch", "sequence", "at", "now", "next_change").first()
    if row is None:
        raise NotPublished
    epoch, sequence, at, now, next_change = row
    # With its moment: after a restore from a backup numbers are used again.
    return LogEnd(f"{epoch.hex}.{sequence}.{at}", at or now, now, next_change)


def feed_url(locale: str, name: str, topics: Iterable[str] = ()) -> str:
    """Absolute address of a feed, whatever name this server was called by."""
    query = urlencode([("topic", topic) for topic in topics])
    return f"{settings.BASE_URL}/feeds/{locale}/{name}" + (f"?{query}" if query else "")


def newest(collection: str, locale: str, topics: Iterable[str]) -> list[Json]:
    """The newest documents of a collection in one language, whole, fit for XML. `topics`: about any of them."""
    documents = PublishedDocument.objects.filter(collection=collection, locale=locale)
    if terms := filter_terms("topic", list(topics)):
        documents = documents.filter(terms__overlap=terms)
    bodies = documents.order_by("-published_at", "-story_id").values_list("body", flat=True)
    return [for_xml(json.loads(bytes(body))) for body in bodies[:LENGTH]]


def for_xml(value: Any) -> Any:
    """The same value without the characters that XML 1.0 has no way to write."""
    if isinstance(value, str):
        return NOT_IN_XML.sub("", value)
    if isinstance(value, list):
        return [for_xml(part) for part in value]
    if isinstance(value, dict):
        return {name: for_xml(part) for name, part in value.items()}
    return value


@contextmanager
def element(xml: SimplerXMLGenerator, name: str, attributes: dict[str, str] | None = None) -> Iterator[None]:
    """An element around what is written meanwhile."""
    xml.startElement(name, AttributesImpl(attributes or {}))
    yield
    xml.endElement(name)


def feed_response(
    request: HttpRequest,
    write: Callable[[], bytes],
    end: LogEnd,
    *,
    kind: str,
    tags: Iterable[str],
    locale: str = "",
    words: Iterable[str] = (),
) -> HttpResponse:
    """A feed or a sitemap, as the API answers. `words`: what it shows beside documents, or by which it chose them."""
    return read_response(
        request,
        write,
        kind=kind,
        etag=etag_of([str(FORM), end.name, *words]),
        control=cache_control(end.now, end.next_change),
        tags=tags,
        locale=locale,
        changed_at=end.at,
    )
