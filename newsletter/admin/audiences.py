"""Mailchimp's audiences as they were read last, how the last comparison went, and the button that reads them again."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView, InspectView

from home.wagtail_hooks.reports import MomentColumn
from newsletter.admin.base import Pages, TellsOfMailchimp
from newsletter.mailchimp import is_configured
from newsletter.models import Audience
from newsletter.models.lists import FIELDS
from newsletter.tasks import wake_comparison

READ_AGAIN = "newsletter.change_audience"
# What was mended, as `newsletter.sync` names it.
HEALED = {
    "subscribed here": _("subscribed here"),
    "unsubscribed here": _("unsubscribed here"),
    "told there": _("told there"),
    "address changed": _("address changed"),
    "looked up": _("looked up"),
}


class GoneColumn(Column):
    """Since when Mailchimp has it no more."""

    cell_template_name = "newsletter/admin/cells/gone.html"


class Audiences(TellsOfMailchimp, IndexView):
    """All that were ever read."""

    template_name = "newsletter/admin/audiences.html"
    no_results_message = _("No audience was read from Mailchimp yet.")

    @cached_property
    def columns(self) -> list[Column]:
        """An audience a row."""
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Audience"), get_url=self.get_inspect_url),
            Column("groups", label=_("Groups"), accessor=lambda one: len(one.interests)),
            MomentColumn("read_at", label=_("Read"), sort_key="read_at"),
            MomentColumn("compared_at", label=_("Compared"), sort_key="compared_at"),
            Column("healed", label=_("Mended then"), accessor=healed_of),
            GoneColumn("missing_since", label=_("State")),
        ]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With whether this person may have them read again."""
        return super().get_context_data(*args, **kwargs) | {"reads_again": self.request.user.has_perm(READ_AGAIN)}


class AudiencePage(TellsOfMailchimp, InspectView):
    """One of them, with its groups and fields."""

    template_name = "newsletter/admin/audience.html"
    page_title = _("Audience")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        audience = self.object
        return super().get_context_data(**kwargs) | {
            "healed": healed_of(audience),
            "lists": audience.lists.all(),
            "gone": [getattr(audience, name) for name in audience.unusable_fields],
            "unfilled": audience.unfilled_fields,
        }


def healed_of(audience: Audience) -> str:
    """What the last comparison mended, in words."""
    done = [f"{number} {HEALED.get(name, name)}" for name, number in audience.healed.items() if number]
    if not done and audience.compared_at:
        return str(_("Nothing: both sides said the same"))
    return ", ".join(done)


def read_again(request: HttpRequest) -> HttpResponse:
    """Have a worker read them, and take in what changed."""
    if not request.user.has_perm(READ_AGAIN):
        raise PermissionDenied
    if not is_configured():
        messages.warning(request, _("There is no key to Mailchimp: nothing can be read."))
    elif wake_comparison():
        messages.success(request, _("Mailchimp is being asked. Look again in a moment."))
    else:
        messages.warning(request, _("Nobody can be asked to do it just now; it is done within a quarter of an hour."))
    return redirect(pages.get_url_name("index"))


class AudienceForm(WagtailAdminModelForm):
    """Which merge fields are filled; everything else is as Mailchimp has it."""

    language_field = forms.ChoiceField(
        label=_("Merge field of the language"), required=False, help_text=_("It gets `en` or `fr`.")
    )
    preferences_field = forms.ChoiceField(
        label=_("Merge field of the preferences"),
        required=False,
        help_text=_("It gets each subscriber's link to the page on which they choose, or leave; mails lead there."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, types in FIELDS.items():
            field: Any = self.fields[name]
            field.choices = [("", _("None")), *_fields(self.instance, types, getattr(self.instance, name))]


def _fields(audience: Audience, types: tuple[str, ...], now: str) -> list[tuple[str, str]]:
    """Those of types that can be filled; and the one that is chosen now, though it may be gone."""
    choices = [(one["tag"], f"{one['name']} ({one['tag']})") for one in audience.merge_fields if one["type"] in types]
    if now and now not in dict(choices):
        choices.append((now, str(_("Gone at Mailchimp: %(id)s") % {"id": now})))
    return choices


class AudiencePages(Pages):
    """To be looked at, but for the merge fields that are filled."""

    model = Audience
    only = ("index", "index_results", "inspect", "edit")
    edit_handler = ObjectList(
        [FieldPanel("language_field"), FieldPanel("preferences_field")], base_form_class=AudienceForm
    )
    icon = "globe"
    menu_label = _("Audiences")
    index_view_class = Audiences
    inspect_view_class = AudiencePage

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("read/", self.view(require_POST(read_again)), name="read")]


pages = AudiencePages("newsletter_audiences", url_prefix="newsletters/audiences")
