"""`videos/…/clips/`, `clips/`, `videos/…/download/`: frames of a video as a file of one's own, and whole renditions."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from ninja import Path, Query, Router, Schema
from ninja.decorators import decorate_view
from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from accounts.callers import AnyCaller, Caller, CallersRequest
from accounts.models import Scope
from delivery.errors import ServedElsewhere
from delivery.parameters import Parameters, refuse_parameters
from delivery.personal import PERSONAL, PartParameters, newest_first, only_looks, personal
from delivery.problems import PROBLEMS, Problem
from delivery.schemas import one_of
from videos.clips.captions import captions_of
from videos.clips.handing import hand_out_clips, hand_out_rendition
from videos.clips.limits import HOUR_SECONDS, most_an_hour, room_in_hour
from videos.clips.links import link_to_captions, link_to_clip, link_to_rendition
from videos.clips.orders import Wish, clip_for, clips_of, give_back, order_clip
from videos.clips.sources import published_rendition, refuse_unless_allowed
from videos.clips.states import ClipStatus, error_of, status_of
from videos.models import Caption, Clip
from videos.tasks import wake_cutter, waking_indexers

# A token reads, and orders nothing.
router = Router(auth=AnyCaller(Scope.DOWNLOADS))

REFUSALS = {401: Problem, 403: Problem, 404: Problem, **PROBLEMS}
ORDER_REFUSALS = {**REFUSALS, 400: Problem, 413: Problem, 415: Problem, 503: Problem}
# How many more there may be is told with the answer.
COUNTED = {**PERSONAL, "x-counted": True}
MOST_POINT = 40
# Of words to burn in: more than there are, for who repeats himself.
MOST_BURN_IN = 10
# Halves of a pair, which no answer could say again.
SURROGATES = re.compile("[\ud800-\udfff]")


def refuse_what_is_no_point(value: Any) -> Any:
    """What it means, the video says; here only its kind is looked at."""
    is_text = isinstance(value, str) and len(value) <= MOST_POINT and not SURROGATES.search(value)
    if not is_text and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise PydanticCustomError("not_a_point", "no point")
    return value


Point = Annotated[
    str | int | float,
    PlainValidator(refuse_what_is_no_point),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "minLength": 1, "maxLength": MOST_POINT}, {"type": "number", "minimum": 0}]}
    ),
]
VideoId = Annotated[UUID, Path(..., description="Id of the video: that of its story.")]
ClipId = Annotated[UUID, Path(..., description="As the order was answered.")]
Rendition = Annotated[str, Field(min_length=1, max_length=40, description="Name of a rendition of the video.")]


BURN_IN: dict[str, Any] = {"items": {"type": "string", "enum": Clip.BurnIn.values}}


class ClipOrder(Schema):
    """Which frames. The first frame kept is the nearest to `start`, the first not kept the nearest to `end`."""

    model_config = ConfigDict(extra="forbid")

    start: Point = Field(
        description="Seconds, `HH:MM:SS.mmm`, or a timecode (`HH:MM:SS:FF`, `;FF` for drop frame).", examples=["12.48"]
    )
    end: Point = Field(description="The same; the first moment that is not kept.", examples=["00:00:20.000"])
    rendition: Rendition = "master"
    audio_only: bool = Field(False, description="The sound alone.")
    burn_in: list[Annotated[str, Field(max_length=MOST_POINT)]] = Field(
        [],
        max_length=MOST_BURN_IN,
        description="What is drawn into the pictures, which are encoded for it: each frame's own timecode, and the "
        "organisation's name. Not with `audio_only`.",
        json_schema_extra=BURN_IN,
    )


class ClipCaptions(Schema):
    """A clip's captions in one language."""

    language: str
    url: str = Field(description="Address of the WebVTT file, for five minutes.")


class ClipAnswer(Schema):
    """A clip, as far as it is."""

    id: UUID
    video: UUID
    rendition: str | None = Field(description="Null where that rendition is gone.")
    audio_only: bool
    burn_in: list[str] = Field(description="What is drawn into the pictures.", json_schema_extra=BURN_IN)
    start: float = Field(description="Seconds; snapped to the frame.")
    end: float = Field(description="Seconds; snapped to the frame.")
    start_frame: int = Field(description="First frame of the clip, counted from 0.")
    end_frame: int = Field(description="First frame that is not in it.")
    status: Annotated[ClipStatus, one_of(ClipStatus)]
    progress: int = Field(description="Percent.")
    method: Annotated[Clip.Method | None, one_of(Clip.Method)] = Field(
        description="What was done to get it; null until it is ready."
    )
    encoded_frames: int | None = Field(description="How many frames are not the source's own bits.")
    size: int | None = Field(description="Bytes.")
    duration: float | None = Field(description="Seconds.")
    created_at: datetime
    expires_at: datetime | None = Field(description="Until when it can be downloaded.")
    download_url: str | None = Field(description="For five minutes; ask again for another one.")
    captions: list[ClipCaptions] = Field(description="Once it is ready.")
    events_url: str = Field(description="Path of its progress as Server-Sent Events.")
    error: str | None = Field(description="What went wrong, for people, in the caller's language.")


class ClipList(Schema):
    """A part of somebody's clips, newest first."""

    items: list[ClipAnswer]
    next: str | None = Field(description="`cursor` for what follows; null at the end.")


class DownloadParameters(Parameters):
    """Which encoding."""

    rendition: Rendition = "master"


