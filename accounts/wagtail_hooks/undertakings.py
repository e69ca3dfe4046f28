"""Undertakings, a version each: written, looked at, and edited as long as they bind nobody."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import DeleteView, EditView, IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminAutoHeightTextInput

from accounts.models import Undertaking
from home.wagtail_hooks.reports import MomentColumn

# Who has not confirmed his address is nobody yet.
CONFIRMED = Q(acceptances__account__user__media_email__isnull=False)


class Undertakings(IndexView):
    """All versions of all kinds, those that hold or will hold first."""

    def get_base_queryset(self) -> Any:
        """With how many accepted it."""
        return super().get_base_queryset().annotate(accepted=Count("acceptances", filter=CONFIRMED))

    def get_edit_url(self, instance: Undertaking) -> str | None:
        """None for what is fixed: it is looked at."""
        return None if instance.is_fixed else super().get_edit_url(instance)

    def get_delete_url(self, instance: Undertaking) -> str | None:
        """None for what is fixed."""
        return None if instance.is_fixed else super().get_delete_url(instance)

    @cached_property
    def columns(self) -> list[Column]:
        """A version a row."""
        return [
            self._get_title_column("kind", TitleColumn),
            Column("version", label=_("Version"), sort_key="version"),
            MomentColumn("in_force_from", label=_("In force from"), sort_key="in_force_from"),
            Column("in_force", label=_("State"), accessor=_state),
            Column("accepted", label=_("Accepted by"), sort_key="accepted"),
        ]


class Edit(EditView):
    """Only while it binds nobody."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Locked until what is sent is saved: nobody accepts meanwhile what he did not read."""
        super().setup(request, *args, **kwargs)
        self.object = self.get_object()

    def get_object(self, queryset: Any = None) -> Any:
        rows = Undertaking.objects.all()
        return super().get_object(rows.select_for_update() if self.request.method == "POST" else rows)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What is fixed is shown instead."""
        if self.user_has_permission("change") and self.object.is_fixed:
            messages.warning(request, _("This version was in force, or people have accepted it. Write a new one."))
            answer: HttpResponse = redirect(viewset.get_url_name("inspect"), self.object.pk)
            return answer
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class Inspect(InspectView):
    """Both languages side by side, and how many accepted it."""

    template_name = "accounts/admin/undertaking.html"

    def get_edit_url(self) -> str | None:
        """None for what is fixed."""
        return None if self.object.is_fixed else super().get_edit_url()

    def get_delete_url(self) -> str | None:
        """None for what is fixed."""
        return None if self.object.is_fixed else super().get_delete_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        accepted = Undertaking.objects.filter(pk=self.object.pk).aggregate(n=Count("acceptances", filter=CONFIRMED))[
            "n"
        ]
        return super().get_context_data(**kwargs) | {"state": _state(self.object), "accepted": accepted}


class Delete(DeleteView):
    """Only while it binds nobody."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raises PermissionDenied."""
        if self.object.is_fixed:
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class UndertakingViewSet(ModelViewSet):
    """In the menu "Settings". A new version begins as a copy of the one before."""

    model = Undertaking
    icon = "doc-full"
    menu_label = _("Undertakings")
    menu_order = 710
    add_to_settings_menu = True
    inspect_view_enabled = True
    index_view_class = Undertakings
    edit_view_class = Edit
    inspect_view_class = Inspect
    delete_view_class = Delete
    panels = [
        FieldPanel("kind"),
        FieldRowPanel([FieldPanel("version"), FieldPanel("in_force_from")]),
        MultiFieldPanel(
            [
                FieldRowPanel(
                    [
                        FieldPanel("text_en", widget=AdminAutoHeightTextInput(attrs={"lang": "en", "rows": 12})),
                        FieldPanel("text_fr", widget=AdminAutoHeightTextInput(attrs={"lang": "fr", "rows": 12})),
                    ]
                )
            ],
            heading=_("Text"),
        ),
    ]


def _state(undertaking: Undertaking) -> str:
    if undertaking.is_in_force:
        return str(_("In force"))
    return str(_("Replaced") if undertaking.is_fixed else _("Not in force yet"))


viewset = UndertakingViewSet("undertakings")


@hooks.register("register_admin_viewset")
def undertakings() -> UndertakingViewSet:
    """Its pages and its place in the menu."""
    return viewset
