"""The room's door for the newsroom: synonyms, and what people search for."""

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.urls import URLPattern
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from home.wagtail_hooks.reports import PublishersReport
from search.models import SearchCount, Synonyms

# Of what was searched for less often nobody is told: it may say who somebody is.
SHOWN_FROM = 3


class SynonymsViewSet(SnippetViewSet):
    """Which words mean the same."""

    model = Synonyms
    icon = "link"
    menu_label = _("Search synonyms")
    menu_order = 320
    menu_name = "search-synonyms"
    add_to_admin_menu = True
    list_display = ["__str__"]
    search_fields = ["terms"]
    panels = [FieldPanel("terms")]


register_snippet(SynonymsViewSet)


class SearchFilters(WagtailFilterSet):
    """When, in which language, with what result."""

    day = django_filters.DateFromToRangeFilter(label=_("Date"), widget=DateRangePickerWidget)
    locale = django_filters.ChoiceFilter(label=_("Language"), choices=settings.LANGUAGES)
    result = django_filters.ChoiceFilter(
        label=_("Result"), choices=[("none", _("Nothing was found")), ("some", _("Something was found"))], method="by"
    )

    class Meta:
        model = SearchCount
        fields: list[str] = []

    def by(self, rows: QuerySet[SearchCount], _name: str, value: str) -> QuerySet[SearchCount]:
        """Days on which it found nothing, or something."""
        return rows.filter(in_vain__gt=0) if value == "none" else rows.filter(in_vain__lt=F("searches"))


class Searches(PublishersReport):
    """What readers search for most; what they do not find is what the newsroom lacks, or calls by another name."""

    model = SearchCount
    page_title = _("Searches")
    header_icon = "search"
    index_url_name = "searches_report"
    index_results_url_name = "searches_report_results"
    filterset_class = SearchFilters
    default_ordering = "-total"
    no_results_message = _("Nothing was searched for three times or more.")
    export_headings = {
        "words": _("Searched for"),
        "locale": _("Language"),
        "total": _("Searches"),
        "vain": _("Without result"),
    }
    list_export = list(export_headings)
    export_filename = "searches"

    def get_base_queryset(self) -> QuerySet[SearchCount]:
        return SearchCount.objects.all()

    def order_queryset(self, queryset: QuerySet[SearchCount]) -> QuerySet[SearchCount]:
        """Not yet: sums are what is ordered."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[SearchCount]) -> Any:
        """The sums of the days that are asked for, by what was searched for; always in the same order."""
        days = super().filter_queryset(queryset).order_by()
        sums = days.values("words", "locale").annotate(total=Sum("searches"), vain=Sum("in_vain"))
        order = [self.ordering] if self.ordering else []
        return sums.filter(total__gte=SHOWN_FROM).order_by(*order, "words", "locale")

    @cached_property
    def columns(self) -> list[Column]:
        """A search a row."""
        return [
            Column("words", label=_("Searched for"), sort_key="words"),
            Column("locale", label=_("Language"), accessor=_language),
            Column("total", label=_("Searches"), sort_key="total"),
            Column("vain", label=_("Without result"), sort_key="vain"),
        ]


def _language(row: dict[str, Any]) -> str:
    return str(dict(settings.LANGUAGES).get(row["locale"], row["locale"]))


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report."""
    return Searches.paths("searches")


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return Searches.menu_item(order=150)
