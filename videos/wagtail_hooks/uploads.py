"""The report "Failed uploads": videos whose ingest gave up."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
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
from jobs.lease import MOST_ATTEMPTS, given_up, requeue
from videos.models import Ingest, VideoFile
from videos.tasks import wake_ingest


class FailedUploads(PublishersReport):
    """Ingests that nobody will try again by himself, of videos that the reader of the report may change."""

    model = Ingest
    page_title = _("Failed uploads")
    header_icon = "wagtailmedia-video"
    index_url_name = "failed_uploads_report"
    index_results_url_name = "failed_uploads_report_results"
    default_ordering = "-video__created_at"
    no_results_message = _("No upload has failed.")

    def get_base_queryset(self) -> QuerySet[Ingest]:
        """With what the table tells of the video."""
        videos = policy_registry.get_by_type(VideoFile).instances_user_has_permission_for(self.request.user, "change")
        rows = given_up(Ingest).filter(video__in=videos.values("pk"))
        return rows.select_related("video", "video__uploaded_by_user")

    @cached_property
    def columns(self) -> list[Column]:
        """An upload a row."""
        return [
            TitleColumn("title", label=_("Video file"), accessor="video.title", get_url=_edit_url),
            DateColumn("created_at", label=_("Uploaded"), accessor="video.created_at", sort_key="video__created_at"),
            Column("by", label=_("By"), accessor=lambda row: row.video.uploaded_by_user or ""),
            Column("reason", label=_("Why it failed"), accessor=reason),
            PostButton("again", label=_("Try again"), get_url=_again_url, get_name=lambda row: row.video.title),
        ]


def reason(row: Ingest) -> str:
    """Why an ingest failed, as a sentence. What a file is to blame for was said after the first attempt."""
    if row.attempts < MOST_ATTEMPTS:
        return row.error
    if not row.error:
        return str(_("The machine stopped at each attempt, most likely for want of memory."))
    return _("It failed %(number)s times, at last with: %(error)s") % {"number": row.attempts, "error": row.error}


def _edit_url(row: Ingest) -> str:
    return reverse("wagtailmedia:edit", args=[row.video_id])


def _again_url(row: Ingest) -> str:
    return reverse("try_upload_again", args=[row.pk])


def try_again(request: HttpRequest, ingest_id: int) -> HttpResponse:
    """The button: the ingest begins anew."""
    row = get_object_or_404(Ingest.objects.select_related("video"), pk=ingest_id)
    rights = policy_registry.get_by_type(VideoFile)
    if not publishes(request.user) or not rights.user_has_permission_for_instance(request.user, "change", row.video):
        raise PermissionDenied
    # Locked: of two that press the button, one begins it.
    failed = given_up(Ingest).select_for_update().filter(pk=row.pk).first()
    if failed is None:
        messages.warning(request, _("This upload is not among the failed any more."))
    else:
        requeue(failed)
        transaction.on_commit(lambda: wake_ingest(row.pk))
        messages.success(request, _("It is tried again now. If it fails once more, it comes back to this list."))
    return redirect(FailedUploads.index_url_name)


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report and its button."""
    again = path("reports/failed-uploads/<int:ingest_id>/again/", require_POST(try_again), name="try_upload_again")
    return [*FailedUploads.paths("failed-uploads"), again]


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return FailedUploads.menu_item(order=130)
