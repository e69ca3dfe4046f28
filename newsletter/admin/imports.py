"""Tables of addresses: the form, how far each is, and what became of its lines."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import CreateView, IndexView, InspectView

from home.wagtail_hooks.reports import MomentColumn
from jobs import lease
from newsletter.admin.base import Pages
from newsletter.errors import BadTable
from newsletter.imports.reading import table_of
from newsletter.imports.running import begin
from newsletter.models import Import
from newsletter.tasks import wake_importer

# Refused lines on the page; all of them are in a file.
SHOWN = 100


class ImportForm(WagtailAdminModelForm):
    """What is uploaded, into which newsletter, and where the consent comes from."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        help_text=_(
            "A table as CSV with a column “e-mail” and, if you like, one “language” (en, fr). "
            "At most 10 MB and 200,000 lines."
        ),
    )

    class Meta:
        model = Import
        fields = ["list", "file", "language", "consent"]
        help_texts = {
            "language": _("Of people whose line names none. Who is known here already keeps theirs."),
            "consent": _(
                "When, where and to what these people agreed, and where the proof is kept. It is the proof for each of "
                "them here."
            ),
        }
        widgets = {"consent": forms.Textarea(attrs={"rows": 4})}

    field_order = ["list", "file", "language", "consent"]

    def clean_file(self) -> Any:
        """Raises ValidationError for what is no table that can be read."""
        file = self.cleaned_data["file"]
        # Not read into memory before it is known to be small enough.
        content = file.read(10 * 1024 * 1024 + 1)
        try:
            table_of(content)
        except BadTable as error:
            raise forms.ValidationError(str(error)) from error
        self.content = content
        return file


class Upload(CreateView):
    """Looks at a table, and has a worker take it in."""

    page_title = _("Import subscribers")
    submit_button_label = _("Import")
    success_message = None

    def get_initial(self) -> dict[str, Any]:
        """The newsletter that one comes from."""
        return super().get_initial() | {"list": self.request.GET.get("list")}

    def save_instance(self) -> Any:
        filled = self.form.cleaned_data
        job = begin(
            filled["list"],
            self.form.content,
            filled["file"].name,
            consent=filled["consent"],
            language=filled["language"],
            by=self.request.user,
        )
        transaction.on_commit(wake_importer, robust=True)
        return job

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_success_url(self) -> str:
        return import_url(self.object)


class Imports(IndexView):
    """All there were, the newest first."""

    add_item_label = _("Import subscribers")
    no_results_message = _("Nothing was imported yet.")

    def get_base_queryset(self) -> Any:
        """Without the tables themselves."""
        return Import.objects.defer("table").select_related("list", "by")

    @cached_property
    def columns(self) -> list[Column]:
        """A table a row."""
        return [
            TitleColumn("filename", label=_("File"), get_url=import_url, sort_key="filename"),
            Column("list", label=_("Newsletter"), accessor="list.name"),
            MomentColumn("created_at", label=_("Uploaded"), sort_key="created_at"),
            Column("by", label=_("By")),
            Column("state", label=_("State"), accessor=_state),
            Column("taken", label=_("Subscribed"), sort_key="taken"),
            Column("already", label=_("Already there")),
            Column("refused", label=_("Refused")),
        ]


class ImportPage(InspectView):
    """How far it is; then what became of each line."""

    template_name = "newsletter/admin/import.html"
    page_title = _("Import")

    def get_object(self, queryset: Any = None) -> Any:
        """Raises Http404."""
        return get_object_or_404(Import.objects.defer("table").select_related("list", "by"), pk=self.pk)

    def get_template_names(self) -> list[str]:
        """What changes alone, for who follows it."""
        followed = self.request.headers.get("x-requested-with") == "XMLHttpRequest"
        return ["newsletter/admin/import_state.html"] if followed else super().get_template_names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.object
        go_on_url = reverse(pages.get_url_name("go_on"), args=[job.pk])
        return super().get_context_data(**kwargs) | {
            "job": job,
            "lines": job.refused_lines.all()[:SHOWN],
            "more": max(0, job.refused - SHOWN),
            "go_on_url": go_on_url if self.request.user.has_perm("newsletter.add_import") else "",
        }


def import_url(job: Import) -> str:
    """Where it is followed."""
    return reverse(pages.get_url_name("inspect"), args=[job.pk])


def _state(job: Import) -> str:
    if job.is_under_way:
        return f"{job.get_state_display()}, {job.percent} %"
    return job.get_state_display()


def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """What failed goes on where it stopped. Raises Http404."""
    if not request.user.has_perm("newsletter.add_import"):
        raise PermissionDenied
    job = get_object_or_404(Import.objects.defer("table").select_for_update(of=("self",)), pk=pk)
    if job.has_failed:
        lease.requeue(job)
        transaction.on_commit(wake_importer, robust=True)
        messages.success(request, _("It goes on where it stopped."))
    else:
        messages.warning(request, _("This import has not failed."))
    return redirect(import_url(job))


def refused_lines(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """All refused lines, with their reasons, as a table. Raises Http404."""
    if not request.user.has_perm("newsletter.view_import"):
        raise PermissionDenied
    job = get_object_or_404(Import.objects.defer("table"), pk=pk)
    answer = StreamingHttpResponse(_table(job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-lines-{job.pk}.csv"'
    return answer


class _Echo:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


def _table(job: Import) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow([_("Line"), _("Reason")])
    for line in job.refused_lines.iterator():
        yield writer.writerow([line.line, line.get_reason_display()])


class ImportPages(Pages):
    """Uploaded, followed, and kept as proof: nothing is edited or deleted."""

    model = Import
    only = ("index", "index_results", "add", "inspect")
    icon = "upload"
    menu_label = _("Imports")
    index_view_class = Imports
    add_view_class = Upload
    inspect_view_class = ImportPage

    def get_form_class(self, for_update: bool = False) -> type[ImportForm]:
        return ImportForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/go-on/", self.view(require_POST(go_on)), name="go_on"),
            path("<int:pk>/refused.csv", self.view(refused_lines), name="refused"),
        ]


pages = ImportPages("newsletter_imports", url_prefix="newsletters/imports")
