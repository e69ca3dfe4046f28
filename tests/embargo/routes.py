"""Every route of the server that readers reach, found in the API's description and in the URLconf, and how to ask it.

A route or a parameter that nobody has decided about fails the tests: `Undecided`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.urls import URLPattern, URLResolver, get_resolver

from cms.api import api, feeds
from delivery.cursors import encode_cursor
from home.pictures import FORMATS, image_version
from tests.embargo.subjects import COLLECTIONS, DATE, Subject
from videos.clips.links import link_to_rendition
from videos.clips.sources import Published

# Routes that name no story, each with its reason.
SILENT = {
    "healthz": "says whether services answer",
    "hooks/mailchimp/<str:secret>/": "listens, and says nothing",
    "api/v1/openapi.json": "is the same for every newsroom",
    "api/v1/docs": "is the same for every newsroom",
    "_allauth/openapi.json": "is the same for every newsroom",
    "_allauth/openapi.yaml": "is the same for every newsroom",
    "_allauth/docs": "is the same for every newsroom",
    "api/v1/": "leads to nothing",
    "": "leads to nothing",
}

# What nobody asks by GET.
POSTED = {
    "api/v1/videos/*/clips",
    "api/v1/account/tokens/*",
    "api/v1/newsletter/subscriptions",
    "api/v1/newsletter/subscriptions/confirm",
    "api/v1/newsletter/subscriptions/unsubscribe",
}

# Nothing below is asked: what only editors may enter, who may see drafts; what knows people, and no story.
CLOSED = {"admin/", "_allauth/"}


class Undecided(AssertionError):
    """A route or a parameter is new: say in `tests/embargo/routes.py` what it could give away, and how to ask."""


@dataclass(frozen=True)
class Probe:
    """One request. `by_id`: it names a story by its id, which another language of it may answer.

    `is_main`: everybody asks it; all others only who is anonymous.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    by_id: bool = False
    is_main: bool = False

    def __str__(self) -> str:
        return " ".join([self.method, self.url, *(f"{name}: {value}" for name, value in self.headers)])


@dataclass(frozen=True)
class Route:
    """An address with gaps. `parameters`: of the query, as OpenAPI has them."""

    template: str
    is_api: bool
    parameters: tuple[Any, ...] = field(default=(), hash=False, compare=False)

    def __str__(self) -> str:
        return self.template


# What names a hidden page, by parameter; true: by its id.
NAMING: dict[str, Callable[[Subject], list[tuple[str, bool]]]] = {
    "key": lambda one: [
        (one.story_id, True),
        (one.slug, False),
        (one.story_id.upper(), True),
        (one.slug.upper(), False),
    ],
    "video_id": lambda one: [(one.story_id, True)],
    "path": lambda one: [(one.path, False), (one.path.upper(), False), (one.path.rstrip("/"), False)],
    "topic": lambda one: [(one.topic.slug, False), (str(one.topic.translation_key), False)],
    "tag": lambda one: [(f"tag-{one.word}", False)],
    "q": lambda one: [
        (one.word, False),
        (f'"{one.word}"', False),
        (f"slug {one.word}", False),
        (f"{one.word[:-1]}y", False),
        (one.word[:-1], False),
    ],
    "id": lambda one: [(one.story_id, True)],
    "ids": lambda one: [(one.story_id, True)],
    "cursor": lambda one: [(encode_cursor("-published_at", DATE, one.page.translation_key), True)],
    "token": lambda one: [(one.token or one.slug, False), (one.story_id, True)],
}
# What names none; all of them are asked for together.
PLAIN: dict[str, list[str]] = {
    "locale": ["en", "fr"],
    "fallback": ["none", "default"],
    "order": ["-published_at", "published_at"],
    "limit": ["100"],
    "count": ["", "true"],
    "kind": [""],
    "published_after": ["2000-01-01T00:00:00Z"],
    "published_before": ["2100-01-01T00:00:00Z"],
    "updated_after": ["2000-01-01T00:00:00Z"],
    "since": [""],
    "type": [""],
    "at": [""],
    "rendition": [""],
    # Clips are of published videos only, and known by ids that only who ordered them was told: tests/clips.
    "clip_id": ["11111111-0000-4000-8000-00000000000c"],
    # So are orders, and archives with what was signed for them.
    "order_id": ["11111111-0000-4000-8000-00000000000d"],
    "archive": ["11111111-0000-4000-8000-00000000000d:unsigned"],
    "called": ["order.zip"],
    "part": list("0123456789abcdef"),
}
# A file's addresses, by the name that the URLconf has for what it is.
FILES: dict[str, Callable[[Subject], list[str]]] = {
    "image_id": lambda one: [
        f"/files/images/{one.image.pk}/{image_version(one.image)}/{width}.{kind}"
        for width, kind in zip((400, 450), FORMATS, strict=True)
    ],
    "attachment_id": lambda one: (
        [f"/{{place}}/{one.attachment.pk}/{one.attachment.filename}"] if one.attachment else []
    ),
    "rendition_id": lambda one: [f"/files/videos/{one.rendition.pk}/{one.rendition.name}.mp4"] if one.video else [],
    "caption_id": lambda one: [f"/files/captions/{one.caption.pk}.vtt"] if one.video else [],
    "storyboard_of": lambda one: [f"/files/storyboards/{one.video.pk}.vtt"] if one.video else [],
    "sheet_of": lambda one: [f"/files/storyboards/{one.video.pk}.jpg"] if one.video else [],
    "waveform_of": lambda one: [f"/files/waveforms/{one.video.pk}.json"] if one.video else [],
    "signed": lambda one: (
        [urlsplit(link_to_rendition(Published(one.page.translation_key, one.slug, one.rendition))).path]
        if one.video
        else []
    ),
    "name": lambda one: [f"/media/{quote(name)}" for name in one.stored],
}


