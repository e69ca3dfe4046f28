"""Asks the server: the same `SearchQuery`, the same `Found`.

What weighs is what weighs in PostgreSQL (`search.finding`): in which field a word stands, and recency. Not how rare a
word is in the index: such scores differ from shard to shard and with each publication, and a cursor would skip hits.
"""

import re
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, product
from typing import Any
from uuid import UUID

from delivery.errors import LogGone
from delivery.feed import Log, Position, look_at_log
from delivery.rows import read_rows
from search.errors import SearchAway
from search.finding import ELSEWHERE, HIT_COLUMNS, IN_A_ROW, MOST_VALUES, After, Facet, Found, Hit, order_of
from search.meanings import Meaning
from search.query import SearchQuery
from search.server.connection import asking, live_name, logger, stem_of_names
from search.server.documents import POSITION, SILENT, micros

# How far an index may be behind the log: for so long, and by so many withdrawals.
LATE, MOST_WITHDRAWN = timedelta(minutes=1), 1000
# As `search.finding.WEIGHTS`.
WEIGHTS = {"title": 1.0, "summary": 0.4, "names": 0.3, "frequent": 0.08}
# Of the ways to say all words, as many are looked for one word after the other.
MOST_ROWS = 32
WAY = re.compile(r"'([^']*)'(?: <(-|\d+)>)?")
FACETS = {"type": "collection", "year": "year", "topic": "topic", "tag": "tag"}
SORTS = {"relevance": ("_score", "desc"), "-published_at": ("published", "desc"), "published_at": ("published", "asc")}
# Of a score of `search.finding`, which are seconds, before the sign.
MICROS = {"-published_at": 1_000_000, "published_at": -1_000_000}
FLOAT = struct.Struct("f")

SINCE = """
    SELECT (SELECT at FROM delivery_change WHERE sequence > %(known)s ORDER BY sequence LIMIT 1), ARRAY(
        SELECT DISTINCT story_id || ':' || locale FROM delivery_change
        WHERE sequence > %(known)s AND kind = 'withdrawn' LIMIT %(most)s)
"""
HITS = f"""
    SELECT given.score, {HIT_COLUMNS}
    FROM unnest(%(stories)s::uuid[], %(locales)s::text[], %(scores)s::float8[])
        WITH ORDINALITY AS given (story, locale, score, place)
    JOIN delivery_publisheddocument AS document ON document.story_id = given.story AND document.locale = given.locale
    JOIN search_entry AS entry ON entry.document_id = document.id
    ORDER BY place
"""  # noqa: S608


def find(query: SearchQuery, meanings: dict[str, Meaning], *, limit: int, after: After | None = None) -> Found | None:
    """As `search.finding.find`. Raises SearchAway where the server does not answer, or not what is published now."""
    if query.text.strip() and not any(meaning.wanted for meaning in meanings.values()):
        return None
    # What is withdrawn while the server answers is among what it must leave out the next time.
    for _attempt in range(3):
        with asking() as client:
            log, withdrawn = _what_it_lacks(client)
            answer = client.search(index=live_name(), body=_body(query, meanings, withdrawn, limit, after))
            is_loose = answer["hits"]["total"]["value"] == 0 and any(one.fewest for one in meanings.values())
            if is_loose:
                body = _body(query, meanings, withdrawn, limit, after, is_loose=True)
                answer = client.search(index=live_name(), body=body)
        hits = _hits(answer, order_of(query))
        if len(hits) == len(answer["hits"]["hits"]):
            count = answer["hits"]["total"]["value"]
            return Found(
                hits=hits,
                facets=_facets(answer["aggregations"]),
                count=count,
                now=log.now,
                change_at=log.next_change,
                is_loose=is_loose and count > 0,
                is_server=True,
            )
    logger.error("The search server has what is not published: run rebuild_search_server")
    raise SearchAway


def _what_it_lacks(client: Any) -> tuple[Log, list[str]]:
    """The log, and keys of what was withdrawn since the index followed it. Raises SearchAway if it is of another."""
    row = client.get(index=live_name(), id=POSITION)
    if not row["_index"].startswith(stem_of_names()):
        raise SearchAway
    position = Position.of(row["_source"]["position"])
    try:
        log = look_at_log(position)
    except LogGone:
        raise SearchAway from None
    if log.head == position.sequence:
        return log, []
    ((since, withdrawn),) = read_rows(SINCE, {"known": position.sequence, "most": MOST_WITHDRAWN + 1})
    if (since and log.now - since > LATE) or len(withdrawn) > MOST_WITHDRAWN:
        raise SearchAway
    return log, withdrawn


