"""Links to a draft, for people without an account here: made, shown once, revoked by who may edit the page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import Button
from wagtail.log_actions import log
from wagtail.models import Page

from delivery.models import Preview
from delivery.previews import frontend_preview_url, links_of, make_link, revoke
from home.models import StoryPage

DURATIONS = [(1, _("1 hour")), (24, _("1 day")), (24 * 7, _("1 week"))]
SHARED, REVOKED = "newsroom.share_draft", "newsroom.revoke_draft"


class LinkForm(forms.Form):
    """For how long."""

    hours = forms.TypedChoiceField(label=_("Valid for"), choices=DURATIONS, coerce=int, initial=24)


class PreviewLinks(WagtailAdminTemplateMixin, TemplateView):
    """The links to a page's draft. A new one is shown in the answer to its making, and never again."""

    page_title = _("Share the draft")
    header_icon = "view"
    template_name = "home/stories/preview_links.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The page, for who may edit it. Raises PermissionDenied."""
        super().setup(request, *args, **kwargs)
        self.page = editable_story(request, kwargs["page_id"])

    def get_page_subtitle(self) -> str:
        return str(self.page.get_admin_display_title())

    def get_breadcrumbs_items(self) -> list[Any]:
        """Back to the page."""
        return breadcrumbs(self.page, self.get_page_title())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "page": self.page,
            "links": links_of(self.page),
            "form": kwargs.get("form") or LinkForm(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A new link."""
        form = LinkForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        hours = form.cleaned_data["hours"]
        token = make_link(self.page, timedelta(hours=hours))
        log(instance=self.page, action=SHARED, data={"hours": hours})
        made = {
            "frontend": frontend_preview_url(self.page.get_latest_revision_as_object(), token),
            "api": request.build_absolute_uri(reverse("api-1:preview", args=[token])),
        }
        response = self.render_to_response(self.get_context_data(form=form, made=made))
        response["Cache-Control"] = "no-store"
        return response


def revoke_link(request: HttpRequest, page_id: int, preview_id: int) -> HttpResponse:
    """End a link."""
    page = editable_story(request, page_id)
    revoke(get_object_or_404(Preview, pk=preview_id, page_id=page.pk))
    log(instance=page, action=REVOKED)
    messages.success(request, _("The link does not work any more."))
    return redirect("preview_links", page.pk)


def breadcrumbs(page: Page, title: object) -> list[dict[str, Any]]:
    """The way from a view on a page back to its editor."""
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    name = page.get_admin_display_title()
    return [{"url": edit, "label": name}, {"url": "", "label": title, "sublabel": name}]


def editable_story(request: HttpRequest, page_id: int) -> StoryPage:
    """A page with a document, for who may edit it. Raises Http404, PermissionDenied."""
    page = get_object_or_404(Page, pk=page_id).specific
    if not isinstance(page, StoryPage) or not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    return page


@hooks.register("register_admin_urls")
def preview_urls() -> list[URLPattern]:
    """Below the page."""
    one = "stories/<int:page_id>/preview-links/"
    return [
        path(one, PreviewLinks.as_view(), name="preview_links"),
        path(f"{one}<int:preview_id>/revoke/", require_POST(revoke_link), name="revoke_preview_link"),
    ]


@hooks.register("register_page_header_buttons")
def share_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """In the page's menu."""
    if isinstance(page, StoryPage) and page.permissions_for_user(user).can_edit():
        yield Button(_("Share the draft"), reverse("preview_links", args=[page.pk]), icon_name="view", priority=66)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """In the page's history."""
    actions.register_action(SHARED, _("Share the draft"), _("A link to the draft was made."))
    actions.register_action(REVOKED, _("End a link to the draft"), _("A link to the draft was ended."))
