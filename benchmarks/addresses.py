"""What each contestant is asked: the same content under each one's own addresses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.servers import Server

PAGE = 20
DETAILS = 100
DEEP_PAGE = 100

OURS, ANEW, V2, V3 = "newsroom", "newsroom, each read anew", "Wagtail v2", "Wagtail v3"
FLOOR, STACK = "floor", "floor, our middleware"
CONTESTANTS: dict[str, dict[str, str]] = {
    OURS: {"DJANGO_SETTINGS_MODULE": "cms.settings", "REMEMBERS": "1"},
    # As for an address that nobody has asked for since the last publication.
    ANEW: {"DJANGO_SETTINGS_MODULE": "cms.settings"},
    # Two processes of the same site, so that memory and CPU are each version's own.
    V2: {"DJANGO_SETTINGS_MODULE": "benchmarks.contestants.stock"},
    V3: {"DJANGO_SETTINGS_MODULE": "benchmarks.contestants.stock"},
    FLOOR: {"DJANGO_SETTINGS_MODULE": "benchmarks.contestants.floor"},
    STACK: {"DJANGO_SETTINGS_MODULE": "benchmarks.contestants.floor_stack"},
}

CARD_FIELDS = "kind,summary,dateline_place,dateline_date,priority,image,topics(name,slug),tags"
V2_LIST = f"/v2/pages/?type=news.NewsPage&locale=en&order=-first_published_at&limit={PAGE}&fields={CARD_FIELDS}"
# Version 3 has no `fields`: its lists are titles and addresses, whatever a site declares.
V3_LIST = f"/v3/pages/?type=news.NewsPage&locale=en&order=-first_published_at&limit={PAGE}"
OUR_LIST = f"/api/v1/news/?locale=en&limit={PAGE}"


@dataclass(frozen=True)
class Question:
    """One row of questions, and where each contestant answers it; several paths are asked in turn."""

    name: str
    paths: Mapping[str, Sequence[str]]


def our_questions(server: Server) -> dict[str, list[str]]:
    """Our own addresses by question: the list, a hundred stories, a topic, page 100."""
    newest = [item for page in _our_pages(server, DETAILS // PAGE) for item in page["items"]]
    topic = next(one["slug"] for item in newest for one in item["topics"])
    return {
        f"list of {PAGE}": [OUR_LIST],
        "detail": [f"/api/v1/news/{item['id']}/?locale=en" for item in newest],
        "topic filter": [f"{OUR_LIST}&topic={topic}"],
        f"page {DEEP_PAGE}": [f"{OUR_LIST}&cursor={_deep_cursor(server)}"],
    }


def questions(servers: Mapping[str, Server]) -> list[Question]:
    """The same for everybody. The floor answers with as many bytes as we do."""
    ours = our_questions(servers[OURS])
    pages = _v2_pages(servers[V2], DETAILS)
    ids = [page["id"] for page in pages]
    slug = ours["topic filter"][0].rpartition("=")[2]
    topic = next(one["id"] for page in pages for one in page["topics"] if one["slug"] == slug)
    offset = (DEEP_PAGE - 1) * PAGE
    v2 = [
        [V2_LIST],
        [f"/v2/pages/{key}/" for key in ids],
        [f"{V2_LIST}&topics={topic}"],
        [f"{V2_LIST}&offset={offset}"],
    ]
    v3 = [
        [V3_LIST],
        [f"/v3/pages/{key}/" for key in ids],
        [f"{V3_LIST}&topics={topic}"],
        [f"{V3_LIST}&offset={offset}"],
    ]
    rows = []
    for (name, paths), v2_paths, v3_paths in zip(ours.items(), v2, v3, strict=True):
        floor = [f"/api/v1/floor/{len(servers[OURS].fetch(paths[0]))}/"]
        rows.append(Question(name, {OURS: paths, ANEW: paths, V2: v2_paths, V3: v3_paths, FLOOR: floor, STACK: floor}))
    return rows


def _our_pages(server: Server, count: int) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    path = OUR_LIST
    for _ in range(count):
        pages.append(json.loads(server.fetch(path)))
        path = f"{OUR_LIST}&cursor={pages[-1]['next']}"
    return pages


def _deep_cursor(server: Server) -> str:
    """Leads to page 100: `next` of the last entry before it, reached in steps of a hundred entries."""
    path = cursor = ""
    for _ in range((DEEP_PAGE - 1) * PAGE // 90):
        path = f"/api/v1/news/?locale=en&limit=90{f'&cursor={cursor}' if cursor else ''}"
        cursor = json.loads(server.fetch(path))["next"]
    return cursor


def _v2_pages(server: Server, count: int) -> list[dict[str, Any]]:
    """The newest pages, as v2 lists them."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        found += json.loads(server.fetch(f"{V2_LIST}&offset={len(found)}"))["items"]
    return found
