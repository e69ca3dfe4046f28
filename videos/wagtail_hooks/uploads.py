"""The part of a video's form that shows how it is taken in, step by step, and has steps done again."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages

from videos.ingest.upload import begin_again
from videos.models import Ingest, VideoFile
from videos.models.ingest import StepName
from videos.tasks import wake_ingest
from videos.wagtail_hooks.captions import may_change


def video_ingest(request: HttpRequest, video_id: int) -> HttpResponse:
    """The part of a video's form that shows each step, by itself."""
    video = _video_to_change(request, video_id)
    return render(request, "videos/ingest_part.html", {"video": video, "ingest": getattr(video, "ingest", None)})


def step_again(request: HttpRequest, video_id: int, step: str) -> HttpResponse:
    """The button of a step."""
    video = _video_to_change(request, video_id)
    if step not in StepName.values:
        raise Http404
    begin(get_object_or_404(Ingest.objects.select_for_update(), video=video), step)
    messages.success(request, _("“%(step)s” is done again.") % {"step": StepName(step).label})
    return redirect("wagtailmedia:edit", video_id)


def begin(row: Ingest, *steps: str) -> None:
    """Have these steps done again, or all that failed, by a worker."""
    begin_again(row, *steps)
    transaction.on_commit(lambda: wake_ingest(row.pk))


def _video_to_change(request: HttpRequest, video_id: int) -> VideoFile:
    video = get_object_or_404(VideoFile, pk=video_id)
    if not may_change(request.user, video):
        raise PermissionDenied
    return video


@hooks.register("register_admin_urls")
def ingest_urls() -> list[URLPattern]:
    """The part of the form, and its buttons."""
    return [
        path("videos/<int:video_id>/ingest/", video_ingest, name="video_ingest"),
        path("videos/<int:video_id>/ingest/<str:step>/again/", require_POST(step_again), name="ingest_step_again"),
    ]
