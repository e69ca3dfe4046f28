"""The admin's search is Wagtail's, and over both languages at once; accents do not matter to it."""

from collections.abc import Mapping
from typing import Any

from modelsearch.backends.database.postgres.postgres import PostgresSearchBackend

ANY = "newsroom_any"


class SearchBackend(PostgresSearchBackend):
    """Wagtail's, with a configuration that takes accents off, for whole words and for their beginnings."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__({"SEARCH_CONFIG": ANY, **params})
        self.autocomplete_config = ANY
