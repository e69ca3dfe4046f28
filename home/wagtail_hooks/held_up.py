"""The report "Held up": scheduled acts that failed, and documents that wait to be rendered again."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.models import Page

from delivery.models import ParkedPublication
from delivery.refresh import pages_left, waiting_refreshes
from delivery.schedule import held_up, try_now
from home.wagtail_hooks.reports import MomentColumn, PostButton, PublishersReport, page_rights

# The last line of a traceback: a class, and what it says.
RAISED = re.compile(r"^(?:\w+\.)*([A-Z]\w*[a-z]\w*)(?:: (.*))?$", re.MULTILINE)
REASONS = {
    "ValidationError": _("A field of the page is not valid."),
    "OperationalError": _("The database could not be reached, or had too much to do."),
    "InterfaceError": _("The database could not be reached, or had too much to do."),
    "IntegrityError": _("The page contradicts another one: the same address, for instance."),
    "DoesNotExist": _("The page mentions something that is not there any more."),
    "FileNotFoundError": _("A file that the page shows is missing."),
    "OSError": _("A file that the page shows could not be read."),
    "UnknownRenderer": _("Pages of this kind have no published form."),
}
OTHER_REASON = _("The page could not be brought into the form that readers get.")
# What a refresh is for: the first word of a dependency.
CHANGED = {
    "story": _("A story"),
    "image": _("A picture"),
    "attachment": _("An attachment"),
    "topic": _("A topic"),
    "terms": _("Usage terms"),
    "video": _("A video file"),
    "site": _("The site's address"),
    "below": _("The address or the state of a page: all that is below it"),
    "document-of": _("A story that could not be rendered again; it is tried each minute"),
}
REFRESHES_SHOWN = 50


def reason(traceback: str) -> tuple[str | Promise, str]:
    """Why an act failed: in words, and the last line of its traceback for who looks after the machine."""
    raised = RAISED.findall(traceback)
    if not raised:
        return OTHER_REASON, traceback.strip()[-500:]
    name, message = raised[-1]
    return REASONS.get(name, OTHER_REASON), f"{name}: {message}"[:500]


class ReasonColumn(Column):
    """Why, with the technical words folded away."""

    cell_template_name = "home/reports/reason_cell.html"


class HeldUp(PublishersReport):
    """What the clock could not do, of pages that the reader of the report may publish."""

    model = ParkedPublication
    page_title = _("Held up")
    header_icon = "warning"
    index_url_name = "held_up_report"
    index_results_url_name = "held_up_report_results"
    template_name = "home/reports/held_up.html"
    default_ordering = "next_attempt_at"
    no_results_message = _("Nothing is held up: every scheduled publication went out.")

    def get_base_queryset(self) -> QuerySet[ParkedPublication]:
        """Others' pages may be under embargo: not even their titles."""
        pages = page_rights().instances_user_has_permission_for(self.request.user, "publish")
        return held_up().filter(pk__in=pages.values("pk"))

    @cached_property
    def columns(self) -> list[Column]:
        """A page a row."""
        return [
            TitleColumn("title", label=_("Title"), get_url=_edit_url),
            Column("act", label=_("What was to happen"), accessor=_act),
            ReasonColumn("reason", label=_("Why it failed")),
            Column("attempts", label=_("Attempts"), sort_key="attempts"),
            MomentColumn("failed_at", label=_("Last attempt"), sort_key="failed_at"),
            MomentColumn("next_attempt_at", label=_("Next attempt"), sort_key="next_attempt_at"),
            PostButton("again", label=_("Try again now"), get_url=_again_url, get_name=lambda row: row.title),
        ]

    def decorate_paginated_queryset(self, object_list: Iterable[Any]) -> list[Any]:
        """With titles and words."""
        rows = list(object_list)
        pages = Page.objects.in_bulk([row.pk for row in rows])
        for row in rows:
            row.title = pages[row.pk].get_admin_display_title()
            row.reason, row.technical = reason(row.error)
        return rows

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With what is being rendered again."""
        context = super().get_context_data(*args, **kwargs)
        refreshes: list[Any] = list(waiting_refreshes()[: REFRESHES_SHOWN + 1])
        for refresh in refreshes:
            kind = refresh.dependency.partition(":")[0]
            if kind == "below":
                refresh.documents = pages_left(refresh)
            refresh.changed = CHANGED.get(kind, refresh.dependency)
        return context | {"refreshes": refreshes[:REFRESHES_SHOWN], "more": len(refreshes) > REFRESHES_SHOWN}


def _edit_url(row: Any) -> str:
    return reverse("wagtailadmin_pages:edit", args=[row.pk])


def _again_url(row: Any) -> str:
    return reverse("try_publication_again", args=[row.pk])


def _act(row: Any) -> Promise:
    return _("Publication") if row.publishes else _("End of publication")


def try_again(request: HttpRequest, page_id: int) -> HttpResponse:
    """The button. The clock does it, as before: within a second."""
    page = get_object_or_404(Page, pk=page_id)
    if not page.permissions_for_user(request.user).can_publish():
        raise PermissionDenied
    if try_now(page.pk):
        messages.success(request, _("It is tried again now. If it fails once more, it comes back to this list."))
    else:
        messages.warning(request, _("It is not held up any more."))
    return redirect(HeldUp.index_url_name)


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report and its button."""
    again = path("reports/held-up/<int:page_id>/again/", require_POST(try_again), name="try_publication_again")
    return [*HeldUp.paths("held-up"), again]


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return HeldUp.menu_item(order=120)
