"""The stories as their writers left them: a TOML file each, in `content/` (its README describes them)."""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

CONTENT = Path(__file__).parent / "content"
LANGUAGES = ("en", "fr")
# Ids made from it are the same in every demo, so examples and screenshots keep their addresses.
NAMESPACE = uuid5(NAMESPACE_URL, "https://openseas.example/demo")


class BadContent(Exception):
    """A file of the demo's content says something that cannot be. Names the file."""


def demo_id(*names: object) -> UUID:
    """An id that is the same in every demo."""
    return uuid5(NAMESPACE, "/".join(map(str, names)))


@cache
def read(name: str) -> dict[str, Any]:
    """A file of the content, by its path below `content/`. Raises BadContent."""
    try:
        return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadContent(f"{name}: {error}") from error


@dataclass(frozen=True)
class Piece:
    """A story in all its languages. The file is read when its fields are first asked for."""

    folder: str  # news, videos
    key: str

    def __str__(self) -> str:
        return f"{self.folder}/{self.key}"

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The file's content."""
        return read(f"{self}.toml")

    def __getitem__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise BadContent(f"{self}: `{name}` is missing") from None

    def get(self, name: str, default: Any = None) -> Any:
        """A field that need not be there."""
        return self.fields.get(name, default)

    def words(self, language: str) -> dict[str, Any]:
        """The fields of one language."""
        return dict(self[language])

    @property
    def story_id(self) -> UUID:
        """The story's id: the `translation_key` of its pages."""
        return demo_id(self.folder, self.key)

    @property
    def languages(self) -> list[str]:
        """The languages it was written in, the original first."""
        return sorted((code for code in LANGUAGES if code in self.fields), key=lambda code: code != self["original"])

    @property
    def at(self) -> datetime:
        """When it was, or will be, published."""
        return days_ago(self["days_ago"], self.key)

    def id_of(self, *names: object) -> str:
        """A stable id for a part of it."""
        return str(demo_id(self.folder, self.key, *names))


def pieces(folder: str) -> list[Piece]:
    """Every story of a folder of `content/`."""
    return [Piece(folder, path.stem) for path in sorted((CONTENT / folder).glob("*.toml"))]


def days_ago(days: float, key: str) -> datetime:
    """A moment in office hours, so many days back (or ahead, if negative): always the same hour for the same key."""
    now = datetime.now(UTC).replace(microsecond=0)
    seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest())
    moment = now.replace(hour=7 + seed % 11, minute=seed // 11 % 12 * 5, second=0) - timedelta(days=days)
    if days < 0:
        return max(moment, now + timedelta(hours=6))
    return min(moment, now - timedelta(minutes=10 + seed % 240))
