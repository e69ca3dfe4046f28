"""Topics and tags in JSON, and as terms that lists filter by."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from ninja import Schema
from pydantic import Field

from delivery.context import RenderContext
from delivery.rows import read_rows

# A slug that a topic has now is that topic's, whoever had it before.
MEANT = """
    SELECT translation_key::text FROM home_topic
    WHERE live AND (slug = ANY (%(values)s::varchar[]) OR translation_key::text = ANY (%(values)s::varchar[]))
    UNION
    SELECT topic.translation_key::text FROM home_formertopicslug former JOIN home_topic topic ON topic.id = topic_id
    WHERE topic.live AND former.slug = ANY (%(values)s::varchar[])
    AND NOT EXISTS (SELECT FROM home_topic present WHERE present.live AND present.slug = former.slug)
"""


class TopicJSON(Schema):
    """A topic in the document's language."""

    id: UUID = Field(description="The same in all languages.")
    slug: str
    name: str


class _Topic(NamedTuple):
    key: UUID
    slug: str
    name: str
    locale: str


def topics_of(topics: Any, context: RenderContext) -> tuple[list[TopicJSON], list[str]]:
    """Topics (a manager of home.models.Topic in any language) in the document's language by name, and as terms.

    A topic that is not published in this language is named nowhere, since languages are never mixed, but it is a term:
    a list may fall back on another language.
    """
    keys = {topic.translation_key for topic in topics.all()}
    for key in sorted(keys):
        context.depend(f"topic:{key}")
    published = context.once("topics", lambda: _published(topics.model))
    meant = [topic for topic in published if topic.key in keys]
    names = [
        TopicJSON(id=topic.key, slug=topic.slug, name=topic.name) for topic in meant if topic.locale == context.locale
    ]
    return names, [f"topic:{key}" for key in sorted({topic.key for topic in meant})]


def _published(model: Any) -> list[_Topic]:
    """The whole vocabulary, by name: it is short."""
    columns = ("translation_key", "slug", "name", "locale__language_code")
    return [_Topic(*row) for row in model.objects.filter(live=True).order_by("name").values_list(*columns)]


def topic_ids(values: Sequence[str]) -> list[str]:
    """Ids of published topics, of which the ids or slugs in any language, also former ones, are given in lower case."""
    return [key for (key,) in read_rows(MEANT, {"values": list(values)})]


def tags_to_json(tags: Any, context: RenderContext) -> list[str]:
    """Slugs of free tags (a manager of taggit's), in order."""
    rows = sorted(tags.values_list("slug", "id"))
    for _slug, pk in rows:
        context.depend(f"tag:{pk}")
    return [slug for slug, _pk in rows]
