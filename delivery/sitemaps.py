"""`/sitemap.xml`: every published document with its other languages; in parts once there are many.

https://www.sitemaps.org/protocol.html; `xhtml:link` is Google's way to name other languages. Django's own sitemaps
take their host from the request and know neither entity tags nor documents in several languages.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Count, Max
from django.db.models.functions import Cast, Left
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.utils.xmlutils import SimplerXMLGenerator
from ninja import Router

from delivery.context import frontend_root
from delivery.errors import NotPublished
from delivery.feeds import LogEnd, element, feed_response, log_end
from delivery.models import PublishedDocument
from delivery.parameters import DEFAULT_LOCALE, refuse_parameters
from delivery.registry import all_renderers

KIND = "application/xml"
# The protocol allows 50,000 addresses and 50 MB a file; with every language named, this many take about 6 MB.
PART_LENGTH = 10_000
PROTOCOL_LENGTH = 50_000
# A part is named by how the ids of its stories begin: so all languages of a story are in one part, and stay there.
PART_FORM = re.compile("[0-9a-f]{1,3}")
SITEMAP = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}
XHTML = {"xmlns:xhtml": "http://www.w3.org/1999/xhtml"}

router = Router()


@router.get("sitemap.xml")
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every address, or where the parts of the list are."""
    refuse_parameters(request)

    def write() -> bytes:
        parts = _parts()
        return _index(parts) if len(parts) > 1 else _urls("")

    return _response(request, write, log_end())


@router.get("sitemap-{str:part}.xml")
def sitemap_part(request: HttpRequest, part: str) -> HttpResponse:
    """Addresses of the stories whose ids begin with `part`."""
    refuse_parameters(request)
    if not PART_FORM.fullmatch(part):
        raise NotPublished
    return _response(request, lambda: _urls(part), log_end())


def urlset(
    documents: Iterable[PublishedDocument],
    describe: Callable[[SimplerXMLGenerator, PublishedDocument], None],
    namespaces: dict[str, str] | None = None,
) -> bytes:
    """A sitemap of documents, each with its languages among them. `describe` writes what stands behind the address."""
    root = frontend_root()
    stories: dict[UUID, list[PublishedDocument]] = {}
    for document in documents:
        stories.setdefault(document.story_id, []).append(document)
    out, xml = _file()
    with element(xml, "urlset", SITEMAP | XHTML | (namespaces or {})):
        for languages in stories.values():
            urls = {one.locale: iri_to_uri(root + one.path) for one in languages}
            links = urls | {"x-default": urls.get(DEFAULT_LOCALE) or next(iter(urls.values()))}
            for document in languages:
                with element(xml, "url"):
                    xml.addQuickElement("loc", urls[document.locale])
                    describe(xml, document)
                    for locale, url in links.items():
                        xml.addQuickElement("xhtml:link", None, {"rel": "alternate", "hreflang": locale, "href": url})
    return out.getvalue()


def w3c_moment(moment: datetime) -> str:
    """A moment as sitemaps have it (https://www.w3.org/TR/NOTE-datetime), in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _response(request: HttpRequest, write: Callable[[], bytes], end: LogEnd) -> HttpResponse:
    collections = sorted({renderer.collection for renderer in all_renderers()})
    return feed_response(request, write, end, kind=KIND, tags=["sitemap", *collections])


def _file() -> tuple[BytesIO, SimplerXMLGenerator]:
    out = BytesIO()
    xml = SimplerXMLGenerator(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    return out, xml


def _parts() -> dict[str, datetime]:
    """Names of the parts, with when each last changed; one part, without a name, where all fit into it."""
    beginning = Left(Cast("story_id", CharField()), 3)
    groups = list(
        PublishedDocument.objects.annotate(part=beginning)
        .values_list("part")
        .annotate(length=Count("pk"), updated_at=Max("updated_at"))
    )
    for digits in range(4):
        lengths: Counter[str] = Counter()
        changed: dict[str, datetime] = {}
        for part, length, updated_at in groups:
            name = part[:digits]
            lengths[name] += length
            changed[name] = max(updated_at, changed.get(name, updated_at))
        if max(lengths.values(), default=0) <= PART_LENGTH:
            break
    return changed


def _index(parts: dict[str, datetime]) -> bytes:
    out, xml = _file()
    with element(xml, "sitemapindex", SITEMAP):
        for part, changed in sorted(parts.items()):
            with element(xml, "sitemap"):
                xml.addQuickElement("loc", f"{settings.BASE_URL}/sitemap-{part}.xml")
                xml.addQuickElement("lastmod", w3c_moment(changed))
    return out.getvalue()


def _urls(part: str) -> bytes:
    """Raises NotPublished where there are none: the protocol knows no empty file."""
    first, last = UUID(part.ljust(32, "0")), UUID(part.ljust(32, "f"))
    documents = PublishedDocument.objects.filter(story_id__gte=first, story_id__lte=last).order_by("story_id", "locale")
    found = list(documents.only("story_id", "locale", "path", "updated_at")[:PROTOCOL_LENGTH])
    if not found:
        raise NotPublished
    return urlset(found, lambda xml, document: xml.addQuickElement("lastmod", w3c_moment(document.updated_at)))
