"""Newsletters: the list of them with how they stand, the form, and the page of each."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import EditView, IndexView, InspectView
from wagtail.admin.widgets import HeaderButton

from home.wagtail_hooks.reports import MomentColumn
from newsletter.admin.base import Pages, TellsOfMailchimp
from newsletter.admin.chart import Span, chart_of, span_of
from newsletter.admin.exports import Exports, exported_file
from newsletter.admin.mapping import ListForm, group_of, mapping_of
from newsletter.figures import figures_of
from newsletter.models import NewsletterList
from newsletter.moving import moved

OPEN = pgettext_lazy("sign-up", "Open")


class MappingColumn(Column):
    """Audience and group; and where they are gone."""

    cell_template_name = "newsletter/admin/cells/mapping.html"


class StateColumn(Column):
    """Whether both sides are in step; if not, how many are why."""

    cell_template_name = "newsletter/admin/cells/state.html"


class Lists(TellsOfMailchimp, IndexView):
    """All newsletters, with how many get them."""

    page_title = _("Newsletters")
    template_name = "newsletter/admin/index.html"
    default_ordering = "slug"

    def get_base_queryset(self) -> Any:
        return NewsletterList.objects.select_related("audience")

    def get_table(self, object_list: Any) -> Any:
        """With figures, and mappings in words."""
        return super().get_table(decorated(object_list))

    @cached_property
    def columns(self) -> list[Column]:
        """A newsletter a row."""
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Newsletter"), get_url=self.get_inspect_url),
            Column("is_open", label=_("Sign-up"), accessor=lambda one: OPEN if one.is_open else _("Closed")),
            MappingColumn("mapping", label=_("At Mailchimp"), accessor="group"),
            Column("here", label=_("Members here"), accessor="figures.here"),
            Column("there", label=_("Members there"), accessor=lambda one: one.figures.there if one.audience else "–"),
            StateColumn("state", label=_("In step"), accessor="figures"),
            MomentColumn("compared_at", label=_("Last sync"), accessor="audience.compared_at"),
        ]


def decorated(lists: Any) -> list[Any]:
    """Newsletters with `figures`, `group` (its name), and `problems`, where to look at what is not in step."""
    rows: list[Any] = list(lists)
    figures = figures_of(rows)
    for one in rows:
        one.figures, one.group = figures[one.pk], group_of(one)
        asked = urlencode({"list": one.pk})
        one.waiting_url = f"{reverse('newsletter_subscribers:index')}?{asked}&state=waiting"
        one.refused_url = f"{reverse('newsletter_refused:index')}?{asked}"
    return rows


class Edit(EditView):
    """Its subscribers go where it goes."""

    def save_instance(self) -> Any:
        """Mailchimp is told of them in the same transaction."""
        rows = NewsletterList.objects.select_for_update(of=("self",)).select_related("audience")
        before = rows.get(pk=self.form.instance.pk)
        saved = super().save_instance()
        if mapping_of(saved) != mapping_of(before):
            moved(saved, before)
        return saved


class ListPage(TellsOfMailchimp, InspectView):
    """How a newsletter stands, and how it grew."""

    template_name = "newsletter/admin/list.html"
    page_title = _("Newsletter")

    def get_object(self, queryset: Any = None) -> Any:
        """Raises Http404."""
        return get_object_or_404(NewsletterList.objects.select_related("audience"), pk=self.pk)

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Where to go on from here."""
        user, asked, buttons = self.request.user, urlencode({"list": self.object.pk}), []
        if edit_url := self.get_edit_url():
            buttons.append(HeaderButton(_("Edit"), url=edit_url, icon_name="edit", priority=10))
        if user.has_perm("newsletter.add_import"):
            url = f"{reverse('newsletter_imports:add')}?{asked}"
            buttons.append(HeaderButton(_("Import subscribers"), url=url, icon_name="upload", priority=20))
        if user.has_perm("newsletter.view_subscriber"):
            url = reverse("newsletters:export", args=[self.object.pk])
            buttons.append(HeaderButton(_("Export subscribers"), url=url, icon_name="download", priority=30))
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        span = span_of(self.request.GET.get("span", ""))
        return super().get_context_data(**kwargs) | {
            "one": decorated([self.object])[0],
            "subscribers_url": f"{reverse('newsletter_subscribers:index')}?{urlencode({'list': self.object.pk})}",
            "sees_subscribers": self.request.user.has_perm("newsletter.view_subscriber"),
            "spans": [(each, each is span) for each in Span],
            "span": span,
            "chart": chart_of(self.object, span),
        }


class ListPages(Pages):
    """First in the menu."""

    model = NewsletterList
    only = ("index", "index_results", "add", "edit", "history", "history_results", "inspect")
    icon = "mail"
    menu_label = _("All newsletters")
    index_view_class = Lists
    edit_view_class = Edit
    inspect_view_class = ListPage
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("name_en"), FieldPanel("name_fr")]),
            FieldRowPanel([FieldPanel("slug"), FieldPanel("language"), FieldPanel("is_open")]),
            FieldRowPanel([FieldPanel("description_en"), FieldPanel("description_fr")]),
            MultiFieldPanel(
                [FieldPanel("audience"), FieldRowPanel([FieldPanel("interest"), FieldPanel("tag")])],
                heading=_("Kept at Mailchimp as"),
                help_text=_("What there is to choose from was read from Mailchimp; “Audiences” reads it again."),
            ),
        ],
        base_form_class=ListForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("export/<int:pk>/", self.view(Exports.as_view()), name="export"),
            path("export/file/<int:pk>/", self.view(exported_file), name="exported_file"),
        ]


pages = ListPages("newsletters", url_prefix="newsletters/lists")
