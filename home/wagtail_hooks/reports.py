"""What reports have in common: who sees them, their addresses, a button in a row."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permissions import policy_registry

from home.cells import plain_cell

# Rows in memory at a time, where all are written into a file.
CHUNK = 1000


def page_rights() -> Any:
    """Who may do what with which pages: Wagtail's policy."""
    return policy_registry.get_by_type(Page)


def publishes(user: Any) -> bool:
    """Whether this person may publish any page."""
    return bool(page_rights().user_has_permission(user, "publish"))


class SafeExport:
    """For exports, before Wagtail's own: no cell is taken for a formula, whichever program opens the file.

    Names and titles come from strangers. What begins as a formula does gets an apostrophe, as OWASP has it under "CSV
    injection"; what no spreadsheet can hold is left out.
    """

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """The cell's content."""
        if isinstance(value, datetime) and export_format == self.FORMAT_CSV:  # type: ignore[attr-defined]
            value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        cell = super().preprocess_field_value(field, value, export_format)  # type: ignore[misc]
        return plain_cell(cell) if isinstance(cell, str) else cell

    def stream_csv(self, queryset: Any) -> Iterator[Any]:
        """With the mark by which spreadsheets know UTF-8."""
        yield "\ufeff"
        yield from super().stream_csv(queryset)  # type: ignore[misc]


class Streamed:
    """Rows that are read as they are needed, in place of a queryset, which keeps them all. `model`: of the rows."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows
        self.model = rows.model

    def __iter__(self) -> Iterator[Any]:
        return self.rows.iterator(chunk_size=CHUNK)


class Report(SafeExport, ReportView):
    """A report with its addresses and its place in the menu. `is_for`: who sees it, by the policy of what it tells."""

    is_searchable = False

    @staticmethod
    def is_for(user: Any) -> bool:
        """Whether this person sees it in the menu."""
        raise NotImplementedError

    @classmethod
    def paths(cls, route: str) -> list[URLPattern]:
        """The report, and its table alone for filters."""
        return [
            path(f"reports/{route}/", cls.as_view(), name=cls.index_url_name),
            path(f"reports/{route}/results/", cls.as_view(results_only=True), name=cls.index_results_url_name),
        ]

    @classmethod
    def menu_item(cls, order: int) -> MenuItem:
        """In the menu "Reports"."""
        return ReportMenuItem(
            cls.page_title,
            reverse(cls.index_url_name),
            is_for=cls.is_for,
            name=cls.index_url_name.replace("_", "-"),
            icon_name=cls.header_icon,
            order=order,
        )


class PublishersReport(Report):
    """A report for those who may publish something."""

    permission_required = "publish"
    is_for = staticmethod(publishes)

    @cached_property
    def permission_policy(self) -> Any:
        """That of pages, whatever the rows are."""
        return page_rights()


class ReportMenuItem(MenuItem):
    """Shown to those who may see the report."""

    def __init__(self, *arguments: Any, is_for: Callable[[Any], bool], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_for = is_for

    def is_shown(self, request: HttpRequest) -> bool:
        return self.is_for(request.user)


class MomentColumn(Column):
    """Date and time. Wagtail's own column says "Just now" of what is to come."""

    cell_template_name = "home/reports/moment_cell.html"


class PostButton(Column):
    """A button in a row that does something. `get_url`: row → where it posts to; `get_name`: row → what it is about."""

    cell_template_name = "home/reports/post_button.html"

    def __init__(self, name: str, *, get_url: Callable[[Any], str], get_name: Callable[[Any], str], **options: Any):
        super().__init__(name, **options)
        self.get_url = get_url
        self.get_name = get_name

    def get_cell_context_data(self, instance: Any, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Cells are rendered without the request's own context, so the token comes along."""
        context = super().get_cell_context_data(instance, parent_context)
        request = parent_context["request"]
        return context | {
            "url": self.get_url(instance),
            "about": self.get_name(instance),
            "csrf_token": get_token(request),
        }
