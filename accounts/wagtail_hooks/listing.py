"""The list of media accounts, its place in the menu, and how many of them wait for somebody."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import F
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail import hooks
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, TitleColumn
from wagtail.admin.views.generic import IndexView

from accounts.models import Level, MediaAccount
from accounts.wagtail_hooks.rights import may_decide, may_see
from home.wagtail_hooks.reports import MomentColumn

PANEL_SHOWS = 10


def countries_of_accounts() -> list[tuple[str, str]]:
    """Countries that accounts are from, with their names."""
    codes = MediaAccount.objects.order_by().values_list("country", flat=True).distinct()
    return sorted(((str(code), countries.name(code) or str(code)) for code in codes), key=lambda pair: pair[1])


class AccountFilters(WagtailFilterSet):
    """At which level, from where, of which kind, since when."""

    level = django_filters.MultipleChoiceFilter(label=_("Level"), choices=Level.choices, field_name="level_now")
    country = django_filters.ChoiceFilter(label=_("Country"), choices=countries_of_accounts)
    kind = django_filters.MultipleChoiceFilter(label=_("Kind of media"), choices=MediaAccount.Kind.choices)
    registered_at = django_filters.DateFromToRangeFilter(label=_("Registered on"), widget=DateRangePickerWidget)

    class Meta:
        model = MediaAccount
        fields: list[str] = []


class Accounts(IndexView):
    """Everybody whose address is confirmed. Nobody is added here: accounts register themselves."""

    model = MediaAccount
    page_title = _("Media accounts")
    header_icon = "group"
    index_url_name = "media_accounts"
    index_results_url_name = "media_accounts_results"
    template_name = "accounts/admin/accounts.html"
    filterset_class = AccountFilters
    default_ordering = "-registered_at"
    search_fields = ("name", "organisation", "user__media_email")
    search_backend_name = None
    any_permission_required = ("view", "change")
    paginate_by = 50
    no_results_message = _("No media account matches.")

    def get_base_queryset(self) -> Any:
        """With what the table tells."""
        return MediaAccount.objects.confirmed().with_level().select_related("user")

    def order_queryset(self, queryset: Any) -> Any:
        """Whoever never logged in comes last; names in the order of the alphabet."""
        field = str(self.ordering).removeprefix("-")
        order = F(field).desc(nulls_last=True) if str(self.ordering).startswith("-") else F(field).asc(nulls_last=True)
        return queryset.order_by(order, "pk")

    @cached_property
    def columns(self) -> list[Column]:
        """An account a row."""
        checkboxes = [BulkActionsCheckboxColumn("bulk_actions", obj_type="mediaaccount")]
        return [
            *(checkboxes if may_decide(self.request.user) else []),
            TitleColumn("name", label=_("Name"), sort_key="name", get_url=account_url),
            Column("email", label=_("E-mail"), accessor="user.media_email", sort_key="user__media_email"),
            Column("organisation", label=_("Organisation"), sort_key="organisation"),
            Column("country", label=_("Country"), accessor=lambda row: row.country.name, sort_key="country"),
            Column("kind", label=_("Kind of media"), accessor="get_kind_display", sort_key="kind"),
            Column("level", label=_("Level"), accessor=_level, sort_key="level_now"),
            MomentColumn("registered_at", label=_("Registered on"), sort_key="registered_at"),
            MomentColumn("last_login", label=_("Last login"), accessor="user.last_login", sort_key="user__last_login"),
        ]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With how many wait."""
        waiting = MediaAccount.objects.waiting().count()
        return super().get_context_data(*args, **kwargs) | {"waiting": waiting, "waiting_url": waiting_url()}


class AccountsMenuItem(MenuItem):
    """Shown to those who see media accounts, with how many wait."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see(request.user)

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        """Its label says the number: a badge would be nothing to who listens to it."""
        item = super().render_component(request)
        if waiting := MediaAccount.objects.waiting().count():
            item.label = _now("%(label)s (%(number)s)") % {"label": self.label, "number": waiting}
        return item


class WaitingAccounts(Component):
    """What who decides finds on the admin's first page."""

    name = "media-accounts"
    template_name = "accounts/admin/waiting.html"
    order = 95

    def get_context_data(self, parent_context: Mapping[str, Any] | None) -> dict[str, Any]:
        """Those who wait longest, with the way to each."""
        waiting = MediaAccount.objects.waiting().order_by("registered_at")
        accounts = [(account, account_url(account)) for account in waiting[:PANEL_SHOWS]]
        return {"accounts": accounts, "more": max(waiting.count() - len(accounts), 0), "all_url": waiting_url()}


def _level(account: MediaAccount) -> str:
    """With a flag where its owner changed who he is since the newsroom decided."""
    level = str(account.level.label)
    return str(_("%(level)s, profile changed") % {"level": level}) if account.profile_changed_at else level


def account_url(account: MediaAccount) -> str:
    """Where it is looked at."""
    return reverse("media_account", args=[account.pk])


def waiting_url() -> str:
    """The list of those who wait."""
    return f"{reverse('media_accounts')}?level={Level.PENDING}"


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """For those who decide, while somebody waits."""
    if may_decide(request.user) and MediaAccount.objects.waiting().exists():
        panels.append(WaitingAccounts())


@hooks.register("register_admin_urls")
def list_urls() -> list[URLPattern]:
    """The list, and its table alone for filters."""
    return [
        path("media-accounts/", Accounts.as_view(), name="media_accounts"),
        path("media-accounts/results/", Accounts.as_view(results_only=True), name="media_accounts_results"),
    ]


@hooks.register("register_admin_menu_item")
def add_to_menu() -> MenuItem:
    """Before the reports. Its name may not begin as that of "Media": both would be shown as where one is."""
    url = reverse("media_accounts")
    return AccountsMenuItem(_("Media accounts"), url, name="press-accounts", icon_name="group", order=850)
