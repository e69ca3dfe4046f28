"""The report "Usage": who took what, when, and how much of it; on the screen, and as a table for a spreadsheet."""

from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.permissions import policy_registry

from accounts.models import MediaAccount, UsageEntry
from accounts.wagtail_hooks.listing import countries_of_accounts
from accounts.wagtail_hooks.rights import may_see, may_see_usage
from home.wagtail_hooks.reports import MomentColumn, Report, Streamed


class UsageFilters(WagtailFilterSet):
    """When, who, from where, what."""

    at = django_filters.DateFromToRangeFilter(label=_("Date"), widget=DateRangePickerWidget)
    who = django_filters.CharFilter(label=_("Name or e-mail"), method="by_person")
    organisation = django_filters.CharFilter(label=_("Organisation"), lookup_expr="icontains")
    country = django_filters.ChoiceFilter(label=_("Country"), choices=countries_of_accounts)
    kind = django_filters.MultipleChoiceFilter(label=_("Kind of media"), choices=MediaAccount.Kind.choices)
    title = django_filters.CharFilter(label=_("Video"), lookup_expr="icontains")
    action = django_filters.MultipleChoiceFilter(label=_("What was done"), choices=UsageEntry.Action.choices)

    class Meta:
        model = UsageEntry
        fields: list[str] = []

    def by_person(self, rows: QuerySet[UsageEntry], _name: str, value: str) -> QuerySet[UsageEntry]:
        """Those of accounts with this in name or address, then or now."""
        then = Q(name__icontains=value) | Q(email__icontains=value)
        return rows.filter(then | Q(account__name__icontains=value) | Q(account__user__media_email__icontains=value))


class Usage(Report):
    """What was used, newest first. Who has no account is not known, nor who had one that he erased."""

    model = UsageEntry
    permission_required = "view"
    is_for = staticmethod(may_see_usage)
    page_title = _("Usage")
    header_icon = "download"
    index_url_name = "usage_report"
    index_results_url_name = "usage_report_results"
    results_template_name = "accounts/admin/usage_results.html"
    filterset_class = UsageFilters
    default_ordering = "-at"
    no_results_message = _("Nothing was used.")
    export_headings = {
        "at": _("When"),
        "who": _("Name"),
        "email": _("E-mail"),
        "organisation": _("Organisation"),
        "country": _("Country"),
        "kind": _("Kind of media"),
        "action": _("What was done"),
        "title": _("Video"),
        "rendition": _("Rendition"),
        "start": _("From (s)"),
        "end": _("To (s)"),
        "size_bytes": _("Bytes"),
    }
    list_export = list(export_headings)
    export_filename = "usage"

    @cached_property
    def permission_policy(self) -> Any:
        return policy_registry.get_by_type(UsageEntry)

    def get_base_queryset(self) -> QuerySet[UsageEntry]:
        """What the table tells of the account is what was so then."""
        return UsageEntry.objects.all()

    def order_queryset(self, queryset: QuerySet[UsageEntry]) -> QuerySet[UsageEntry]:
        """Always the same way, so that no row is on two pages."""
        return queryset.order_by(*([self.ordering] if self.ordering else []), "-pk")

    @cached_property
    def columns(self) -> list[Column]:
        """A download or a clip a row."""
        sees = may_see(self.request.user)
        return [
            MomentColumn("at", label=_("When"), sort_key="at"),
            TitleColumn("who", label=_("Name"), accessor=_who, get_url=lambda row: _account_url(row) if sees else None),
            Column("email", label=_("E-mail"), sort_key="email"),
            Column("organisation", label=_("Organisation"), sort_key="organisation"),
            Column("country", label=_("Country"), accessor=_country),
            Column("action", label=_("What was done"), accessor="get_action_display", sort_key="action"),
            Column("title", label=_("Video"), sort_key="title"),
            Column("rendition", label=_("Rendition")),
            Column("start", label=_("From"), accessor="starts"),
            Column("end", label=_("To"), accessor="ends"),
            Column("size_bytes", label=_("Size"), accessor=_size, sort_key="size_bytes"),
        ]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the totals of all rows that are found, on whichever page."""
        totals = self.object_list.order_by().aggregate(
            number=Count("pk"), accounts=Count("account", distinct=True), size_bytes=Sum("size_bytes")
        )
        return super().get_context_data(*args, **kwargs) | {"totals": totals}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A table for spreadsheets is written while it is read: it may have any number of rows."""
        if not self.is_export:
            response: HttpResponse = super().get(request, *args, **kwargs)
            return response
        rows = Streamed(self.get_filtered_queryset())
        exported: HttpResponseBase = self.as_spreadsheet(rows, request.GET["export"])
        return exported

    def to_row_dict(self, item: UsageEntry) -> dict[str, Any]:
        """In words, and numbers as numbers."""
        return {
            "at": item.at,
            "who": _who(item),
            "email": item.email,
            "organisation": item.organisation,
            "country": _country(item),
            "kind": item.get_kind_display(),
            "action": item.get_action_display(),
            "title": item.title,
            "rendition": item.rendition,
            "start": item.start,
            "end": item.end,
            "size_bytes": item.size_bytes,
        }


def _who(row: UsageEntry) -> str:
    return row.name if row.account_id else str(_("Without an account, or erased"))


def _account_url(row: UsageEntry) -> str | None:
    return reverse("media_account", args=[row.account_id]) if row.account_id else None


def _country(row: UsageEntry) -> str:
    country: Any = row.country
    return str(country.name or "")


def _size(row: UsageEntry) -> str:
    return "" if row.size_bytes is None else str(filesizeformat(row.size_bytes))


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """The report."""
    return Usage.paths("usage")


@hooks.register("register_reports_menu_item")
def add_to_menu() -> MenuItem:
    """In the menu "Reports"."""
    return Usage.menu_item(order=140)
