"""What a published document says: its JSON, and the captions of a video, as text to be found.

Languages are never mixed: of a video, captions and transcripts in the document's language alone.
"""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.models import DocumentRow
from search.words import tidy
from videos.errors import BadWebVTT
from videos.models import Caption
from videos.webvtt import read_webvtt

END_OF_BLOCK = re.compile(r"</(?:p|li|h[1-6]|blockquote|td|th|tr|div)>|<br\s*/?>|<hr\s*/?>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
END_OF_SENTENCE = re.compile(r"(?<=[.!?…»])\s+")
# Letters of a passage, about: what an excerpt is taken from.
LONG = 400
# Letters that are indexed of one document: PostgreSQL's vectors end at a megabyte.
MOST = 200_000
# What a document says of a video whose captions it shows.
SHOWN = "captions:"


@dataclass(frozen=True)
class Passage:
    """A piece of text; `moment`: milliseconds from the video's beginning, where it is said or seen.

    `goes_on`: it goes on with the text of the one before, so that a phrase may stand in both.
    """

    text: str
    moment: int | None = None
    goes_on: bool = False


@dataclass(frozen=True)
class Contents:
    """What a document is found by, what weighs most first."""

    title: str
    summary: str
    names: list[str] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)


def contents_of(document: DocumentRow, captions: Iterable[Caption] = ()) -> Contents:
    """What a document (with its body) says. `captions`: of its video, in its language."""
    body = json.loads(bytes(document.body))
    summary = tidy(body.get("summary", ""))
    passages = [Passage(summary), *_of_body(body), *_of_video(body, captions)]
    return Contents(
        title=tidy(body["title"]),
        summary=summary,
        names=[tidy(name) for name in _names(body)],
        passages=list(_shortened(one for one in passages if one.text)),
    )


def captions_of(documents: Sequence[DocumentRow]) -> dict[int, list[Caption]]:
    """Captions that documents show in their own language, by the document's key: one query for all."""
    videos = {
        document.pk: {int(key.removeprefix(SHOWN)) for key in document.shows if key.startswith(SHOWN)}
        for document in documents
    }
    shown = set[int]().union(*videos.values())
    captions = list(Caption.objects.filter(video_id__in=shown, kind=Caption.Kind.CAPTION)) if shown else []
    return {
        document.pk: [
            one
            for one in captions
            if one.video_id in videos[document.pk] and one.language.split("-")[0].lower() == document.locale
        ]
        for document in documents
    }


def _names(body: dict[str, Any]) -> Iterator[str]:
    for topic in body.get("topics", ()):
        yield topic["name"]
    for tag in body.get("tags", ()):
        yield tag.replace("-", " ")
    yield from body.get("people", ())
    yield from body.get("sources", ())
    yield from body.get("credits", ())
    yield body.get("location", "")
    yield (body.get("dateline") or {}).get("place", "")
    yield (body.get("event") or {}).get("place", "")


def _of_body(body: dict[str, Any]) -> Iterator[Passage]:
    yield from _of_html(body.get("description", ""))
    for block in body.get("body", ()):
        yield from BLOCKS.get(block["type"], _nothing)(block)
    for correction in body.get("corrections", ()):
        yield Passage(tidy(correction["note"]))


def _of_html(source: str) -> Iterator[Passage]:
    for part in END_OF_BLOCK.split(source):
        yield Passage(tidy(html.unescape(TAG.sub("", part))))


def _nothing(_block: dict[str, Any]) -> Iterator[Passage]:
    return iter(())


def _of_picture(block: dict[str, Any]) -> Iterator[Passage]:
    for image in [block.get("image"), *block.get("images", ())]:
        if image:
            yield Passage(tidy(image["caption"] or image["alt"]))


def _of_gallery(block: dict[str, Any]) -> Iterator[Passage]:
    yield Passage(tidy(block["title"]))
    yield from _of_picture(block)


def _of_quote(block: dict[str, Any]) -> Iterator[Passage]:
    said_by = ", ".join(part for part in (block["speaker"], block["role"]) if part)
    yield Passage(tidy(f"{block['text']} – {said_by}" if said_by else block["text"]))


def _of_facts(block: dict[str, Any]) -> Iterator[Passage]:
    yield Passage(tidy(block["title"]))
    for item in block["items"]:
        yield Passage(tidy(item))


# What other stories say (links, videos in the text) is found there.
BLOCKS: dict[str, Callable[[dict[str, Any]], Iterator[Passage]]] = {
    "text": lambda block: _of_html(block["html"]),
    "quote": _of_quote,
    "image": _of_picture,
    "gallery": _of_gallery,
    "video": lambda block: iter([Passage(tidy(block["caption"]))]),
    "embed": lambda block: iter([Passage(tidy(block["title"]))]),
    "download": lambda block: iter([Passage(tidy(block["label"]))]),
    "facts": _of_facts,
}


def _of_video(body: dict[str, Any], captions: Iterable[Caption]) -> Iterator[Passage]:
    for shot in body.get("shots", ()):
        yield Passage(tidy(shot["text"]), round(shot["start"] * 1000))
    for caption in captions:
        try:
            cues = read_webvtt(caption.text)
        except BadWebVTT:
            cues = []  # an import may store what no player shows
        for number, cue in enumerate(cues):
            yield Passage(tidy(html.unescape(TAG.sub(" ", cue.text))), cue.start, goes_on=number > 0)
    for transcript in body.get("transcripts", ()):
        if transcript["language"].split("-")[0].lower() == body["locale"]:
            yield Passage(tidy(transcript["text"]))


def _shortened(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Long ones in pieces, between sentences; and no more than can be indexed."""
    left = MOST
    for passage in passages:
        piece, goes_on = "", passage.goes_on
        for sentence in END_OF_SENTENCE.split(passage.text):
            if piece and len(piece) + len(sentence) > LONG:
                yield Passage(piece, passage.moment, goes_on)
                piece, goes_on = "", True
            piece = f"{piece} {sentence}".strip()
            left -= len(sentence)
            if left < 0:
                return
        if piece:
            yield Passage(piece, passage.moment, goes_on)
