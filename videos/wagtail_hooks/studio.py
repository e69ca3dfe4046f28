"""Where editors cut clips of a video: the page, and what its scripts ask for. All of it for who may change the video.

`GET …/frames/` tells when each frame begins, `…/point/` which frame a text means, `POST …/order/` has a clip made. They
speak JSON; an error has a sentence in `detail`, or in `errors` one for each field.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, Field, ValidationError
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.widgets import Button
from wagtail.log_actions import log
from wagtail.permissions import policy_registry

from accounts.callers import Caller
from delivery.errors import BadParameter, BadParameters, NotPublished
from delivery.files import Reader, stream_stored
from delivery.middleware import outside_publishing
from videos.clips.frames import frames_to_json
from videos.clips.library import make_video_of
from videos.clips.orders import Wish, give_back, order_of
from videos.clips.points import frame_of
from videos.clips.sources import Published, library_master
from videos.clips.states import ClipStatus, error_of, status_of
from videos.cutting.timecode import clock_of
from videos.errors import NotIndexedYet, TooManyClips, VideosError
from videos.ingest.indexing import index_at_hand
from videos.models import Clip, ClipRequest, VideoFile, VideoPage, VideoRendition
from videos.models.ingest import StepName
from videos.storage import video_storage
from videos.tasks import wake_cutter, waking_indexers
from videos.wagtail_hooks.captions import VideoView, may_change
from videos.wagtail_hooks.shots import shot_lists

# As wide as players show it; who steps from frame to frame waits for each.
PLAYER_WIDTH = 1280
MOST_CLIPS = 50
MOST_POINT = 40
MOST_BURN_IN = 10
SHEET_FACTS = ("count", "columns", "tile_width", "tile_height", "interval")

# What the scripts say. `{…}`: filled in by them.
TEXTS = {
    "end": gettext_lazy("end of the video"),
    "frame": gettext_lazy("Frame {frame} of {count}"),
    "duration": gettext_lazy("{seconds} s, {frames} frames"),
    "in_set": gettext_lazy("In point: {point}"),
    "out_set": gettext_lazy("Out point: {point}"),
    "play": gettext_lazy("Play"),
    "pause": gettext_lazy("Pause"),
    "forward": gettext_lazy("Forward, {speed} times as fast"),
    "back_once": gettext_lazy("Back"),
    "back": gettext_lazy("Back, {speed} times as fast"),
    "ordered": gettext_lazy("The clip is ordered."),
    "shared": gettext_lazy("There is such a clip already: see the list."),
    "ready": gettext_lazy("A clip is ready: {name}"),
    "failed": gettext_lazy("A clip could not be made: {name}"),
    "unreachable": gettext_lazy("The server does not answer. Try again."),
    "logged_out": gettext_lazy("You are not logged in any more, or may not do this. Log in in another window."),
    "unplayable": gettext_lazy("This browser cannot play the video. Points can be written all the same."),
    "no_frames": gettext_lazy("The frames of this video could not be read. Load the page again."),
}


class Wanted(BaseModel):
    """Which frames a script asks for: points as somebody wrote them."""

    start: str = Field(max_length=MOST_POINT)
    end: str = Field(max_length=MOST_POINT)
    audio_only: bool = False
    burn_in: list[str] = Field([], max_length=MOST_BURN_IN)


class Studio(VideoView):
    """A player with a timeline, and the clips that were cut there."""

    page_title = gettext_lazy("Cut clips")
    header_icon = "cut"
    template_name = "videos/studio.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With everything that is on the page from the beginning."""
        picture = player_rendition(self.video) if is_indexed(self.video) else None
        return super().get_context_data(**kwargs) | {
            "picture": picture,
            "is_master": picture is not None and picture.role == VideoRendition.Role.MASTER,
            "shot_lists": shot_lists(self.video, self.request.user, self.request.GET.get("page", "")),
            "scripts": self._scripts(),
            **clips_context(self.request, self.video),
        }

    def _scripts(self) -> dict[str, Any]:
        """What the scripts have to know."""
        # Single keys get in the way of who speaks to his computer (WCAG 2.1.4): his account says so.
        profile = getattr(self.request.user, "wagtail_userprofile", None)
        storyboard, waveform = getattr(self.video, "storyboard", None), getattr(self.video, "waveform", None)
        sheet = storyboard and {
            "url": f"/files/storyboards/{storyboard.pk}.jpg",
            **{name: getattr(storyboard, name) for name in SHEET_FACTS},
        }
        addresses = {
            name: reverse(f"studio_{name}", args=[self.video.pk]) for name in ("frames", "point", "order", "clips")
        }
        return {
            **addresses,
            "texts": TEXTS,
            "has_keys": bool(getattr(profile, "keyboard_shortcuts", True)),
            "storyboard": sheet,
            "waveform": f"/files/waveforms/{waveform.pk}.json" if waveform else None,
        }


