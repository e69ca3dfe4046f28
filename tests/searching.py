"""A real server of OpenSearch's protocol for tests: osmem, which keeps everything in memory.

It is no measure of relevance or speed. Fixtures, started only when a test asks:

- `search_server` the server of the whole run
- `opensearch` the newsroom asks it in this process; empty at the beginning, and it has followed nothing yet
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def search_server() -> Iterator[str]:
    """Its address."""
    try:
        import osmem_server as osmem

        binary = osmem.resolve_binary()
        if not Path(binary).exists():
            raise osmem.OsmemError(f"{binary} is missing")
    except (ImportError, RuntimeError) as error:
        if os.environ.get("CI"):
            pytest.fail(f"No search server: {error}")
        pytest.skip(f"NO SEARCH SERVER, so nothing of it is tested: {error}")
    with osmem.OsmemServer.start(japanese=False, addr="127.0.0.1:0") as server:
        yield server.url
    server.process.stdout.close()


@pytest.fixture
def opensearch(search_server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The newsroom asks it, under a name of its own. Gives the client."""
    from opensearchpy import OpenSearch

    from search.server import connection
    from search.server.connection import forget_failures

    # A busy machine is no server that is away.
    monkeypatch.setattr(connection, "READERS_WAIT", 30)
    settings.OPENSEARCH_URL = search_server
    settings.OPENSEARCH_PREFIX = f"test_{secrets.token_hex(4)}"
    forget_failures()
    client = OpenSearch(hosts=[search_server], timeout=10, max_retries=0)
    yield client
    client.indices.delete(index=f"{settings.OPENSEARCH_PREFIX}-*")
    client.close()
    forget_failures()
