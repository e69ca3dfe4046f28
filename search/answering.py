"""Who answers a search: PostgreSQL, or the search server where there is one."""

from django.conf import settings

from search import finding
from search.errors import SearchAway
from search.finding import After, Found, order_of
from search.meanings import Meaning
from search.query import SearchQuery
from search.server import asking


def find(query: SearchQuery, meanings: dict[str, Meaning], *, limit: int, after: After | None = None) -> Found | None:
    """As `search.finding.find`, by whoever can answer: PostgreSQL does where the server cannot.

    A list by relevance is gone on with by whoever began it, for its cursor holds a score, and theirs are not the same.
    Raises SearchAway where that was the server and it cannot; SearchTookTooLong.
    """
    began = after if order_of(query) == "relevance" else None
    if began and began.is_server and not settings.OPENSEARCH_URL:
        raise SearchAway
    if settings.OPENSEARCH_URL and (began is None or began.is_server):
        try:
            return asking.find(query, meanings, limit=limit, after=after)
        except SearchAway:
            if began:
                raise
    return finding.find(query, meanings, limit=limit, after=after)