def is_indexed(video: VideoFile) -> bool:
    """Whether it is known where the video's frames are."""
    ingest = getattr(video, "ingest", None)
    return ingest is not None and ingest.has_made(StepName.INDEX)


def player_rendition(video: VideoFile) -> VideoRendition:
    """What is played: the widest encoding for the web that is not too wide; before there is one, the master."""
    ours = [row for row in video.renditions.all() if row.role != VideoRendition.Role.MASTER]
    fit = [row for row in ours if row.width <= PLAYER_WIDTH] or ours[-1:] or list(video.renditions.all())
    return max(fit, key=lambda row: (row.width, row.size_bytes))


def clips_context(request: HttpRequest, video: VideoFile) -> dict[str, Any]:
    """The clips that editors cut of a video, newest first, as the table tells them."""
    wishes = ClipRequest.objects.filter(cancelled_at=None).select_related("account")
    clips = (
        library_clips(request.user, video)
        .prefetch_related(Prefetch("requests", wishes, to_attr="wishes"))
        .order_by("-created_at", "-pk")[:MOST_CLIPS]
    )
    rows: list[Any] = list(clips)
    for clip in rows:
        clip.status = status_of(clip)
        clip.reason_in_words = error_of(clip)
        clip.is_unfinished = clip.status not in ClipStatus.last()
        clip.points = points_of(clip)
        clip.burnt_in = [Clip.BurnIn(word).label for word in clip.burn_in.split()]
        clip.is_mine = any(wish.account_id == request.user.pk for wish in clip.wishes)
        clip.frame_total = clip.end_frame - clip.start_frame
    may_add = policy_registry.get_by_type(VideoFile).user_has_permission(request.user, "add")
    return {"video": video, "clips": rows, "may_add": may_add}


def points_of(clip: Clip) -> str:
    """In and out point, for people."""
    return f"{clock_of(Fraction(clip.start))} – {clock_of(Fraction(clip.end))}"


def library_clips(user: Any, video: VideoFile) -> Any:
    """The editors' clips of a video, with what their status follows from."""
    return Clip.objects.of_library(video.pk).seen_by(user.pk, "").select_related("rendition")


def video_to_cut(request: HttpRequest, video_id: int) -> VideoFile:
    """Raises Http404, PermissionDenied."""
    video = get_object_or_404(VideoFile, pk=video_id)
    if not may_change(request.user, video):
        raise PermissionDenied
    return video


