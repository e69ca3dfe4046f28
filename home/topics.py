"""Topics and tags in JSON, and as terms that lists filter by."""

from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext


class TopicJSON(Schema):
    """A topic in the document's language."""

    id: UUID = Field(description="The same in all languages.")
    slug: str
    name: str


def topics_to_json(topics: Any, context: RenderContext) -> list[TopicJSON]:
    """Topics (a queryset of home.models.Topic in any language) in the document's language, by name.

    A topic that is not published in this language is left out: languages are never mixed.
    """
    keys = [topic.translation_key for topic in topics.all()]
    for key in keys:
        context.depend(f"topic:{key}")
    own = context.once(("topics", context.locale), lambda: _published_topics(topics.model, context.locale))
    return [topic for topic in own if topic.id in keys]


def _published_topics(model: Any, locale: str) -> list[TopicJSON]:
    """The whole vocabulary of a language, by name: it is short."""
    rows = model.objects.filter(locale__language_code=locale, live=True).order_by("name")
    return [TopicJSON(id=topic.translation_key, slug=topic.slug, name=topic.name) for topic in rows]


def topic_terms(topics: Any, context: RenderContext) -> list[str]:
    """Filter terms of topics: by id, and by slug in each language, since a list may fall back on another one."""
    public = context.once("topic slugs", lambda: _slugs(topics.model))
    keys = [topic.translation_key for topic in topics.all()]
    return [f"topic:{value}" for key in keys if key in public for value in (key, *public[key])]


def _slugs(model: Any) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for key, slug in model.objects.filter(live=True).order_by("pk").values_list("translation_key", "slug"):
        found.setdefault(key, []).append(slug)
    return found


def tags_to_json(tags: Any, context: RenderContext) -> list[str]:
    """Slugs of free tags (a manager of taggit's), in order."""
    rows = sorted(tags.values_list("slug", "id"))
    for _slug, pk in rows:
        context.depend(f"tag:{pk}")
    return [slug for slug, _pk in rows]
