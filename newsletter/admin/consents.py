"""What people agree to, a version each. One that somebody has agreed to stays as it is."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import DeleteView, EditView, IndexView, InspectView
from wagtail.admin.widgets import AdminAutoHeightTextInput

from home.wagtail_hooks.reports import MomentColumn
from newsletter.admin.base import Pages
from newsletter.models import ConsentText, SignUp

AGREED = Count("signup", filter=Q(signup__confirmed_at__isnull=False))


def is_fixed(text: ConsentText) -> bool:
    """Whether somebody has agreed to it, or was asked to."""
    return SignUp.objects.filter(consent=text).exists()


def state_of(text: ConsentText) -> str:
    """In words."""
    return str(_("In force") if text == ConsentText.objects.first() else _("Replaced"))


class Consents(IndexView):
    """All versions, the one in force first."""

    def get_base_queryset(self) -> Any:
        """With how many agreed."""
        return ConsentText.objects.annotate(agreed=AGREED, asked=Count("signup"))

    def get_edit_url(self, instance: Any) -> str | None:
        """None for what is fixed: it is looked at."""
        return None if instance.asked else super().get_edit_url(instance)

    def get_delete_url(self, instance: Any) -> str | None:
        """None for what is fixed."""
        return None if instance.asked else super().get_delete_url(instance)

    @cached_property
    def columns(self) -> list[Column]:
        """A version a row."""
        newest = ConsentText.objects.first()
        return [
            self._get_title_column("version", TitleColumn),
            MomentColumn("in_force_from", label=_("In force from"), sort_key="in_force_from"),
            Column("state", label=_("State"), accessor=lambda one: _("In force") if one == newest else _("Replaced")),
            Column("agreed", label=_("Agreed to by"), sort_key="agreed"),
        ]


class Edit(EditView):
    """Only while nobody was asked to agree to it."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """It is known before anything else."""
        super().setup(request, *args, **kwargs)
        self.object = self.get_object()

    def get_object(self, queryset: Any = None) -> Any:
        """Locked until what is sent is saved: nobody agrees meanwhile to what they did not read."""
        rows = ConsentText.objects.all()
        return super().get_object(rows.select_for_update() if self.request.method == "POST" else rows)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What is fixed is shown instead."""
        if self.user_has_permission("change") and is_fixed(self.object):
            messages.warning(request, _("People have agreed to this version. Write a new one."))
            return redirect(pages.get_url_name("inspect"), self.object.pk)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class Inspect(InspectView):
    """Both languages side by side, and how many agreed."""

    template_name = "newsletter/admin/consent.html"
    page_title = _("Text of consent")

    def get_edit_url(self) -> str | None:
        """None for what is fixed."""
        return None if is_fixed(self.object) else super().get_edit_url()

    def get_delete_url(self) -> str | None:
        """None for what is fixed."""
        return None if is_fixed(self.object) else super().get_delete_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        agreed = SignUp.objects.filter(consent=self.object, confirmed_at__isnull=False).count()
        return super().get_context_data(**kwargs) | {"state": state_of(self.object), "agreed": agreed}


class Delete(DeleteView):
    """Only while nobody was asked to agree to it."""

    def get_object(self, queryset: Any = None) -> Any:
        """Locked, for the same reason."""
        rows = ConsentText.objects.all()
        return super().get_object(rows.select_for_update() if self.request.method == "POST" else rows)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raises PermissionDenied."""
        if is_fixed(self.object):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class ConsentPages(Pages):
    """A new version begins as a copy of the one before."""

    model = ConsentText
    only = ("index", "index_results", "add", "edit", "delete", "copy", "inspect", "history", "history_results")
    copy_view_enabled = True
    icon = "doc-full"
    menu_label = _("Texts of consent")
    index_view_class = Consents
    edit_view_class = Edit
    inspect_view_class = Inspect
    delete_view_class = Delete
    panels = [
        FieldPanel("version", help_text=_("The newest is in force at once. It can be edited until somebody signs up.")),
        MultiFieldPanel(
            [
                FieldRowPanel(
                    [
                        FieldPanel("text_en", widget=AdminAutoHeightTextInput(attrs={"lang": "en", "rows": 6})),
                        FieldPanel("text_fr", widget=AdminAutoHeightTextInput(attrs={"lang": "fr", "rows": 6})),
                    ]
                )
            ],
            heading=_("Text"),
        ),
    ]


pages = ConsentPages("newsletter_consents", url_prefix="newsletters/consents")
