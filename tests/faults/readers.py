"""A frontend that follows the feed over HTTP and keeps what it is told is public."""

import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

Key = tuple[str, str]


class Reader(threading.Thread):
    """Follows `changes/`, fetches each document that an entry names, and drops what was withdrawn.

    `published` is what it holds, by story and language; `sequences` the entries it was given, in order.
    """

    def __init__(self, address: str, limit: int) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.limit = limit
        self.published: dict[Key, Any] = {}
        self.sequences: list[int] = []
        self.error: BaseException | None = None
        self._is_last_round = threading.Event()

    def run(self) -> None:
        """Follow until told to finish."""
        try:
            token = None
            while True:
                is_last_round = self._is_last_round.is_set()
                since = f"&since={token}" if token else ""
                answer = self._get(f"/api/v1/changes/?limit={self.limit}{since}")
                for entry in answer["items"]:
                    self._apply(entry)
                token = answer["next"]
                if not answer["has_more"]:
                    if is_last_round:
                        return
                    time.sleep(0.05)
        except BaseException as error:
            self.error = error

    def finish(self) -> None:
        """Read to the end of the feed, and end. Raises what went wrong meanwhile."""
        self._is_last_round.set()
        self.join(timeout=60)
        assert not self.is_alive()
        if self.error:
            raise self.error

    def _apply(self, entry: dict[str, Any]) -> None:
        self.sequences.append(entry["sequence"])
        key = entry["id"], entry["locale"]
        document = self._get(entry["api_url"]) if entry["api_url"] else None
        if document is None:  # withdrawn; or since then: its tombstone is still to come
            self.published.pop(key, None)
        else:
            self.published[key] = document

    def _get(self, path: str) -> Any:
        """What is answered; None for 404."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
