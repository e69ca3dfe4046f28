"""What the hits of a search have in common, with names."""

import json
from collections.abc import Sequence
from uuid import UUID

from ninja import Schema
from pydantic import Field

from delivery.rows import read_rows
from delivery.schemas import Collection
from search.finding import Facet


class TypeFacet(Schema):
    """How many hits are of a kind."""

    value: Collection
    count: int


class TopicFacet(Schema):
    """How many hits are on a topic."""

    id: UUID = Field(description="The same in all languages.")
    slug: str
    name: str
    count: int


class TagFacet(Schema):
    """How many hits have a tag."""

    value: str = Field(description="Slug of the tag.")
    count: int


class YearFacet(Schema):
    """How many hits are of a year, in UTC."""

    value: int
    count: int


class Facets(Schema):
    """Of all hits, not only of those in this part; the 20 values that most have."""

    types: list[TypeFacet]
    topics: list[TopicFacet]
    tags: list[TagFacet]
    years: list[YearFacet] = Field(description="Latest first.")


def facets_of(found: Sequence[Facet]) -> Facets:
    """Facets with the names that topics have in documents of the language; a topic without one is left out."""
    by_name: dict[str, list[Facet]] = {}
    for facet in found:
        by_name.setdefault(facet.name, []).append(facet)
    names = _topic_names([facet.document_id for facet in by_name.get("topic", ())])
    return Facets(
        types=[TypeFacet(value=one.value, count=one.count) for one in by_name.get("type", ())],
        topics=[
            TopicFacet(id=UUID(one.value), slug=names[one.value][0], name=names[one.value][1], count=one.count)
            for one in by_name.get("topic", ())
            if one.value in names
        ],
        tags=[TagFacet(value=one.value, count=one.count) for one in by_name.get("tag", ())],
        years=sorted(
            (YearFacet(value=int(one.value), count=one.count) for one in by_name.get("year", ())),
            key=lambda one: -one.value,
        ),
    )


def _topic_names(document_ids: Sequence[int]) -> dict[str, tuple[str, str]]:
    """Slug and name by id, as documents have them: so a topic that only a draft has is named nowhere."""
    if not document_ids:
        return {}
    rows = read_rows(
        "SELECT card FROM delivery_publisheddocument WHERE id = ANY (%(ids)s)", {"ids": list(set(document_ids))}
    )
    return {
        topic["id"]: (topic["slug"], topic["name"])
        for (card,) in rows
        for topic in json.loads(bytes(card)).get("topics", ())
    }