def needs_index(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers 503, and has a worker look through the master, where nobody knows its frames."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with waking_indexers():
                return view(request, *args, **kwargs)
        except NotIndexedYet as error:
            retry_after = {"Retry-After": str(error.retry_after)}
            return JsonResponse({"detail": str(error)}, status=503, headers=retry_after)

    return answer


@needs_index
def frames(request: HttpRequest, video_id: int) -> HttpResponse:
    """When each frame of the master begins, and what it is called."""
    master = _master(request, video_id)
    response = JsonResponse(frames_to_json(index_at_hand(master.rendition)))
    response["Cache-Control"] = "private, no-store"
    return response


def picture(request: HttpRequest, video_id: int) -> HttpResponseBase:
    """The encoding that is played, also in ranges."""
    video = _master(request, video_id).rendition.video
    return stream_stored(request, video_storage(), player_rendition(video).file_name, Reader(is_public=False))


@needs_index
def point(request: HttpRequest, video_id: int) -> HttpResponse:
    """The frame that a text means."""
    master = _master(request, video_id)
    name = "end" if request.GET.get("name") == "end" else "start"
    try:
        return JsonResponse({"frame": frame_of(index_at_hand(master.rendition), name, request.GET.get("text", ""))})
    except BadParameter as error:
        return JsonResponse({"errors": {name: str(error)}}, status=422)


@needs_index
def order(request: HttpRequest, video_id: int) -> HttpResponse:
    """Have a clip made: 202, or 200 for one that there is."""
    master = _master(request, video_id)
    try:
        wanted = Wanted.model_validate_json(request.body)
        clip, is_work = order_of(_editor(request), master, Wish(**wanted.model_dump()))
    except ValidationError:
        return JsonResponse({"detail": _("This is no order for a clip.")}, status=400)
    except BadParameter as error:
        return JsonResponse({"errors": {error.parameter: str(error)}}, status=422)
    except BadParameters as error:
        return JsonResponse({"errors": {one.parameter: str(one) for one in error.each}}, status=422)
    except TooManyClips as error:
        return JsonResponse({"detail": str(error)}, status=429)
    except NotIndexedYet:
        raise
    except VideosError as error:
        return JsonResponse({"detail": str(error)}, status=422)
    if is_work:
        wake_cutter(clip.lane)
    return JsonResponse({"id": str(clip.pk), "is_new": is_work}, status=202 if is_work else 200)


def clip_table(request: HttpRequest, video_id: int) -> HttpResponse:
    """The table of clips by itself."""
    return render(request, "videos/studio_clips.html", clips_context(request, video_to_cut(request, video_id)))


def _master(request: HttpRequest, video_id: int) -> Published:
    """What is cut. Raises Http404 before ingest has looked at it: nobody else reads what a stranger may have made."""
    video = video_to_cut(request, video_id)
    if not is_indexed(video):
        raise Http404
    return library_master(video)


def _editor(request: HttpRequest) -> Caller:
    return Caller(account_id=request.user.pk, client="")


def _clip(request: HttpRequest, video_id: int, clip_id: UUID) -> Clip:
    clip: Clip = get_object_or_404(library_clips(request.user, video_to_cut(request, video_id)), pk=clip_id)
    return clip


def _ready_clip(request: HttpRequest, video_id: int, clip_id: UUID) -> Clip:
    clip = _clip(request, video_id, clip_id)
    if status_of(clip) != ClipStatus.READY:
        raise Http404
    return clip


def download(request: HttpRequest, video_id: int, clip_id: UUID) -> HttpResponseBase:
    """A clip that is ready."""
    clip = _ready_clip(request, video_id, clip_id)
    reader = Reader(is_public=False)
    return stream_stored(request, video_storage(), clip.file_name, reader, download_name=clip.download_name)


def cancel(request: HttpRequest, video_id: int, clip_id: UUID) -> HttpResponse:
    """The editor wants it no more. It goes on where another editor waits for it too."""
    try:
        give_back(_editor(request), _clip(request, video_id, clip_id).pk)
    except NotPublished:
        raise Http404 from None
    return HttpResponse(status=204)


def reuse(request: HttpRequest, video_id: int, clip_id: UUID) -> HttpResponse:
    """Make a video of its own of a clip, in the same collection, or in one where this person may add any."""
    clip = _ready_clip(request, video_id, clip_id)
    policy = policy_registry.get_by_type(VideoFile)
    collections: list[Any] = list(policy.collections_user_has_permission_for(request.user, "add"))
    if clip.audio_only or clip.rendition is None or not collections:
        raise PermissionDenied
    source = clip.rendition.video
    collection = next((one for one in collections if one.pk == source.collection_id), collections[0])
    title = f"{source.title} ({points_of(clip)})"
    video = make_video_of(clip, request.user, collection, title)
    log(instance=video, action="wagtail.create")
    messages.success(request, _("“%(title)s” is in the media library now, and is being taken in.") % {"title": title})
    return redirect("wagtailmedia:edit", video.pk)


@hooks.register("register_page_header_buttons")
def studio_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """In the menu of a video page."""
    if isinstance(page, VideoPage) and page.video and may_change(user, page.video):
        url = f"{reverse('video_studio', args=[page.video.pk])}?page={page.pk}"
        yield Button(_("Cut clips"), url, icon_name="cut", priority=66)


@hooks.register("register_admin_urls")
def studio_urls() -> list[URLPattern]:
    """Below the video."""
    studio = "videos/<int:video_id>/clips/"
    clip = f"{studio}<uuid:clip_id>/"
    return [
        path(studio, Studio.as_view(), name="video_studio"),
        path(f"{studio}frames/", frames, name="studio_frames"),
        path(f"{studio}picture/", picture, name="studio_picture"),
        path(f"{studio}point/", require_GET(point), name="studio_point"),
        path(f"{studio}order/", outside_publishing(require_POST(order)), name="studio_order"),
        path(f"{studio}list/", clip_table, name="studio_clips"),
        path(f"{clip}download/", download, name="studio_download"),
        path(f"{clip}cancel/", outside_publishing(require_POST(cancel)), name="studio_cancel"),
        path(f"{clip}video/", outside_publishing(require_POST(reuse)), name="studio_reuse"),
    ]
