"""Stories to be found, and a way to ask for them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from tests.api.conftest import Api, api
from tests.factories.newsroom import make_news, story

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


def body(page_text: str) -> Any:
    """A body's raw data."""
    return [{"type": "text", "value": f"<p>{page_text}</p>", "id": "11111111-0000-4000-8000-000000000001"}]


def news(title: str, said: str = "", *, locale: str = "en", days_ago: int = 0, **fields: Any) -> Any:
    """A published story; `said`: its text."""
    page = make_news(title, locale=locale, publish=False, body=body(said) if said else [], **fields)
    if days_ago:
        of = story(page)
        of.public_date = timezone.now() - timedelta(days=days_ago)
        of.save()
    page.save_revision().publish()
    page.refresh_from_db()
    return page
