"""`videos/`: cards and videos."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from delivery.parameters import Key, ListParameters, LocaleParameters
from delivery.problems import DOCUMENT_PROBLEMS, PROBLEMS
from delivery.reading import ListAnswer, document_response, list_response
from delivery.schemas import Requested
from videos.documents import COLLECTION, VideoCard, VideoDocument
from videos.models import VideoPage

router = Router()


class VideoAnswer(VideoDocument, Requested):
    """A video, and how it relates to what was asked for."""


class VideoCardAnswer(VideoCard, Requested):
    """A card, and how it relates to what was asked for."""


class VideoList(ListAnswer):
    """Cards of videos."""

    items: list[VideoCardAnswer]


class VideoListParameters(ListParameters):
    """Which videos."""

    kind: Annotated[list[VideoPage.Kind], Field(description="Kind of video; repeated: any of them.", max_length=4)] = []


@router.get("", response={200: VideoList, **PROBLEMS}, summary="Videos, newest first")
def list_videos(request: HttpRequest, query: Query[VideoListParameters]) -> HttpResponse:
    """Cards of published videos in one language."""
    return list_response(request, COLLECTION, query, query.kind)


@router.get("{str:key}/", response={200: VideoAnswer, **DOCUMENT_PROBLEMS}, summary="One video")
def get_video(request: HttpRequest, key: Key, query: Query[LocaleParameters]) -> HttpResponse:
    """A published video by id or slug."""
    return document_response(request, COLLECTION, key, query)
