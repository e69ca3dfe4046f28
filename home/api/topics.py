"""`topics/`: what published documents are about, and how much there is of each topic."""

from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat, JSONObject, Now
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from delivery.caching import model_response
from delivery.models import PublishedDocument
from delivery.parameters import LocaleParameters
from delivery.problems import PROBLEMS
from delivery.reading import next_change_of_anything, next_changes
from delivery.schemas import Language
from home.api.site import Texts
from home.models import Topic

router = Router()


class TopicTranslation(Schema):
    """A topic in one of its languages."""

    locale: Language
    slug: str = Field(examples=["sauvetage"])
    name: str = Field(examples=["Sauvetage"])


class TopicEntry(Schema):
    """A topic, and how many documents a list filtered by it has."""

    id: UUID = Field(description="The same in all languages.")
    slug: str = Field(examples=["rescue"])
    name: str = Field(examples=["Rescue"])
    description: str
    translations: list[TopicTranslation] = Field(description="Every language it is published in, this one too.")
    counts: dict[str, int] = Field(
        description="Published documents in this language, by collection; a collection without any is left out.",
        examples=[{"news": 12, "videos": 3}],
    )


class Topics(Texts):
    """The topics of published documents, in one language, by name."""

    items: list[TopicEntry]


@router.get("topics/", response={200: Topics, **PROBLEMS}, summary="Topics, and how much there is of each")
def topics(request: HttpRequest, query: Query[LocaleParameters]) -> HttpResponse:
    """Topics that a published document has, be it in another language. Lists take its id or slug as `topic=`."""
    languages = Topic.objects.filter(translation_key=OuterRef("translation_key"), live=True).order_by("locale")
    term = Concat(Value("topic:"), Cast(OuterRef("translation_key"), CharField()))
    documents = PublishedDocument.objects.filter(locale=query.locale, terms__contains=[term]).values("collection")
    rows = list(
        Topic.objects.public()
        .filter(locale__language_code=query.locale)
        .order_by("name")
        .annotate(
            translations=ArraySubquery(
                languages.values(json=JSONObject(locale="locale__language_code", slug="slug", name="name"))
            ),
            counts=ArraySubquery(
                documents.annotate(number=Count("pk"))
                .order_by("collection")
                .values(json=JSONObject(collection="collection", number="number"))
            ),
            now=Now(),
            change_at=Subquery(next_changes()),
        )
        .values("translation_key", "slug", "name", "description", "translations", "counts", "now", "change_at")
    )
    items = [
        TopicEntry(
            id=row["translation_key"],
            slug=row["slug"],
            name=row["name"],
            description=row["description"],
            translations=row["translations"],
            counts={count["collection"]: count["number"] for count in row["counts"]},
        )
        for row in rows
    ]
    return model_response(
        request,
        Topics(requested_locale=query.locale, locale=query.locale, items=items),
        locale=query.locale,
        clock=(rows[0]["now"], rows[0]["change_at"]) if rows else next_change_of_anything(),
        tags=["topics", f"topics:{query.locale}"],
    )
