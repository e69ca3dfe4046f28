"""Stories to be found, and a way to ask for them."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.conftest import Api, api

__all__ = ["api", "search"]


class Search:
    """Asks `search/`, and tells titles."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def answer(self, q: str, locale: str = "en", **parameters: Any) -> Any:
        """The whole answer."""
        return self.api.json("search/?" + urlencode({"q": q, "locale": locale, **parameters}, doseq=True))

    def titles(self, q: str, locale: str = "en", **parameters: Any) -> list[str]:
        """Titles of the hits, best first."""
        return [hit["title"] for hit in self.answer(q, locale, **parameters)["items"]]


@pytest.fixture
def search(api: Api) -> Search:
    """Asks as a frontend does."""
    return Search(api)
