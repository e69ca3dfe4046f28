"""`pages/`: home, landing and section pages."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field, RootModel

from delivery.parameters import Key, LocaleParameters
from delivery.problems import DOCUMENT_PROBLEMS
from delivery.reading import document_response
from delivery.schemas import Requested
from home.documents import COLLECTION, HomeDocument, LandingDocument, SectionDocument

router = Router()


class HomeAnswer(HomeDocument, Requested):
    """A home page, and how it relates to what was asked for."""


class LandingAnswer(LandingDocument, Requested):
    """A landing page, and how it relates to what was asked for."""


class SectionAnswer(SectionDocument, Requested):
    """A section, and how it relates to what was asked for."""


class PageAnswer(RootModel[Annotated[HomeAnswer | LandingAnswer | SectionAnswer, Field(discriminator="page_type")]]):
    """A page; `page_type` tells which kind."""


@router.get(
    "pages/{str:key}/", response={200: PageAnswer, **DOCUMENT_PROBLEMS}, summary="A home, landing or section page"
)
def get_page(request: HttpRequest, key: Key, query: Query[LocaleParameters]) -> HttpResponse:
    """A published page by id or slug. Find ids with `resolve/?path=/en/`."""
    return document_response(request, COLLECTION, key, query)
