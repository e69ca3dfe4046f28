"""Finds documents: one query over the index, in the words of `search.query`.

The order does not depend on the moment at which somebody asks: half as much counts what is `HALF_LIFE` older. So a
cursor names the last entry that was given, and what is published meanwhile neither repeats nor hides anything.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from delivery.rows import read_rows
from search.meanings import Meaning
from search.patience import patience
from search.query import SearchQuery

HALF_LIFE = timedelta(days=3 * 365)
# How much words count in the text's most frequent ones, names, summary, title (`search.models.Entry.lead`).
WEIGHTS = "{0.08, 0.3, 0.4, 1.0}"
# What has the words one after the other in its title, its summary or a name.
IN_A_ROW = 0.3
# What has the words in its text only.
ELSEWHERE = 0.02
# Values that a facet names.
MOST_VALUES = 20


class Hit(NamedTuple):
    """A document that was found, with what an excerpt is chosen by."""

    score: float
    story_id: UUID
    document_id: int
    locale: str
    etag: str
    card: bytes
    positions: str
    places: list[int]
    moments: list[int | None]
    goes_on: list[bool]
    forms: str


@dataclass(frozen=True)
class Facet:
    """How many of what was found have a value. `document_id`: one of them."""

    name: str
    value: str
    count: int
    document_id: int


class After(NamedTuple):
    """Score and story of the last hit that is known. `is_server`: the search server gave that score."""

    score: float
    story_id: UUID
    is_server: bool = False


@dataclass(frozen=True)
class Found:
    """What was found. `is_loose`: nothing has all the words, these have most of them."""

    hits: list[Hit]
    facets: list[Facet]
    count: int
    now: datetime
    change_at: datetime | None
    is_loose: bool = False
    is_server: bool = False


class Part(NamedTuple):
    """Which part of the hits, and what they are ranked by: any of these words, and all of them in a row.

    `after`: score and story of the last that is known.
    """

    limit: int
    after: After | None
    ranked: str
    row: str


@dataclass(frozen=True)
class Restriction:
    """What somebody may find at all, in SQL over `entry` (`search_entry`); `%(name)s` in it stands for a value."""

    condition: str = "TRUE"
    values: dict[str, Any] = field(default_factory=dict)


def find(
    query: SearchQuery,
    meanings: dict[str, Meaning],
    *,
    limit: int,
    after: After | None = None,
    restriction: Restriction = Restriction(),
) -> Found | None:
    """Documents, best first, and one more than `limit` where there are more. None where nothing was asked for.

    `after`: score and story of the last one that is known. Where nothing has all the words, what has most of them.
    Raises SearchTookTooLong.
    """
    if query.text.strip() and not any(meaning.wanted for meaning in meanings.values()):
        return None
    said = [meaning for meaning in meanings.values() if meaning.wanted]
    ranked = " | ".join(meaning.any_word() for meaning in said)
    part = Part(limit, after, ranked, " | ".join(f"({meaning.in_a_row()})" for meaning in said))
    found = _find(query, {locale: one.all_words() for locale, one in meanings.items()}, part, restriction)
    loose = {locale: one.most_words() for locale, one in meanings.items()}
    if found.count == 0 and any(loose.values()):
        found = _find(query, loose, part, restriction)
        found = replace(found, is_loose=found.count > 0)
    return found


def _find(
    query: SearchQuery,
    asked: dict[str, str],
    part: Part,
    restriction: Restriction,
) -> Found:
    conditions, values = _filters(query)
    values |= restriction.values
    languages = []
    for locale, meaning in asked.items():
        own = [f"entry.locale = %(locale_{locale})s"]
        values[f"locale_{locale}"] = locale
        if query.text.strip():
            own.append(f"entry.vector @@ %(asked_{locale})s::tsquery")
            # A query without words matches nothing.
            values[f"asked_{locale}"] = meaning
        if locale != query.locale:
            own.append(
                "NOT EXISTS (SELECT FROM search_entry AS own WHERE own.story_id = entry.story_id"
                " AND own.locale = %(locale)s)"
            )
        languages.append(f"({' AND '.join(own)})")
    values |= {
        "locale": query.locale,
        "ranked": part.ranked,
        "row": part.row,
        "in_a_row": IN_A_ROW,
        "weights": WEIGHTS,
        "half_life": HALF_LIFE.total_seconds(),
        "elsewhere": ELSEWHERE,
        "limit": part.limit + 1,
        "most": MOST_VALUES,
    }
    later = ""
    if part.after:
        values |= {"score": part.after.score, "last": part.after.story_id}
        later = "WHERE (score, story_id) < (%(score)s, %(last)s)"
    where = " AND ".join([f"({' OR '.join(languages)})", *conditions, f"({restriction.condition})"])
    with patience():
        search = SEARCH.format(score=SCORES[order_of(query)], where=where, later=later, columns=HIT_COLUMNS)
        rows = read_rows(search, values, prepared=False)
    (head,) = (row for row in rows if row[0] is not None)
    hits = [row for row in rows if row is not head]
    count, facets, now, change_at = head[:4]
    return Found(
        hits=[Hit(*row[4:]) for row in hits],
        facets=[Facet(*one) for one in facets or ()],
        count=count,
        now=now,
        change_at=change_at,
    )


def order_of(query: SearchQuery) -> str:
    """Without words nothing is more to the point than something else: the newest comes first."""
    return query.order if query.order != "relevance" or query.text.strip() else "-published_at"


SCORES = {
    "relevance": (
        "ln(%(elsewhere)s + ts_rank(%(weights)s::float4[], entry.lead, %(ranked)s::tsquery)"
        " + CASE WHEN entry.lead @@ %(row)s::tsquery THEN %(in_a_row)s ELSE 0 END)"
        " + date_part('epoch', entry.published_at) / %(half_life)s * ln(2::float8)"
    ),
    "-published_at": "date_part('epoch', entry.published_at)",
    "published_at": "-date_part('epoch', entry.published_at)",
}
HIT_COLUMNS = """document.story_id, document.id, document.locale, document.etag, document.card,
        ts_filter(entry.vector, '{a,b,c,d}')::text, entry.places, entry.moments, entry.goes_on, entry.forms::text"""
# The first row has what holds of all; each other one is a hit.
SEARCH = """
    WITH matched AS MATERIALIZED (
        SELECT entry.document_id, entry.story_id, entry.facets,
            CASE WHEN entry.locale = %(locale)s THEN entry.document_id END AS own, ({score})::float8 AS score
        FROM search_entry AS entry WHERE {where}
    ), counted AS (
        SELECT id, count(*) AS count, coalesce(max(own), max(document_id)) AS document
        FROM matched, unnest(facets) AS id GROUP BY id
    ), facets AS (
        SELECT split_part(term, ':', 1) AS name, substr(term, strpos(term, ':') + 1) AS value, count, document
        FROM counted JOIN search_facet USING (id)
    ), most AS (
        SELECT *, row_number() OVER (PARTITION BY name ORDER BY count DESC, value) AS place FROM facets
    ), hits AS (
        SELECT score, story_id, document_id FROM matched {later}
        ORDER BY score DESC, story_id DESC LIMIT %(limit)s
    )
    (SELECT (SELECT count(*) FROM matched),
        (SELECT json_agg(json_build_array(name, value, count, document) ORDER BY name, count DESC, value)
            FROM most WHERE place <= %(most)s),
        statement_timestamp(), (SELECT min(at) FROM delivery_nextchange),
        NULL::float8, NULL::uuid, NULL::bigint, NULL, NULL, NULL::bytea,
        NULL, NULL::int[], NULL::int[], NULL::boolean[], NULL)
    UNION ALL
    (SELECT NULL, NULL, NULL, NULL, hits.score, {columns}
    FROM hits JOIN search_entry AS entry ON entry.document_id = hits.document_id
        JOIN delivery_publisheddocument AS document ON document.id = hits.document_id
    ORDER BY hits.score DESC, hits.story_id DESC)
"""


def _filters(query: SearchQuery) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}

    def where(condition: str, **more: Any) -> None:
        conditions.append(condition)
        values.update(more)

    if query.collections:
        where("entry.collection = ANY (%(collections)s::varchar[])", collections=list(query.collections))
    for number, group in enumerate(query.terms):
        where(f"entry.terms && %(terms{number})s::varchar[]", **{f"terms{number}": list(group)})
    if query.published_after:
        where("entry.published_at > %(after)s", after=query.published_after)
    if query.published_before:
        where("entry.published_at < %(before)s", before=query.published_before)
    if query.only:
        where("entry.story_id = ANY (%(only)s)", only=list(query.only))
    return conditions, values
