"""What a renderer may ask, and where it leaves word of what its document depends on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from wagtail.models import Page, Site

from delivery.models import PublishedDocument, Story
from delivery.schemas import TranslationLink

FRONTEND_ROOT = "frontend root"
Answer = TypeVar("Answer")
Lookup = Callable[[UUID, str], PublishedDocument | None]


def stored_document(story_id: UUID, locale: str) -> PublishedDocument | None:
    """What is public of a story in a language now."""
    return PublishedDocument.objects.filter(story_id=story_id, locale=locale).defer("body").first()


@dataclass
class RenderContext:
    """One render of one page: its story, its language, the clock, and a notebook of dependencies.

    Renderers take the time from `at` and never from the clock, so that a page can be shown as of any moment.
    """

    story: Story
    page: Page
    locale: str
    at: datetime
    translations: list[TranslationLink]
    first_published_at: datetime
    published_at: datetime
    updated_at: datetime
    is_preview: bool = False
    depends_on: set[str] = field(default_factory=set)
    shows: set[str] = field(default_factory=set)
    stale_at: datetime | None = None
    # Where other stories' documents are found: among those that are stored, unless the caller knows of others.
    look_up: Lookup = stored_document
    # What all renders of one batch may share, because nothing changes while it lasts.
    memory: dict[object, Any] = field(default_factory=dict)

    def depend(self, dependency: str) -> None:
        """Remember that a change of `dependency` (`topic:<id>`, …) must render this again."""
        self.depends_on.add(dependency)

    def show(self, file_key: str) -> None:
        """Remember that this document lets the public fetch a file (`image:<id>`, …); a dependency too."""
        self.shows.add(file_key)
        self.depends_on.add(file_key)

    def holds_until(self, moment: datetime | None) -> None:
        """Remember that this render is right only until `moment`."""
        if moment and moment > self.at and (self.stale_at is None or moment < self.stale_at):
            self.stale_at = moment

    def published(self, story_id: UUID | str) -> PublishedDocument | None:
        """The other story's document in this language, if it has one. Depends on it either way."""
        self.depend(f"story:{story_id}")
        return self.look_up(UUID(str(story_id)), self.locale)

    def once(self, key: object, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question that many documents of a batch put, asked once."""
        if key not in self.memory:
            self.memory[key] = ask()
        answer: Answer = self.memory[key]
        return answer

    def url(self, path: str) -> str:
        """Absolute frontend address of a path."""
        return self.once("frontend root", frontend_root) + path

    @cached_property
    def path(self) -> str:
        """Frontend path of the page."""
        return frontend_path(self.page)

    def head(self) -> dict[str, Any]:
        """Values of `delivery.schemas.Head` that do not depend on the collection."""
        self.depend("site")
        return {
            "id": self.story.id,
            "type": self.story.collection,
            "locale": self.locale,
            "slug": self.page.slug,
            "path": self.path,
            "url": self.url(self.path),
            "api_url": api_url(self.story.collection, self.story.id, self.locale),
            "title": self.page.title,
            "translations": self.translations,
            "first_published_at": self.first_published_at,
            "published_at": self.published_at,
            "updated_at": self.updated_at,
        }


def api_url(collection: str, story_id: UUID | str, locale: str) -> str:
    """Path of a document in the API."""
    return f"/api/v1/{collection}/{story_id}/?locale={locale}"


def frontend_path(page: Page) -> str:
    """`/fr/actualites/titre/`: the language, then the slugs below its home page. Ends with a slash."""
    below_home = page.url_path.split("/", 2)[2] if page.url_path.count("/") > 1 else ""
    return f"/{page.locale.language_code}/{below_home}"


def frontend_url(path: str) -> str:
    """Absolute frontend address of a path, from Wagtail's default site record."""
    return frontend_root() + path


def frontend_root() -> str:
    """Address of the public frontend, without a slash at the end: that of Wagtail's default site. Kept in the cache."""
    root = cache.get(FRONTEND_ROOT)
    if root is None:
        site = Site.objects.filter(is_default_site=True).first()
        root = str(site.root_url) if site else settings.FRONTEND_URL
        cache.set(FRONTEND_ROOT, root)
    return str(root)


def forget_frontend_root() -> None:
    """A site changed: ask again, now and once others can see it."""
    for forget in (partial(cache.delete, FRONTEND_ROOT), Site.clear_site_root_paths_cache):
        forget()
        transaction.on_commit(forget)
