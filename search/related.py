"""More like this: documents that share words, names and topics with one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from delivery.errors import NotPublished
from delivery.rows import read_rows
from search.finding import WEIGHTS

# How many of its own words a document is compared by, and how many candidates are ranked.
WORDS, CANDIDATES = 24, 400

# Its words are those of title, summary and names, and what it says most (`Entry.lead`), in this order. How rare each is
# is not asked: that would be a look into the index for each.
SIMILAR = """
    WITH this AS (
        SELECT story_id, locale, lead,
            ARRAY(SELECT term FROM unnest(terms) AS term WHERE term LIKE 'topic:%%' OR term LIKE 'tag:%%') AS about
        FROM search_entry
        WHERE story_id = %(story)s AND locale = %(locale)s
    ), words AS (
        SELECT lexeme FROM this, unnest(this.lead) WHERE positions IS NOT NULL AND length(lexeme) > 2
        ORDER BY 'A' = ANY (weights) DESC, 'B' = ANY (weights) DESC, cardinality(positions) DESC, lexeme
        LIMIT %(words)s
    ), asked AS (
        SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS query FROM words
    ), candidates AS MATERIALIZED (
        SELECT other.document_id, other.story_id, other.published_at,
            ts_rank(%(weights)s::float4[], other.lead, asked.query)
            + 0.08 * (SELECT count(*) FROM unnest(other.terms) AS term WHERE term = ANY (this.about)) AS alike
        FROM this, asked, search_entry AS other
        WHERE other.locale = this.locale AND other.story_id <> this.story_id AND other.collection <> 'pages'
            AND (other.lead @@ asked.query OR other.terms && this.about)
        ORDER BY other.published_at DESC LIMIT %(candidates)s
    )
    SELECT candidates.story_id, document.locale, document.etag, document.card,
        statement_timestamp(), (SELECT min(at) FROM delivery_nextchange)
    FROM candidates JOIN delivery_publisheddocument AS document ON document.id = candidates.document_id
    ORDER BY alike + 0.02 * extract(epoch FROM candidates.published_at) / 31557600 DESC, candidates.story_id
    LIMIT %(limit)s
"""

KNOWN = "SELECT FROM search_entry WHERE story_id = %(story)s AND locale = %(locale)s"


class Related(NamedTuple):
    """A document that is like another."""

    story_id: UUID
    locale: str
    etag: str
    card: bytes
    now: datetime
    change_at: datetime | None


def related_to(story_id: UUID, locale: str, limit: int) -> list[Related]:
    """Documents like a story's, most alike first, the newer of equals first. Raises NotPublished."""
    values = {
        "story": story_id,
        "locale": locale,
        "words": WORDS,
        "candidates": CANDIDATES,
        "weights": WEIGHTS,
        "limit": limit,
    }
    rows = read_rows(SIMILAR, values, prepared=False)
    if not rows and not read_rows(KNOWN, values):
        raise NotPublished
    return [Related(*row) for row in rows]
