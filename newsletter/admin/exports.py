"""Everybody who gets a newsletter, or has left it, as a file that a worker writes."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log

from jobs.models import JobState
from newsletter import exports
from newsletter.models import Export, NewsletterList, Subscriber
from newsletter.tasks import wake_exporter

EXPORTED = "newsletter.export"


class Exports(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A newsletter's files, how far each is; and a button for a new one."""

    model = Subscriber
    permission_required = "view"
    page_title = _("Export subscribers")
    header_icon = "download"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raises Http404."""
        super().setup(request, *args, **kwargs)
        self.newsletter = get_object_or_404(NewsletterList, pk=kwargs["pk"])

    def get_template_names(self) -> list[str]:
        """What changes alone, for who follows it."""
        followed = self.request.headers.get("x-requested-with") == "XMLHttpRequest"
        return ["newsletter/admin/export_state.html" if followed else "newsletter/admin/export.html"]

    def get_page_subtitle(self) -> str:
        return self.newsletter.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Back to the newsletter."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("newsletters:index"), "label": _("Newsletters")},
            {"url": reverse("newsletters:inspect", args=[self.newsletter.pk]), "label": self.newsletter.name},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the files that there are, the newest first."""
        files = list(self.newsletter.exports.select_related("by"))
        return super().get_context_data(**kwargs) | {
            "files": files,
            "is_under_way": any(job.is_under_way for job in files),
            "newsletter": self.newsletter,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have a new one written; the one that is under way goes on."""
        exports.begin(self.newsletter, (get_language() or "en")[:2], request.user)
        transaction.on_commit(wake_exporter, robust=True)
        return redirect("newsletters:export", self.newsletter.pk)


@require_GET
def exported_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """A file that is written. The log says who took it. Raises Http404, PermissionDenied."""
    if not request.user.has_perm("newsletter.view_subscriber"):
        raise PermissionDenied
    job = get_object_or_404(Export.objects.select_related("list"), pk=pk, state=JobState.DONE)
    log(job.list, EXPORTED, data={"rows": job.position})
    answer = StreamingHttpResponse(exports.content_of(job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{job.list.slug}-subscribers.csv"'
    return answer
