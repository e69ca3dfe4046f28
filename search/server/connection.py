"""The server: where it is, whether it answers, and which of its indices are ours."""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConflictError, NotFoundError, OpenSearchException, RequestError
from opensearchpy.helpers import BulkIndexError

from search import indexing
from search.errors import SearchAway

logger = logging.getLogger(__name__)
# The client tells of each failure besides.
logging.getLogger("opensearch").setLevel(logging.CRITICAL)

# Raise it when what is written to the server differs: indices of another form are neither asked nor written to.
FORM = 1
# Seconds that a reader waits for the server, the indexer does, and for which one that failed is not asked again.
READERS_WAIT, INDEXER_WAITS, PAUSE = 1.5, 30, 10

_silent_until = 0.0


def live_name() -> str:
    """The alias that readers ask."""
    return settings.OPENSEARCH_PREFIX


def stem_of_names() -> str:
    """What the names of indices begin with that are of the form that this program writes."""
    return f"{settings.OPENSEARCH_PREFIX}-v{indexing.VERSION}.{FORM}-"


def is_ours(name: str) -> bool:
    """Whether an index is this newsroom's, of whatever form."""
    return bool(re.fullmatch(rf"{re.escape(settings.OPENSEARCH_PREFIX)}-v\d+\.\d+-[0-9a-f]{{12}}", name))


@cache
def _client(url: str, timeout: float) -> OpenSearch:
    return OpenSearch(hosts=[url], timeout=timeout, max_retries=0, http_compress=True)


@contextmanager
def asking(*, patiently: bool = False) -> Iterator[OpenSearch]:
    """The server's client. Raises SearchAway where it does not answer, or not as it should.

    Readers do not wait for a server that was away a moment ago; `patiently`: the indexer tries.
    """
    global _silent_until
    if not patiently and time.monotonic() < _silent_until:
        raise SearchAway
    try:
        yield _client(settings.OPENSEARCH_URL, INDEXER_WAITS if patiently else READERS_WAIT)
    except (NotFoundError, ConflictError):
        raise SearchAway from None  # no index yet, or another one
    except (RequestError, BulkIndexError) as error:
        logger.exception("The search server refuses what it is asked")
        raise SearchAway from error
    except OpenSearchException as error:
        if time.monotonic() >= _silent_until:
            logger.warning("The search server is away, PostgreSQL answers: %s", type(error).__name__)
        _silent_until = time.monotonic() + PAUSE
        raise SearchAway from error
    if patiently:
        _silent_until = 0.0


def forget_failures() -> None:
    """Ask it again at once."""
    global _silent_until
    _silent_until = 0.0
