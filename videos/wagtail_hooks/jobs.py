"""The report "Video jobs": uploads on their way to being videos, and clips; with retry and cancel."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Prefetch, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.permissions import policy_registry

from delivery.middleware import outside_publishing
from home.wagtail_hooks.reports import PostButton, Report
from jobs import lease
from jobs.models import JobState
from videos.clips.states import ClipStatus, error_of, status_of
from videos.models import Clip, ClipRequest, Ingest, VideoFile
from videos.tasks import wake_cutter
from videos.wagtail_hooks.captions import may_change
from videos.wagtail_hooks.studio import points_of
from videos.wagtail_hooks.uploads import begin

AGAIN = _("Try again")
CANCEL = _("Cancel")


def may_change_videos(user: Any) -> bool:
    """Whether this person may change videos of any collection."""
    return bool(policy_registry.get_by_type(VideoFile).user_has_permission(user, "change"))


class JobFilters(WagtailFilterSet):
    """In which states."""

    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=JobState.choices)

    class Meta:
        fields: list[str] = []


class UploadFilters(JobFilters):
    class Meta(JobFilters.Meta):
        model = Ingest


class ClipFilters(JobFilters):
    class Meta(JobFilters.Meta):
        model = Clip


class ProgressColumn(Column):
    """How far it is; or why it failed."""

    cell_template_name = "videos/reports/progress_cell.html"


class ClipProgressColumn(Column):
    """The same of a clip."""

    cell_template_name = "videos/reports/clip_progress_cell.html"


class JobButton(PostButton):
    """What can be done with a job in its state, if anything. `get_act`: row → words and address, or None."""

    cell_template_name = "videos/reports/job_button_cell.html"

    def __init__(self, name: str, *, get_act: Callable[[Any], tuple[Any, str] | None], **options: Any) -> None:
        super().__init__(name, get_url=lambda row: (get_act(row) or ("", ""))[1], **options)
        self.get_act = get_act

    def get_cell_context_data(self, instance: Any, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """With the words of the button."""
        context = super().get_cell_context_data(instance, parent_context)
        return context | {"label": (self.get_act(instance) or ("", ""))[0]}


class VideoJobs(Report):
    """Work on videos that the reader of the report may change: what failed comes first."""

    permission_required = "change"
    is_for = staticmethod(may_change_videos)
    page_title = _("Video jobs")
    header_icon = "wagtailmedia-video"
    template_name = "videos/reports/jobs.html"
    # What nobody has to look at, unless he asks for it.
    settled: tuple[JobState, ...] = (JobState.DONE,)

    @cached_property
    def permission_policy(self) -> Any:
        """That of the media library."""
        return policy_registry.get_by_type(VideoFile)

    def get_rows(self, videos: QuerySet[VideoFile]) -> QuerySet[Any]:
        """All jobs of these videos."""
        raise NotImplementedError

    def get_base_queryset(self) -> QuerySet[Any]:
        videos = self.permission_policy.instances_user_has_permission_for(self.request.user, "change")
        rows = self.get_rows(videos.values("pk"))
        return rows if self.request.GET.getlist("state") else rows.exclude(state__in=self.settled)

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What needs somebody comes first."""
        failed = Case(
            When(pk__in=lease.given_up(self.model).values("pk"), then=0), default=1, output_field=IntegerField()
        )
        return queryset.order_by(failed, *(queryset.query.order_by or [self.default_ordering]), "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the addresses of both tables."""
        tables = [(report.table_name, reverse(report.index_url_name), report is type(self)) for report in REPORTS]
        return super().get_context_data(**kwargs) | {"tables": tables}


class UploadJobs(VideoJobs):
    """Uploads on their way to being videos."""

    model = Ingest
    table_name = _("Uploads")
    index_url_name = "uploads_report"
    index_results_url_name = "uploads_report_results"
    filterset_class = UploadFilters
    default_ordering = "-video__created_at"
    no_results_message = _("No upload is under way, and none has failed.")

    def get_rows(self, videos: Any) -> QuerySet[Ingest]:
        """With what the table tells of the video."""
        rows = Ingest.objects.filter(video__in=videos)
        return rows.select_related("video", "video__uploaded_by_user").prefetch_related("steps")

    @cached_property
    def columns(self) -> list[Column]:
        """An upload a row."""
        return [
            TitleColumn("title", label=_("Video file"), accessor="video.title", get_url=_edit_url),
            DateColumn("created_at", label=_("Uploaded"), accessor="video.created_at", sort_key="video__created_at"),
            Column("by", label=_("By"), accessor=lambda row: row.video.uploaded_by_user or ""),
            ProgressColumn("progress", label=_("State"), accessor="reason"),
            Column("attempts", label=_("Attempts")),
            JobButton("act", label="", get_act=_act_on_upload, get_name=lambda row: row.video.title),
        ]


class ClipJobs(VideoJobs):
    """Clips that wait, are being cut, or could not be."""

    model = Clip
    table_name = _("Clips")
    index_url_name = "clips_report"
    index_results_url_name = "clips_report_results"
    filterset_class = ClipFilters
    default_ordering = "-created_at"
    no_results_message = _("No clip is being cut, and none has failed.")
    settled = (JobState.DONE, JobState.CANCELLED)

    def get_rows(self, videos: Any) -> QuerySet[Clip]:
        """With what the table tells of the video, and of who asked."""
        rows = Clip.objects.filter(rendition__video__in=videos).seen_by(None, "")
        wishes = Prefetch("requests", ClipRequest.objects.select_related("account").order_by("pk"), to_attr="wishes")
        return rows.select_related("rendition__video").prefetch_related(wishes)

    def decorate_paginated_queryset(self, object_list: Any) -> list[Any]:
        """With its state in words."""
        clips = list(object_list)
        for clip in clips:
            clip.status = status_of(clip)
            clip.points, clip.reason_in_words = points_of(clip), error_of(clip)
            clip.is_unfinished = clip.status not in ClipStatus.last()
        return clips

    @cached_property
    def columns(self) -> list[Column]:
        """A clip a row."""
        return [
            TitleColumn("title", label=_("Video file"), accessor="rendition.video.title", get_url=_studio_url),
            Column("points", label=_("In and out point"), accessor=points_of),
            DateColumn("created_at", label=_("Ordered"), sort_key="created_at"),
            Column("by", label=_("By"), accessor=_who),
            ClipProgressColumn("progress", label=_("State")),
            Column("attempts", label=_("Attempts")),
            JobButton("act", label="", get_act=_act_on_clip, get_name=points_of),
        ]


REPORTS: list[Any] = [UploadJobs, ClipJobs]


def _edit_url(row: Ingest) -> str:
    return reverse("wagtailmedia:edit", args=[row.video_id])


def _studio_url(row: Any) -> str:
    return reverse("video_studio", args=[row.rendition.video_id])


def _who(row: Any) -> str:
    """Whoever asked, by name; of those without an account how many."""
    names = [wish.account.media_email or wish.account.get_username() for wish in row.wishes if wish.account]
    unnamed = len(row.wishes) - len(names)
    return ", ".join([*names, *([str(_("%(number)s without an account")) % {"number": unnamed}] if unnamed else [])])


def _act_on_upload(row: Ingest) -> tuple[Any, str] | None:
    if row.is_under_way:
        return CANCEL, reverse("cancel_upload", args=[row.pk])
    if row.is_given_up or row.state == JobState.CANCELLED:
        return AGAIN, reverse("try_upload_again", args=[row.pk])
    return None


def _act_on_clip(row: Any) -> tuple[Any, str] | None:
    if row.is_unfinished:
        return CANCEL, reverse("cancel_clip_job", args=[row.pk])
    if row.status in (ClipStatus.FAILED, ClipStatus.CANCELLED) and row.is_shown:
        return AGAIN, reverse("try_clip_again", args=[row.pk])
    return None


def try_upload_again(request: HttpRequest, ingest_id: int) -> HttpResponse:
    """What failed or was cancelled begins anew; what is done of it stays done."""
    row = _upload(request, ingest_id)
    # Locked: of two that press the button, one begins it.
    over = lease.given_up(Ingest) | Ingest.objects.filter(state=JobState.CANCELLED)
    if over.select_for_update().filter(pk=row.pk).first() is None:
        messages.warning(request, _("This upload is not among the failed any more."))
    else:
        begin(row)
        messages.success(request, _("It is tried again now. If it fails once more, this list says so."))
    return redirect(UploadJobs.index_url_name)


def cancel_upload(request: HttpRequest, ingest_id: int) -> HttpResponse:
    """Nobody works on it any more; the file stays."""
    if lease.cancel(Ingest.objects.filter(pk=_upload(request, ingest_id).pk)):
        messages.success(request, _("It is cancelled. The file stays in the media library."))
    else:
        messages.warning(request, _("This was over already."))
    return redirect(UploadJobs.index_url_name)


def try_clip_again(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """What failed or was cancelled is cut again."""
    clip = _clip(request, clip_id)
    act = _act_on_clip(clip)
    if act is None or act[0] is not AGAIN:
        messages.warning(request, _("This clip is not among the failed any more."))
    else:
        lease.requeue(clip, reason="")
        wake_cutter(clip.lane)
        messages.success(request, _("It is tried again now. If it fails once more, this list says so."))
    return redirect(ClipJobs.index_url_name)


def cancel_clip(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Nobody gets it, whoever asked for it."""
    if lease.cancel(Clip.objects.filter(pk=_clip(request, clip_id).pk)):
        messages.success(request, _("The clip is cancelled, for everybody who asked for it."))
    else:
        messages.warning(request, _("This was over already."))
    return redirect(ClipJobs.index_url_name)


def _upload(request: HttpRequest, ingest_id: int) -> Ingest:
    row = get_object_or_404(Ingest.objects.select_related("video"), pk=ingest_id)
    if not may_change(request.user, row.video):
        raise PermissionDenied
    return row


def _clip(request: HttpRequest, clip_id: UUID) -> Any:
    rows = Clip.objects.seen_by(None, "").select_related("rendition__video")
    clip: Any = get_object_or_404(rows, pk=clip_id, rendition__isnull=False)
    if not may_change(request.user, clip.rendition.video):
        raise PermissionDenied
    clip.status = status_of(clip)
    clip.is_unfinished = clip.status not in ClipStatus.last()
    return clip


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """Both tables, and their buttons."""
    upload, clip = "reports/video-jobs/uploads/<int:ingest_id>/", "reports/video-jobs/clips/<uuid:clip_id>/"
    return [
        *UploadJobs.paths("video-jobs/uploads"),
        *ClipJobs.paths("video-jobs/clips"),
        path(f"{upload}again/", require_POST(try_upload_again), name="try_upload_again"),
        path(f"{upload}cancel/", outside_publishing(require_POST(cancel_upload)), name="cancel_upload"),
        path(f"{clip}again/", outside_publishing(require_POST(try_clip_again)), name="try_clip_again"),
        path(f"{clip}cancel/", outside_publishing(require_POST(cancel_clip)), name="cancel_clip_job"),
    ]


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return UploadJobs.menu_item(order=130)
