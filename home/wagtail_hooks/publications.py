"""The report "Publications": what went out when, from the log that frontends read too."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import URLPattern, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.models import Page

from delivery.models import Change, ChangeKind
from home.wagtail_hooks.reports import MomentColumn, PublishersReport, page_rights
from home.wagtail_hooks.translation_report import languages, sections

# The log's own words are the API's.
KINDS = {
    ChangeKind.NEW: _("New"),
    ChangeKind.SMALL_EDIT: _("Small edit"),
    ChangeKind.UPDATE: _("Update"),
    ChangeKind.CORRECTION: _("Correction"),
    ChangeKind.REFRESH: _("Refresh: something it mentions changed"),
    ChangeKind.WITHDRAWN: _("Withdrawn"),
}


class PublicationFilters(WagtailFilterSet):
    """Of which kind, in which section and language, when."""

    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=[(kind.value, KINDS[kind]) for kind in KINDS])
    collection = django_filters.ChoiceFilter(label=_("Section"), choices=sections)
    locale = django_filters.ChoiceFilter(label=_("Language"), choices=languages)
    at = django_filters.DateFromToRangeFilter(label=_("Date"), widget=DateRangePickerWidget)

    class Meta:
        model = Change
        fields: list[str] = []


class Publications(PublishersReport):
    """Every change of what the public reads, newest first; refreshes, which are many, for who asks for them."""

    model = Change
    page_title = _("Publications")
    header_icon = "history"
    index_url_name = "publications_report"
    index_results_url_name = "publications_report_results"
    filterset_class = PublicationFilters
    default_ordering = "-sequence"
    export_headings = {
        "sequence": _("Number"),
        "at": _("When"),
        "kind": _("Kind"),
        "collection": _("Section"),
        "locale": _("Language"),
        "title": _("Title"),
        "path": _("Address"),
    }
    list_export = list(export_headings)
    export_filename = "publications"

    def get_base_queryset(self) -> QuerySet[Change]:
        """Without a kind asked for: what somebody did."""
        changes = Change.objects.all()
        return changes if self.request.GET.getlist("kind") else changes.exclude(kind=ChangeKind.REFRESH)

    @cached_property
    def columns(self) -> list[Column]:
        """A change a row. Sequences rise in the order of commits, so they sort by time."""
        return [
            MomentColumn("at", label=_("When"), sort_key="sequence"),
            Column("kind", label=_("Kind"), accessor=lambda row: KINDS[ChangeKind(row.kind)]),
            TitleColumn("title", label=_("Title"), get_url=lambda row: row.edit_url),
            Column("path", label=_("Address")),
            Column("section", label=_("Section"), accessor=lambda row: _section(row.collection)),
            Column("language", label=_("Language"), accessor=lambda row: dict(languages()).get(row.locale, row.locale)),
        ]

    @cached_property
    def custom_field_preprocess(self) -> dict[str, Any]:
        """Words in place of codes."""
        words = {
            "kind": lambda kind: str(KINDS[ChangeKind(kind)]),
            "collection": _section,
        }
        return {field: dict.fromkeys(self.FORMATS, word) for field, word in words.items()}

    def decorate_paginated_queryset(self, object_list: Iterable[Any]) -> list[Any]:
        """With the page's title, and the way to its editor for those who may edit it; a page that is gone has none."""
        changes = list(object_list)
        pages = Page.objects.filter(translation_key__in={change.story_id for change in changes})
        editable = page_rights().instances_user_has_any_permission_for(self.request.user, {"change", "publish"})
        may_edit = set(editable.filter(pk__in=pages.values("pk")).values_list("pk", flat=True))
        found = {
            (key, language): (pk, title)
            for key, language, pk, title in pages.values_list("translation_key", "locale__language_code", "pk", "title")
        }
        for change in changes:
            pk, title = found.get((change.story_id, change.locale), (None, change.path))
            change.title = title
            change.edit_url = reverse("wagtailadmin_pages:edit", args=[pk]) if pk in may_edit else None
        return changes


def _section(collection: str) -> str:
    """Its word; the log may tell of a collection that is no more."""
    return str(dict(sections()).get(collection, collection))


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report."""
    return Publications.paths("publications")


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return Publications.menu_item(order=110)
