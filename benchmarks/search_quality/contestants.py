"""Who is asked: the newsroom's public search over its API, and Wagtail's own over its pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from benchmarks.search_quality.judged import keys_by_id
from benchmarks.search_quality.scores import Answer
from benchmarks.throwaway import connect, copy_database
from cms.local.installation import Installation

PLACES = 10  # how far down anybody looks


class Contestant(Protocol):
    """A search, and what it needs before it is asked in a language."""

    def ready(self, locale: str) -> Any:
        """A context in which it can be asked in this language."""

    def __call__(self, text: str, locale: str) -> Answer:
        """Its first ten."""


class Newsroom:
    """`GET /api/v1/search/`, through all of Django."""

    def __init__(self) -> None:
        from django.test import Client

        self.client = Client()

    @contextmanager
    def ready(self, locale: str) -> Iterator[None]:
        """The index was written with the documents."""
        yield

    def __call__(self, text: str, locale: str) -> Answer:
        """Its first ten, and the spelling it suggests."""
        response = self.client.get("/api/v1/search/", {"q": text, "locale": locale, "limit": str(PLACES)})
        if response.status_code != 200:
            return Answer((), error=str(response.status_code))
        return read_answer(response.json())


def read_answer(body: dict[str, Any]) -> Answer:
    """What of the API's answer is judged: the stories' ids in their order, and the suggestion."""
    return Answer(tuple(_key(item["id"]) for item in body["items"]), body.get("suggestion") or "")


def _key(story_id: object) -> str:
    return keys_by_id().get(str(story_id), str(story_id))


class SearchServer(Newsroom):
    """The same, answered by an OpenSearch server, in an index that is removed afterwards."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    @contextmanager
    def ready(self, locale: str) -> Iterator[None]:
        """Have it follow the whole log. Where it cannot answer, PostgreSQL must not: that is an error (500)."""
        from unittest.mock import patch

        from django.test import override_settings

        from search import answering
        from search.server import following

        with override_settings(OPENSEARCH_URL=self.url, OPENSEARCH_PREFIX=f"benchmark_{os.getpid()}"):
            try:
                following.follow(seconds=600)
                with patch.object(answering, "finding", None):
                    yield
            finally:
                following.remove()


class Wagtail:
    """As the search view of `wagtail start` asks: live pages of a language, all settings Wagtail's own.

    `database`: its copy of the newsroom's, see `ordinary_copy`.
    """

    options: dict[str, dict[str, str]] = {}

    def __init__(self, database: str) -> None:
        self.database = database

    @contextmanager
    def ready(self, locale: str) -> Iterator[None]:
        """Index all pages anew."""
        from django.core.management import call_command
        from django.test import override_settings

        backend = {"BACKEND": "wagtail.search.backends.database", **self.options.get(locale, {})}
        with connected_to(self.database), override_settings(WAGTAILSEARCH_BACKENDS={"default": backend}):
            call_command("update_index", verbosity=0)
            yield

    def __call__(self, text: str, locale: str) -> Answer:
        """Its first ten."""
        from wagtail.models import Locale, Page

        pages = Page.objects.live().filter(locale=Locale.objects.get(language_code=locale))
        found = pages.search(self.query(text))[:PLACES]
        return Answer(tuple(_key(page.translation_key) for page in found))

    def query(self, text: str) -> Any:
        """What is searched for when this is typed."""
        return text


class WagtailPlus(Wagtail):
    """With what its manual offers besides: the language's dictionary, which is one for a whole site (here each language
    is indexed and asked by itself), and quotation marks read by `parse_query_string`.
    """

    options = {"en": {"SEARCH_CONFIG": "english"}, "fr": {"SEARCH_CONFIG": "french"}}

    def query(self, text: str) -> Any:
        """Words and phrases, all of which have to be there."""
        from wagtail.search.utils import parse_query_string

        return parse_query_string(text, operator="and")[1]


def ordinary_copy(installation: Installation, name: str) -> None:
    """A copy of the newsroom's database with the character classes of an ordinary server (`LC_CTYPE`).

    Ours runs with `C`, in which PostgreSQL's text search takes every character beyond ASCII for a letter, also ’ and «.
    """
    copy_database(installation, name)
    with connect(installation, "postgres") as connection:
        # Where a copy is made nothing but the original's is accepted; what no index depends on may be set afterwards.
        connection.execute("UPDATE pg_database SET datctype = 'C.UTF-8' WHERE datname = %s", [name])


@contextmanager
def connected_to(database: str) -> Iterator[None]:
    """Django in this process works on another database of the same server."""
    from django.db import connection

    connection.close()
    own, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