def _body(
    query: SearchQuery,
    meanings: dict[str, Meaning],
    withdrawn: list[str],
    limit: int,
    after: After | None,
    *,
    is_loose: bool = False,
) -> dict[str, Any]:
    order = order_of(query)
    languages = [_language(query, locale, meaning, is_loose) for locale, meaning in meanings.items()]
    matched = {
        "bool": {
            "filter": _filters(query),
            "should": languages,
            "minimum_should_match": 1,
            "must_not": [{"ids": {"values": withdrawn}}],
        }
    }
    field, direction = SORTS[order]
    body = {
        "size": limit + 1,
        "track_total_hits": True,
        "_source": False,
        "query": {
            "function_score": {
                "query": matched,
                "field_value_factor": {"field": "recency"},
                "boost_mode": "multiply",
            }
        },
        "sort": [{field: direction}, {"story": "desc"}],
        "aggs": {
            name: {
                "terms": {"field": field, "size": MOST_VALUES, "order": [{"_count": "desc"}, {"_key": "asc"}]},
                "aggs": {"document": {"max": {"field": "document"}}},
            }
            for name, field in FACETS.items()
        },
    }
    if after:
        score = after.score if order == "relevance" else round(after.score * MICROS[order])
        body["search_after"] = [score, str(after.story_id)]
    return body


def _language(query: SearchQuery, locale: str, meaning: Meaning, is_loose: bool) -> dict[str, Any]:
    """What is found, and how much it counts, in one language."""
    wanted = [_ways(term) for term in meaning.wanted]
    found: list[dict[str, Any]] = [{"term": {"locale": locale}}]
    if query.text.strip():
        least = meaning.fewest if is_loose else len(wanted)
        # A query without words matches nothing.
        found.append(_any([_any(map(_matches, ways)) for ways in wanted], least) if least else {"match_none": {}})
    unwanted = [_any(map(_matches, _ways(term))) for term in meaning.unwanted]
    if locale != query.locale:
        unwanted.append({"term": {"languages": query.locale}})
    return {
        "bool": {
            "filter": found,
            "must": [_constant({"match_all": {}}, ELSEWHERE)],
            "should": [
                *(
                    _constant(_any(_stands(field, way) for way in ways), weight / len(wanted))
                    for ways in wanted
                    for field, weight in WEIGHTS.items()
                ),
                *([_constant(_any(_in_a_row(wanted)), IN_A_ROW)] if len(wanted) > 1 else []),
            ],
            "must_not": unwanted,
        }
    }


def _ways(term: str) -> list[list[str]]:
    """Ways to say a term, of `Meaning`: each its lexemes, with `SILENT` where a word between them says nothing."""
    ways = []
    for way in term.split(" | "):
        words: list[str] = []
        for lexeme, distance in WAY.findall(way):
            words += [lexeme, *[SILENT] * (int(distance) - 1 if distance.isdigit() else 0)]
        ways.append(words)
    return ways


def _matches(way: list[str]) -> dict[str, Any]:
    if len(way) == 1:
        return {"term": {"words": way[0]}}
    return {"multi_match": {"query": " ".join(way), "type": "phrase", "fields": ["text", "lead"]}}


def _in_a_row(wanted: list[list[list[str]]]) -> Iterator[dict[str, Any]]:
    for ways in islice(product(*wanted), MOST_ROWS):
        yield {"match_phrase": {"lead": " ".join(lexeme for way in ways for lexeme in way)}}


def _stands(field: str, way: list[str]) -> dict[str, Any]:
    return {"bool": {"filter": [{"term": {field: lexeme}} for lexeme in way if lexeme != SILENT]}}


def _any(some: Any, least: int = 1) -> dict[str, Any]:
    return {"bool": {"should": list(some), "minimum_should_match": least}}


def _constant(what: dict[str, Any], score: float) -> dict[str, Any]:
    return {"constant_score": {"filter": what, "boost": score}}


def _filters(query: SearchQuery) -> list[dict[str, Any]]:
    filters: list[dict[str, Any]] = []
    if query.collections:
        filters.append({"terms": {"collection": list(query.collections)}})
    filters += [{"terms": {"terms": list(group)}} for group in query.terms]
    if query.only:
        filters.append({"terms": {"story": [str(one) for one in query.only]}})
    for bound, moment in (("gt", query.published_after), ("lt", query.published_before)):
        if isinstance(moment, datetime):
            filters.append({"range": {"published": {bound: micros(moment)}}})
    return filters


def _hits(answer: dict[str, Any], order: str) -> list[Hit]:
    """Those that are published now; whatever else is not told of."""
    found = answer["hits"]["hits"]
    values = {
        "stories": [UUID(hit["_id"].partition(":")[0]) for hit in found],
        "locales": [hit["_id"].partition(":")[2] for hit in found],
        "scores": [_score(hit["sort"][0], order) for hit in found],
    }
    return [Hit(*row) for row in read_rows(HITS, values)] if found else []


def _score(sorted_by: float, order: str) -> float:
    """As a cursor keeps it: of a date as `search.finding` has it, else exactly the server's 32-bit float."""
    if order == "relevance":
        (exactly,) = FLOAT.unpack(FLOAT.pack(sorted_by))
        return float(exactly)
    return sorted_by / MICROS[order]


def _facets(found: dict[str, Any]) -> list[Facet]:
    return [
        Facet(name, str(bucket["key"]), bucket["doc_count"], int(bucket["document"]["value"]))
        for name in FACETS
        for bucket in found[name]["buckets"]
    ]
