"""`newsletter/lists/`: what can be subscribed to."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from ninja import Query, Router, Schema
from pydantic import Field

from delivery.caching import model_response
from delivery.parameters import DEFAULT_LOCALE, LocaleCode, Parameters
from delivery.problems import PROBLEMS
from delivery.reading import next_change_of_anything
from newsletter.models import ConsentText, NewsletterList

router = Router()


class LanguageParameters(Parameters):
    """In which language."""

    locale: Annotated[LocaleCode, Field(description="Language of names, and of the text to agree to.")] = DEFAULT_LOCALE


class ListEntry(Schema):
    """A newsletter."""

    slug: str = Field(examples=["weekly"])
    name: str = Field(examples=["The week at sea"])
    description: str
    language: str | None = Field(description="Of its mails; null: in each subscriber's own.", examples=["en"])


class ConsentAnswer(Schema):
    """What people agree to by subscribing: show it beside the form. Send its version with the sign-up."""

    version: str
    text: str


class ListsAnswer(Schema):
    """What can be subscribed to."""

    locale: str
    items: list[ListEntry]
    consent: ConsentAnswer


@router.get("lists/", response={200: ListsAnswer, **PROBLEMS}, summary="Newsletters")
def list_newsletters(request: HttpRequest, query: Query[LanguageParameters]) -> HttpResponse:
    """Those that are open."""
    with override(query.locale):
        text = ConsentText.in_force()
        answer = ListsAnswer(
            locale=query.locale,
            items=[as_entry(one) for one in NewsletterList.objects.filter(is_open=True)],
            consent=ConsentAnswer(version=text.version, text=text.text),
        )
    return model_response(request, answer, locale=query.locale, clock=next_change_of_anything(), tags=["newsletters"])


def as_entry(one: NewsletterList) -> ListEntry:
    """In the language that is active."""
    return ListEntry(slug=one.slug, name=one.name, description=one.description, language=one.language or None)
