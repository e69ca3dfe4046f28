"""Query parameters that all lists share. Nothing is clamped or passed over in silence."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from delivery.errors import BadParameter
from delivery.registry import all_renderers, filter_terms
from delivery.schemas import Collection, LocaleCode

DEFAULT_LOCALE = cast(LocaleCode, settings.LANGUAGE_CODE)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def refuse_other_times(value: Any) -> Any:
    """RFC 3339 only: pydantic takes seconds since 1970 and more, and nobody would notice the mistake."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise PydanticCustomError("datetime_form", "not RFC 3339")
    return value


def refuse_other_collections(value: str) -> str:
    """Which collections there are, the rooms say."""
    names = sorted({renderer.collection for renderer in all_renderers()})
    if value not in names:
        raise PydanticCustomError("enum", "no collection", {"expected": ", ".join(names)})
    return value


CollectionName = Annotated[Collection, AfterValidator(refuse_other_collections)]


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC: PostgreSQL reads no offset of 16 hours or more, and RFC 3339 has them."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of the calendar's ends, where nothing is
        return moment.replace(tzinfo=UTC)


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(refuse_other_times),
    AfterValidator(in_utc),
    Field(examples=["2026-01-31T12:00:00Z"]),
]
Key = Annotated[
    str,
    Path(..., description="Id of the story, or slug in the language asked for.", examples=["harbour-reopens"]),
]
TopicFilter = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]],
    Field(
        description="Id of a topic, or its slug in any language, also a former one; repeated: any of them.",
        max_length=20,
    ),
]


class Parameters(Schema):
    """Query parameters of one endpoint. Those it does not know, and single ones given twice, are refused by name."""

    @model_validator(mode="before")
    @classmethod
    def refuse_what_is_unknown(cls, values: Any, info: ValidationInfo) -> Any:
        """Raises BadParameter. The request comes with ninja's validation context."""
        request = (info.context or {}).get("request")
        if request is None:
            return values
        for name, given in request.GET.lists():
            field = cls.model_fields.get(name)
            if field is None:
                raise BadParameter(name, _("There is no such parameter here."), "unknown_parameter")
            if len(given) > 1 and not str(field.annotation).startswith("list"):
                raise BadParameter(name, _("Give this parameter once."), "repeated_parameter")
            if any("\x00" in value for value in given):
                raise BadParameter(name, _("This value has a character that no text may have."))
        return values


def refuse_parameters(request: HttpRequest) -> None:
    """For an address that takes none. Raises BadParameter."""
    for name in request.GET:
        raise BadParameter(name, _("There is no such parameter here."), "unknown_parameter")


class LocaleParameters(Parameters):
    """In which language."""

    locale: Annotated[LocaleCode, Field(description="Language of the content.")] = DEFAULT_LOCALE
    fallback: Annotated[
        Literal["default", "none"],
        Field(description="`default`: a story without this language is answered in the default one, and says so."),
    ] = "none"


class ListParameters(LocaleParameters):
    """What every list of a collection takes."""

    limit: Annotated[int, Field(ge=1, le=100, description="Entries an answer.")] = 20
    cursor: Annotated[str | None, Field(min_length=1, max_length=64, description="`next` of the answer before.")] = None
    order: Annotated[Literal["-published_at", "published_at"], Field(description="Newest or oldest first.")] = (
        "-published_at"
    )
    count: Annotated[bool, Field(description="Add the number of entries in all.")] = False
    topic: TopicFilter = []
    tag: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(description="Slug of a tag; repeated: any of them.", max_length=20),
    ] = []
    ids: Annotated[list[UUID], Field(description="Only these stories; repeated.", max_length=100)] = []
    published_after: Annotated[Moment | None, Field(description="Public date after this moment.")] = None
    published_before: Annotated[Moment | None, Field(description="Public date before this moment.")] = None
    updated_after: Annotated[Moment | None, Field(description="Updated after this moment.")] = None

    def terms(self) -> list[list[str]]:
        """Groups of terms: of each group a document has one at least."""
        groups = [filter_terms("topic", self.topic), filter_terms("tag", self.tag)]
        return [group for group in groups if group]


__all__ = [
    "DEFAULT_LOCALE",
    "CollectionName",
    "Key",
    "ListParameters",
    "LocaleCode",
    "LocaleParameters",
    "Moment",
    "Parameters",
]
