"""What waits for translators: a report, in place of wagtail-localize's, and a panel on the admin's first page."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.models import Locale

from delivery.models import Story
from delivery.registry import all_renderers
from home.translation.rights import translates
from home.translation.states import (
    DONE,
    FOR_TRANSLATORS,
    State,
    most_pressing_first,
    topic_url,
    topics_without,
    translations_into,
    work_url,
)
from home.wagtail_hooks.reports import MomentColumn, SafeExport

MAY_SEE = "wagtail_localize.submit_translation"
COLLECTIONS = {"news": _("News"), "videos": _("Videos"), "pages": _("Pages")}


def sections() -> list[tuple[str, Any]]:
    """The collections, as choices."""
    names = dict.fromkeys(renderer.collection for renderer in all_renderers())
    return [(name, COLLECTIONS.get(name, name)) for name in names]


def languages() -> list[tuple[str, Any]]:
    """Languages of content, as choices; the site's main language last: most is translated from it."""
    codes = dict(settings.WAGTAIL_CONTENT_LANGUAGES)
    return sorted(codes.items(), key=lambda choice: choice[0] == settings.LANGUAGE_CODE)


class TranslationFilters(WagtailFilterSet):
    """Into which language, how far, in which section."""

    into = django_filters.ChoiceFilter(
        label=_("Into"), choices=languages, empty_label=None, method="chosen_by_the_view"
    )
    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=State.choices)
    collection = django_filters.ChoiceFilter(label=_("Section"), choices=sections)

    class Meta:
        model = Story
        fields: list[str] = []

    def chosen_by_the_view(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The language shapes the whole query: `TranslationsToDo.get_base_queryset`."""
        return queryset


class StateColumn(Column):
    """How far, with the number of strings."""

    cell_template_name = "home/translation/state_cell.html"


class TranslationsToDo(SafeExport, ReportView):
    """Every story and how far it is in one other language. Without a filter: what is not done."""

    permission_required = MAY_SEE
    model = Story
    page_title = _("Translations to do")
    header_icon = "wagtail-localize-language"
    index_url_name = "translations_to_do"
    index_results_url_name = "translations_to_do_results"
    filterset_class = TranslationFilters
    default_ordering = "-original_date"
    is_searchable = False
    export_headings = {
        "original_title": _("Original"),
        "collection": _("Section"),
        "original_locale": _("Original language"),
        "state": _("State"),
        "strings_done": _("Strings translated"),
        "strings": _("Strings"),
        "embargo_until": _("Embargo until"),
    }
    list_export = list(export_headings)

    def user_has_permission(self, permission: str) -> bool:
        """Wagtail would ask for a right to the model, which is nobody's."""
        return bool(self.request.user.has_perm(permission))

    @cached_property
    def locale_into(self) -> Locale:
        """The language asked for."""
        codes = [code for code, _name in languages()]
        asked = self.request.GET.get("into")
        return Locale.objects.get(language_code=asked if asked in codes else codes[0])

    def get_base_queryset(self) -> QuerySet[Any]:
        """What is known of translations into that language."""
        stories = translations_into(self.locale_into)
        return stories if self.request.GET.getlist("state") else stories.exclude(state__in=DONE)

    @cached_property
    def columns(self) -> list[Column]:
        """A story a row."""
        return [
            TitleColumn(
                "original_title", label=_("Original"), sort_key="original_title", get_url=self._url, accessor=_title
            ),
            Column("section", label=_("Section"), accessor=lambda row: dict(sections())[row.collection]),
            Column("direction", label=_("Languages"), accessor=self._direction),
            StateColumn("state", label=_("State"), sort_key="state"),
            Column("priority", label=_("Priority"), sort_key="priority", accessor=priority_label),
            MomentColumn("original_date", label=_("Original's date"), sort_key="original_date"),
            MomentColumn("embargo_until", label=_("Embargo until"), sort_key="embargo_until"),
        ]

    @cached_property
    def custom_field_preprocess(self) -> dict[str, Any]:
        """Words in place of codes."""
        words = {"state": lambda code: str(State(code).label), "collection": lambda name: str(dict(sections())[name])}
        return {field: dict.fromkeys(self.FORMATS, word) for field, word in words.items()}

    def get_filename(self) -> str:
        return f"translations-{self.locale_into.language_code}"

    def _url(self, row: Any) -> str:
        return work_url(row, self.locale_into)

    def _direction(self, row: Any) -> str:
        return f"{row.original_locale} → {self.locale_into}"


def _title(row: Any) -> str:
    return str(row.original_title)


def priority_label(row: Any) -> str:
    """The word of the collection for its number; nothing where it has none."""
    for renderer in all_renderers():
        field = next((field for field in renderer.model._meta.fields if field.name == "priority"), None)
        if field is not None and renderer.collection == row.collection:
            return str(dict(field.flatchoices).get(row.priority, ""))
    return ""


class WaitsForYou(Component):
    """What translators and revisers find on the admin's first page."""

    name = "translations"
    template_name = "home/translation/waits_for_you.html"
    order = 90

    def get_context_data(self, parent_context: Mapping[str, Any] | None) -> dict[str, Any]:
        """Per language: how many stories in which state, and the ten most pressing, with the way to each."""
        return {"languages": [self._language(locale) for locale in Locale.objects.all()]}

    def _language(self, locale: Locale) -> dict[str, Any]:
        waiting = translations_into(locale).filter(state__in=FOR_TRANSLATORS)
        counted = dict(waiting.order_by().values_list("state").annotate(n=Count("pk")))
        rows = list(most_pressing_first(waiting)[:10]) if counted else []
        return {
            "locale": locale,
            "counts": [(State(state).label, counted[state], state) for state in FOR_TRANSLATORS if state in counted],
            "rows": [{"story": row, "state": State(row.state), "url": work_url(row, locale)} for row in rows],
            "more": max(sum(counted.values()) - len(rows), 0),
            "topics": [
                (topic, topic_url(topic, locale)) for topic in topics_without(locale).select_related("locale")[:20]
            ],
            "report": f"{reverse('translations_to_do')}?into={locale.language_code}",
        }


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """For those whose work it is."""
    if translates(request.user):
        panels.append(WaitsForYou())


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report, and its table alone for filters."""
    return [
        path("reports/translations-to-do/", TranslationsToDo.as_view(), name="translations_to_do"),
        path(
            "reports/translations-to-do/results/",
            TranslationsToDo.as_view(results_only=True),
            name="translations_to_do_results",
        ),
    ]


class ReportMenuItem(MenuItem):
    """Shown to those who may see the report."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_SEE))


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return ReportMenuItem(
        _("Translations to do"),
        reverse("translations_to_do"),
        name="translations-to-do",
        icon_name="wagtail-localize-language",
        order=100,
    )


@hooks.register("construct_reports_menu", order=100)
def retire_localizes_report(request: HttpRequest, menu_items: list[MenuItem]) -> None:
    """It says "up to date" of a translation whose original has changed."""
    retired = reverse("wagtail_localize:translations_report")
    menu_items[:] = [item for item in menu_items if item.url != retired]