def routes() -> list[Route]:
    """All routes but the silent ones."""
    found = [
        Route(path, True, tuple(_parameters(operation)))
        for one in (api, feeds)
        for path, methods in one.get_openapi_schema()["paths"].items()
        # What is sent is asked for in tests/clips: `videos/…/clips/` knows published videos only.
        for method, operation in methods.items()
        if method == "get"
    ]
    described = {re.sub(r"{\w+}", "*", one.template.strip("/")) for one in found} | POSTED
    for pattern in _patterns(get_resolver().url_patterns):
        bare = re.sub(r"<(?:\w+:)?\w+>", "*", pattern).strip("/")
        if pattern not in SILENT and bare not in described:
            found.append(Route(pattern, pattern.startswith("api/")))
    return found


def _parameters(operation: Any) -> Iterator[Any]:
    return (one for one in operation.get("parameters", []) if one.get("in") == "query")


def _patterns(entries: list[Any], prefix: str = "") -> Iterator[str]:
    for entry in entries:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver) and pattern not in CLOSED:
            yield from _patterns(entry.url_patterns, pattern)
        elif isinstance(entry, URLPattern):
            yield pattern


def gaps(route: Route) -> list[str]:
    """Names of a route's gaps."""
    return re.findall(r"{(\w+)}", route.template) or re.findall(r"[<:](\w+)>", route.template)


def plain_probes(route: Route) -> list[Probe]:
    """All ways to ask a route without naming anything."""
    if any(gap not in PLAIN for gap in gaps(route)) or any(_required(one) for one in route.parameters):
        return []
    choices = {one["name"]: _choices(route, one["name"]) for one in route.parameters if one["name"] not in NAMING}
    queries = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    places = [dict(zip(gaps(route), values, strict=True)) for values in product(*(PLAIN[gap] for gap in gaps(route)))]
    urls = [_url(route, place, query) for place in places for query in queries]
    return [*(Probe(url) for url in urls), Probe(urls[0], "HEAD"), Probe(urls[0], "OPTIONS")]


def naming_probes(route: Route, subject: Subject) -> list[Probe]:
    """All ways to ask a route for one page."""
    names = gaps(route)
    if file := next((name for name in names if name in FILES), None):
        addresses = [url.format(place=route.template.split("/<")[0]) for url in FILES[file](subject)]
        return [probe for url in addresses for probe in (Probe(url, is_main=True), *_otherwise(url, subject))]
    for name in [*names, *(one["name"] for one in route.parameters)]:
        if name not in NAMING and name not in PLAIN:
            raise Undecided(f"{route}: {name}")
    return list(_naming_probes(route, names, subject))


def _naming_probes(route: Route, names: list[str], subject: Subject) -> Iterator[Probe]:
    known = {one["name"] for one in route.parameters}
    languages = _languages(known, subject)
    for name in [*names, *known]:
        for number, (value, by_id) in enumerate(NAMING[name](subject) if name in NAMING else []):
            for query in languages:
                place, asked = ({name: value}, query) if name in names else ({}, {**query, name: value})
                url = _url(route, {"locale": subject.locale, **place}, asked)
                # Of another collection it is asked for, but not in every way.
                is_other = any(f"/{one}/" in route.template for one in {*COLLECTIONS} - {subject.collection})
                is_main = number < (2 if name in names else 1) and query is languages[0]
                if is_main or not is_other:
                    yield Probe(url, by_id=by_id, is_main=is_main)
                if is_main and not is_other and (name in names or name == "path"):
                    yield from _otherwise(url, subject, by_id)


def _otherwise(url: str, subject: Subject, by_id: bool = False) -> list[Probe]:
    """The same address by HEAD, a part of it, and with the tag of the answer that it had, or else any."""
    part = [("range", "bytes=0-3")] if url.startswith(("/files/", "/documents/")) else []
    asked = [*part, ("if-none-match", subject.etags.get(url, "*"))]
    return [Probe(url, "HEAD", by_id=by_id), *(Probe(url, headers=(one,), by_id=by_id) for one in asked)]


def _languages(known: set[str], subject: Subject) -> list[dict[str, str]]:
    """Its own language first, then the other, where it could be a fallback."""
    if "locale" not in known:
        return [{}]
    count = {"count": "true"} if "count" in known else {}
    own, other = {"locale": subject.locale}, {"locale": "en" if subject.locale == "fr" else "fr"}
    return [own | count, other | {"fallback": "default"} | count]


def _choices(route: Route, name: str) -> list[str]:
    if name not in PLAIN:
        raise Undecided(f"{route} ?{name}=")
    return PLAIN[name]


def _required(parameter: Any) -> bool:
    return bool(parameter.get("required"))


def _url(route: Route, place: dict[str, str], query: dict[str, str]) -> str:
    address = re.sub(r"{(\w+)}|<(?:\w+:)?(\w+)>", lambda gap: quote(place[gap[1] or gap[2]]), route.template)
    given = {name: value for name, value in query.items() if value}
    return "/" + address.lstrip("/") + (f"?{urlencode(given)}" if given else "")
