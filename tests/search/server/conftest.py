"""The newsroom with a search server, which has followed the log whenever somebody searches."""

from typing import Any

import pytest

from search import answering
from search.server import following
from tests.api.conftest import Api, api
from tests.search.conftest import Search

__all__ = ["api", "search"]


class OtherSearch:
    """Stands for PostgreSQL where it must not be asked."""

    def find(self, *_arguments: Any, **_options: Any) -> Any:
        """Raises AssertionError."""
        raise AssertionError("PostgreSQL answered")


@pytest.fixture
def search(api: Api, opensearch: Any, monkeypatch: pytest.MonkeyPatch) -> Search:
    """Asks when the indexer has nothing left to do; a test fails where PostgreSQL has to answer."""

    def follow_and_ask(*arguments: Any, **headers: str) -> Any:
        assert not following.follow(seconds=30)
        return ask(*arguments, **headers)

    ask = api.request
    monkeypatch.setattr(api, "request", follow_and_ask)
    monkeypatch.setattr(answering, "finding", OtherSearch())
    return Search(api)
