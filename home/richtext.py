"""Rich text as HTML for frontends: safe, and with links that lead where the reader can go."""

import re
from urllib.parse import urlsplit
from uuid import UUID

import nh3
from bs4 import BeautifulSoup, Tag
from wagtail.documents import get_document_model
from wagtail.models import Page

from delivery.context import RenderContext
from home.attachments import attachment_url

# What editors can do in running text; pictures and embeds are blocks of their own.
FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link", "superscript", "subscript"]
TAGS = {"p", "h2", "h3", "h4", "b", "strong", "i", "em", "ol", "ul", "li", "a", "br", "sup", "sub", "hr"}
SCHEMES = {"http", "https", "mailto", "tel"}


def rich_text_to_html(source: str, context: RenderContext) -> str:
    """Wagtail's stored rich text as HTML. A link to what is not published in this language becomes plain words."""
    return nh3.clean(
        _with_addresses(source, context) if source and "<a" in source else source or "",
        tags=TAGS,
        attributes={"a": {"href"}, "*": {"lang", "dir"}},
        url_schemes=SCHEMES,
        link_rel=None,
    )


def _with_addresses(source: str, context: RenderContext) -> str:
    soup = BeautifulSoup(source, "html.parser")
    for link in soup.find_all("a"):
        address = _address(link, context)
        if address is None:
            link.unwrap()
        else:
            link.attrs = {"href": address}
    return str(soup)


def plain_text(html: str) -> str:
    """HTML without its tags, white space folded."""
    return re.sub(r"\s+", " ", BeautifulSoup(html, "html.parser").get_text(" ")).strip()


def _address(link: Tag, context: RenderContext) -> str | None:
    kind = link.get("linktype")
    if kind == "page":
        return _page_address(str(link.get("id", "")), str(link.get("fragment") or ""), context)
    if kind == "document":
        attachment = get_document_model().objects.filter(pk=_number(link.get("id"))).first()
        if attachment is None:
            return None
        context.show(f"attachment:{attachment.pk}")
        return attachment_url(attachment)
    href = str(link.get("href") or "")
    return href if href.startswith("#") or urlsplit(href).scheme in SCHEMES else None


def _page_address(page_id: str, fragment: str, context: RenderContext) -> str | None:
    story_id = context.once(("story of page", page_id), lambda: _story_of_page(page_id))
    document = context.published(story_id) if story_id else None
    return context.url(document.path) + (f"#{fragment}" if fragment else "") if document else None


def _story_of_page(page_id: str) -> UUID | None:
    return Page.objects.filter(pk=_number(page_id)).values_list("translation_key", flat=True).first()


def _number(text: object) -> int:
    return int(str(text)) if str(text).isdecimal() else 0
