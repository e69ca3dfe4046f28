"""Bodies as the writers wrote them → Wagtail's stream of blocks, with links, pictures and videos resolved."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from wagtail.models import Page

from cms.demo.library import image_id
from cms.demo.pieces import BadContent, Piece, demo_id

Block = dict[str, Any]

LINK = re.compile(r'<a story="([^"]+)">')
# White space of the file's layout; never the narrow and wide no-break spaces, which are French.
LAYOUT = re.compile(r"[ \t\r\n]+")
AROUND_BLOCKS = re.compile(r" ?(</?(?:p|h2|h3|ul|ol|li)>) ?")


def story_page(key: str, language: str, piece: Piece, folders: tuple[str, ...] = ("news", "videos")) -> int:
    """The page of a story in this language, or its original. Raises BadContent where there is no such story."""
    ids: list[UUID] = [demo_id(folder, key) for folder in folders]
    rows = Page.objects.filter(translation_key__in=ids).values_list("locale__language_code", "pk").order_by("pk")
    pages = dict(rows)
    if not pages:
        raise BadContent(f"{piece}: there is no story `{key}`")
    return int(pages.get(language) or next(iter(pages.values())))


def rich_text(html: str, language: str, piece: Piece) -> str:
    """HTML of the content as Wagtail stores it: `<a story="…">` names a page."""

    def link(match: re.Match[str]) -> str:
        return f'<a linktype="page" id="{story_page(match[1], language, piece)}">'

    return AROUND_BLOCKS.sub(r"\1", LAYOUT.sub(" ", LINK.sub(link, html))).strip()


def body(piece: Piece, language: str, links_to: str) -> list[Block]:
    """The blocks of a body, with ids that are the same in all languages.

    `links_to`: the language whose pages links name, where there are any. wagtail-localize keeps the original's links
    in a translation; readers are led to their own language either way.
    """
    blocks = []
    for number, (kind, fields) in enumerate(_merged(piece, piece.words(language).get("body", []))):
        value = _value(kind, fields, piece, links_to, number)
        blocks.append({"type": kind, "value": value, "id": piece.id_of("body", number)})
    return blocks


def _merged(piece: Piece, blocks: list[Block]) -> Iterator[tuple[str, Any]]:
    """The blocks; in a photo story, pictures that follow one another are one gallery."""
    for kind, group in groupby(blocks, key=lambda block: block["type"]):
        run = list(group)
        if kind == "image" and piece.get("kind") == "photo_story" and len(run) > 1:
            yield "gallery", {"images": run}
        else:
            yield from ((kind, block) for block in run)


def _value(kind: str, fields: Block, piece: Piece, links_to: str, number: int) -> Any:
    match kind:
        case "text":
            return rich_text(fields["html"], links_to, piece)
        case "quote":
            return {name: fields.get(name, "") for name in ("text", "speaker", "role")}
        case "image":
            return _image(fields, piece)
        case "gallery":
            images = [_image(image, piece) for image in fields["images"]]
            return {"title": fields.get("title", ""), "images": _items(images, piece, number)}
        case "video":
            page = story_page(fields["video"], links_to, piece, ("videos",))
            return {"video": page, "caption": fields.get("caption", "")}
        case "facts":
            return {"title": fields["title"], "items": _items(fields["items"], piece, number)}
        case "links":
            links = [_link(link, piece, links_to) for link in fields["links"]]
            return {"title": fields.get("title", ""), "links": _items(links, piece, number)}
        case "embed":
            return {"url": fields["url"], "title": fields["title"]}
    raise BadContent(f"{piece}: nobody knows blocks of type `{kind}`")


def _image(fields: Block, piece: Piece) -> Block:
    image = image_id(fields["picture"], piece)
    return {
        "image": image,
        "alt_text": fields.get("alt", ""),
        "decorative": False,
        "caption": fields.get("caption", ""),
    }


def _link(fields: Block, piece: Piece, links_to: str) -> Block:
    page = story_page(fields["story"], links_to, piece) if "story" in fields else None
    return {"page": page, "url": fields.get("url", ""), "label": fields.get("label", "")}


def _items(values: list[Any], piece: Piece, number: int) -> list[Block]:
    """Values of a list block, each with an id."""
    return [
        {"type": "item", "value": value, "id": piece.id_of("body", number, item)} for item, value in enumerate(values)
    ]
