"""`news/`: cards and stories."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from delivery.parameters import Key, ListParameters, LocaleParameters
from delivery.problems import DOCUMENT_PROBLEMS, PROBLEMS
from delivery.reading import ListAnswer, document_response, list_response
from delivery.schemas import Requested
from news.documents import COLLECTION, NewsCard, NewsDocument
from news.models import NewsPage

router = Router()


class NewsAnswer(NewsDocument, Requested):
    """A news story, and how it relates to what was asked for."""


class NewsCardAnswer(NewsCard, Requested):
    """A card, and how it relates to what was asked for."""


class NewsList(ListAnswer):
    """Cards of news stories."""

    items: list[NewsCardAnswer]


class NewsListParameters(ListParameters):
    """Which news stories."""

    kind: Annotated[list[NewsPage.Kind], Field(description="Kind of story; repeated: any of them.", max_length=6)] = []


@router.get("", response={200: NewsList, **PROBLEMS}, summary="News stories, newest first")
def list_news(request: HttpRequest, query: Query[NewsListParameters]) -> HttpResponse:
    """Cards of published news stories in one language."""
    return list_response(request, COLLECTION, query, query.kind)


@router.get("{str:key}/", response={200: NewsAnswer, **DOCUMENT_PROBLEMS}, summary="One news story")
def get_news(request: HttpRequest, key: Key, query: Query[LocaleParameters]) -> HttpResponse:
    """A published news story by id or slug."""
    return document_response(request, COLLECTION, key, query)
