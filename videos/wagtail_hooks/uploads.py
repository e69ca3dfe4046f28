"""Uploads on their way to being videos: the report on them, and the part of a video's form that shows each step."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.permissions import policy_registry

from home.wagtail_hooks.reports import PostButton, PublishersReport, publishes
from jobs.lease import given_up
from jobs.models import JobState
from videos.ingest.upload import begin_again
from videos.models import Ingest, VideoFile
from videos.models.ingest import StepName
from videos.tasks import wake_ingest
from videos.wagtail_hooks.captions import may_change


class AgainButton(PostButton):
    """Only where there is something to try again."""

    cell_template_name = "videos/reports/again_cell.html"


class ProgressColumn(Column):
    """How far it is, with which step; or why it failed."""

    cell_template_name = "videos/reports/progress_cell.html"


class Uploads(PublishersReport):
    """Ingests that are not done, of videos that the reader of the report may change: the failed first."""

    model = Ingest
    page_title = _("Uploads")
    header_icon = "wagtailmedia-video"
    index_url_name = "uploads_report"
    index_results_url_name = "uploads_report_results"
    template_name = "videos/reports/uploads.html"
    default_ordering = "-video__created_at"
    no_results_message = _("No upload is under way, and none has failed.")

    def get_base_queryset(self) -> QuerySet[Ingest]:
        """With what the table tells of the video."""
        videos = policy_registry.get_by_type(VideoFile).instances_user_has_permission_for(self.request.user, "change")
        rows = Ingest.objects.exclude(state=JobState.DONE).filter(video__in=videos.values("pk"))
        return rows.select_related("video", "video__uploaded_by_user").prefetch_related("steps")

    def order_queryset(self, queryset: QuerySet[Ingest]) -> QuerySet[Ingest]:
        """What needs somebody comes first."""
        failed = Case(When(pk__in=given_up(Ingest).values("pk"), then=0), default=1, output_field=IntegerField())
        return queryset.order_by(failed, *(queryset.query.order_by or [self.default_ordering]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the address of the table alone."""
        return super().get_context_data(**kwargs) | {"live_url": self.index_results_url}

    @cached_property
    def columns(self) -> list[Column]:
        """An upload a row."""
        return [
            TitleColumn("title", label=_("Video file"), accessor="video.title", get_url=_edit_url),
            DateColumn("created_at", label=_("Uploaded"), accessor="video.created_at", sort_key="video__created_at"),
            Column("by", label=_("By"), accessor=lambda row: row.video.uploaded_by_user or ""),
            ProgressColumn("progress", label=_("State"), accessor="reason"),
            AgainButton("again", label=_("Try again"), get_url=_again_url, get_name=lambda row: row.video.title),
        ]


def _edit_url(row: Ingest) -> str:
    return reverse("wagtailmedia:edit", args=[row.video_id])


def _again_url(row: Ingest) -> str:
    return reverse("try_upload_again", args=[row.pk]) if row.is_given_up else ""


def try_again(request: HttpRequest, ingest_id: int) -> HttpResponse:
    """The button of the report: what failed begins anew."""
    row = get_object_or_404(Ingest.objects.select_related("video"), pk=ingest_id)
    if not publishes(request.user) or not may_change(request.user, row.video):
        raise PermissionDenied
    # Locked: of two that press the button, one begins it.
    failed = given_up(Ingest).select_for_update().filter(pk=row.pk).first()
    if failed is None:
        messages.warning(request, _("This upload is not among the failed any more."))
    else:
        _begin(row)
        messages.success(request, _("It is tried again now. If it fails once more, this list says so."))
    return redirect(Uploads.index_url_name)


def video_ingest(request: HttpRequest, video_id: int) -> HttpResponse:
    """The part of a video's form that shows each step, by itself."""
    video = _video_to_change(request, video_id)
    return render(request, "videos/ingest_part.html", {"video": video, "ingest": getattr(video, "ingest", None)})


def step_again(request: HttpRequest, video_id: int, step: str) -> HttpResponse:
    """The button of a step."""
    video = _video_to_change(request, video_id)
    if step not in StepName.values:
        raise Http404
    _begin(get_object_or_404(Ingest.objects.select_for_update(), video=video), step)
    messages.success(request, _("“%(step)s” is done again.") % {"step": StepName(step).label})
    return redirect("wagtailmedia:edit", video_id)


def _begin(row: Ingest, *steps: str) -> None:
    begin_again(row, *steps)
    transaction.on_commit(lambda: wake_ingest(row.pk))


def _video_to_change(request: HttpRequest, video_id: int) -> VideoFile:
    video = get_object_or_404(VideoFile, pk=video_id)
    if not may_change(request.user, video):
        raise PermissionDenied
    return video


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report, the part of the form, and their buttons."""
    return [
        *Uploads.paths("uploads"),
        path("reports/uploads/<int:ingest_id>/again/", require_POST(try_again), name="try_upload_again"),
        path("videos/<int:video_id>/ingest/", video_ingest, name="video_ingest"),
        path("videos/<int:video_id>/ingest/<str:step>/again/", require_POST(step_again), name="ingest_step_again"),
    ]


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return Uploads.menu_item(order=130)