def as_answer(clip: Clip, holder: int | None, captions: list[Caption] | None = None) -> ClipAnswer:
    """A clip of `seen_by` as the API tells it. `holder`: the account that is told; `captions`: where they are known."""
    status = status_of(clip)
    is_ready = status == ClipStatus.READY
    assert clip.story_id is not None  # Editors' own are not asked for here.
    if captions is None:
        captions = captions_of(clip) if is_ready else []
    return ClipAnswer(
        id=clip.pk,
        video=clip.story_id,
        rendition=clip.rendition.name if clip.rendition else None,
        audio_only=clip.audio_only,
        burn_in=clip.burn_in.split(),
        start=float(clip.start),
        end=float(clip.end),
        start_frame=clip.start_frame,
        end_frame=clip.end_frame,
        status=status,
        progress=100 if is_ready else clip.progress,
        method=Clip.Method(clip.method) if is_ready else None,
        encoded_frames=clip.encoded_frames if is_ready else None,
        size=clip.size_bytes if is_ready else None,
        duration=float(clip.duration) if is_ready and clip.duration is not None else None,
        created_at=clip.created_at,
        expires_at=clip.expires_at if is_ready or status == ClipStatus.EXPIRED else None,
        download_url=link_to_clip(clip, holder) if is_ready else None,
        captions=[
            ClipCaptions(language=caption.language, url=link_to_captions(clip, caption, holder)) for caption in captions
        ],
        events_url=f"{clip_path(clip)}events/",
        error=error_of(clip),
    )


def _tell(request: CallersRequest, clip: Clip, status: int = 200) -> HttpResponse:
    if not only_looks(request):
        hand_out_clips(request.auth, [clip])
    return personal(as_answer(clip, request.auth.account_id), status)


def clip_path(clip: Clip) -> str:
    """Path of the clip in this API."""
    return f"/api/v1/clips/{clip.pk}/"


def tells_what_is_left(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers say how many clips the caller may order within an hour, and how many are left, refusals too.

    As draft-ietf-httpapi-ratelimit-headers has it: `q` in `w` seconds; `r` left, more of them in `t` seconds.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        caller = getattr(request, "auth", None)
        if isinstance(caller, Caller) and response.status_code < 500:
            left, seconds = room_in_hour(caller)
            response["RateLimit-Policy"] = f'"clips";q={most_an_hour(caller)};w={HOUR_SECONDS}'
            response["RateLimit"] = f'"clips";r={left};t={seconds}'
        return response

    return answer


@router.post(
    "videos/{uuid:video_id}/clips/",
    response={200: ClipAnswer, 202: ClipAnswer, **ORDER_REFUSALS},
    summary="Order a clip",
    openapi_extra=COUNTED,
)
@decorate_view(tells_what_is_left)
def create_clip(request: CallersRequest, video_id: VideoId, order: ClipOrder) -> HttpResponse:
    """202, and the clip is cut as soon as can be; 200 for an equal one that there is. `Location` says where to look.

    503 with `Retry-After` where the video is being prepared for cutting: send the same again.
    """
    refuse_parameters(request)
    wish = Wish(order.start, order.end, order.rendition, order.audio_only, order.burn_in)
    with waking_indexers():
        clip, is_work = order_clip(request.auth, video_id, wish)
    if is_work:
        lane = clip.lane
        transaction.on_commit(lambda: wake_cutter(lane))
    response = _tell(request, clip, 202 if is_work else 200)
    response["Location"] = clip_path(clip)
    return response


@router.get("clips/", response={200: ClipList, **REFUSALS}, summary="The caller's clips", openapi_extra=PERSONAL)
def list_clips(request: CallersRequest, query: Query[PartParameters]) -> HttpResponse:
    """What the caller ordered, newest first. Who has no account is known by the address he asks from."""
    rows, after = newest_first(clips_of(request.auth), "-clips", query)
    if not only_looks(request):
        hand_out_clips(request.auth, rows)
    return personal(ClipList(items=[as_answer(clip, request.auth.account_id) for clip in rows], next=after))


@router.get("clips/{uuid:clip_id}/", response={200: ClipAnswer, **REFUSALS}, summary="A clip", openapi_extra=PERSONAL)
def get_clip(request: CallersRequest, clip_id: ClipId) -> HttpResponse:
    """How far it is; and where it can be downloaded, once it is ready."""
    refuse_parameters(request)
    return _tell(request, clip_for(request.auth, clip_id))


@router.delete(
    "clips/{uuid:clip_id}/", response={200: ClipAnswer, **REFUSALS}, summary="Cancel a clip", openapi_extra=PERSONAL
)
def cancel_clip(request: CallersRequest, clip_id: ClipId) -> HttpResponse:
    """The caller wants it no more. Work on it stops, unless somebody else waits for the same."""
    refuse_parameters(request)
    return _tell(request, give_back(request.auth, clip_id))


@router.get(
    "clips/{uuid:clip_id}/events/",
    response={200: ClipAnswer, 503: Problem, **REFUSALS},
    summary="A clip, as it is cut",
    openapi_extra={**PERSONAL, "x-event-stream": True},
)
def follow_clip(request: CallersRequest, clip_id: ClipId) -> HttpResponse:
    """The clip as Server-Sent Events: `event` is its status, `data` the clip. The stream ends when the work does."""
    raise ServedElsewhere


@router.get(
    "videos/{uuid:video_id}/download/",
    response={302: None, **REFUSALS},
    summary="Download a rendition",
    openapi_extra=PERSONAL,
)
def download(request: CallersRequest, video_id: VideoId, query: Query[DownloadParameters]) -> HttpResponse:
    """Leads to an address that is good for five minutes and names the file. Counts as usage; `HEAD` does not."""
    published = published_rendition(video_id, query.rendition)
    refuse_unless_allowed(request.auth, published.rendition)
    if not only_looks(request):
        hand_out_rendition(request.auth, published)
    response = HttpResponseRedirect(link_to_rendition(published, request.auth.account_id))
    response["Cache-Control"] = "private, no-store"
    return response
