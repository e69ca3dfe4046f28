"""Taking a published story back, in all its languages at once, and undoing that."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminPageChooser, Button
from wagtail.log_actions import log
from wagtail.models import Page

from delivery.clock import told
from delivery.facts import pages_of
from delivery.models import Story
from delivery.registry import all_renderers
from delivery.stories import EMBARGO_CHANGED, is_public, reinstate, withdraw
from home.models import StoryPage
from home.translation.rights import may_edit, may_publish
from home.wagtail_hooks.previews import breadcrumbs

WITHDRAWN, REINSTATED = "newsroom.withdraw", "newsroom.reinstate"


class WithdrawalForm(forms.Form):
    """Why, and what readers are led to instead."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the newsroom. Readers and frontends are not told."),
    )
    replacement = forms.ModelChoiceField(
        Page.objects.all(),
        label=_("Replaced by"),
        required=False,
        help_text=_("A public story, in any language. Frontends are told, and can lead readers there."),
    )

    def __init__(self, story: Story, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.story = story
        self.fields["replacement"].widget = AdminPageChooser(target_models=replacing_models())

    def clean_replacement(self) -> Story | None:
        """The story of the chosen page: another one, and public."""
        page = self.cleaned_data["replacement"]
        if page is None:
            return None
        if page.translation_key == self.story.pk:
            raise forms.ValidationError(_("A story cannot replace itself. Choose another one."))
        if page.specific_class not in replacing_models():
            raise forms.ValidationError(_("Sections and home pages replace no story. Choose a story."))
        story = Story.objects.filter(pk=page.translation_key).first()
        if story is None or not is_public(story):
            raise forms.ValidationError(_("Choose another story that is public."))
        return story


def replacing_models() -> list[type[Page]]:
    """News and videos: the pages that readers come for, with no others below them."""
    return [renderer.model for renderer in all_renderers() if not renderer.model.allowed_subpage_models()]


class WithdrawalView(WagtailAdminTemplateMixin, FormView):
    """Withdraw the story of a page, or reinstate it."""

    header_icon = "no-view"
    template_name = "home/stories/withdrawal.html"
    form_class = WithdrawalForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The story, for who may publish it in every language. Raises Http404, PermissionDenied."""
        super().setup(request, *args, **kwargs)
        self.page = get_object_or_404(Page, pk=kwargs["page_id"]).specific
        self.story = get_object_or_404(Story, pk=self.page.translation_key)
        self.pages = pages_of(self.story.pk)
        if not may_withdraw(request.user, self.pages):
            raise PermissionDenied

    def get_page_title(self) -> str:
        return str(_("Reinstate") if self.story.withdrawn_at else _("Withdraw"))

    def get_page_subtitle(self) -> str:
        return str(self.page.get_admin_display_title())

    def get_breadcrumbs_items(self) -> list[Any]:
        """Back to the page."""
        return breadcrumbs(self.page, self.get_page_title())

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"story": self.story, **super().get_form_kwargs()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        documents = self.story.documents.order_by("locale").defer("body", "card")
        return super().get_context_data(**kwargs) | {
            "page": self.page,
            "story": self.story,
            "documents": documents,
            "replacement": self.story.replacement and pages_of(self.story.replacement.pk).values(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do the one that the story's state allows."""
        if self.story.withdrawn_at:
            return self._reinstate()
        if not is_public(self.story):
            messages.error(request, _("This story is not public: there is nothing to withdraw."))
            return self._back()
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: WithdrawalForm) -> HttpResponse:
        reason, replacement = form.cleaned_data["reason"], form.cleaned_data["replacement"]
        withdraw(self.story, reason=reason, replacement=replacement, user=self.request.user)
        self._log(WITHDRAWN, reason=reason, replacement=str(replacement.pk) if replacement else None)
        messages.success(self.request, _("The story was withdrawn, in every language."))
        return self._back()

    def _reinstate(self) -> HttpResponse:
        reinstate(self.story, user=self.request.user)
        self._log(REINSTATED)
        messages.success(self.request, _("The story can be published again. Its pages are drafts."))
        return self._back()

    def _log(self, action: str, **details: Any) -> None:
        for page in self.pages.values():
            log(instance=page, action=action, data=details)

    def _back(self) -> HttpResponse:
        return redirect("wagtailadmin_pages:edit", self.page.pk)


def may_withdraw(user: Any, pages: dict[str, Page]) -> bool:
    """Whether this person may decide what the public reads of these pages, all of them.

    Of a page with others below it nobody may: a whole section would be gone by one button.
    """
    return bool(pages) and all(may_publish(user, page) and not page.numchild for page in pages.values())


@hooks.register("register_admin_urls")
def withdrawal_urls() -> list[URLPattern]:
    """Below the page."""
    return [path("stories/<int:page_id>/withdrawal/", WithdrawalView.as_view(), name="story_withdrawal")]


@hooks.register("before_edit_page", order=-1)
def tell_of_withdrawal(request: HttpRequest, page: Page) -> None:
    """At the top of the editor, of translations too: when, why, what replaces it, and the way back for who may."""
    story = Story.objects.select_related("replacement").filter(pk=page.translation_key).first()
    if request.method != "GET" or story is None or story.withdrawn_at is None:
        return
    parts: list[Any] = [_("This story was withdrawn on %(at)s.") % {"at": told(story.withdrawn_at)}]
    parts.append(_("Reason: %(reason)s") % {"reason": story.withdrawn_reason})
    if story.replacement:
        parts.append(format_html(str(_("Replaced by: {stories}")), stories=_links(request.user, story.replacement)))
    buttons = []
    if may_withdraw(request.user, pages_of(story.pk)):
        buttons.append(messages.button(reverse("story_withdrawal", args=[page.pk]), _("Reinstate")))
    messages.warning(request, format_html_join(" ", "{}", ((part,) for part in parts)), buttons=buttons)


def _links(user: Any, story: Story) -> SafeString:
    """A story's titles, with the way to each for who may edit it."""
    found = []
    for page in pages_of(story.pk).values():
        title = format_html('<span lang="{}">{}</span>', page.locale.language_code, page.get_admin_display_title())
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        found.append(format_html('<a href="{}">{}</a>', edit, title) if may_edit(user, page) else title)
    return format_html_join(", ", "{}", ((one,) for one in found))


@hooks.register("before_publish_page")
def withdrawn_stays_withdrawn(request: HttpRequest, page: Any) -> HttpResponse | None:
    """Say so where somebody publishes what readers would not get. The draft is kept."""
    if not Story.objects.filter(pk=page.translation_key, withdrawn_at__isnull=False).exists():
        return None
    messages.error(request, _("This story was withdrawn. Your draft is kept; reinstate the story to publish it."))
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("register_page_header_buttons")
def withdrawal_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """In the page's menu, where it can be done."""
    if not isinstance(page, StoryPage) or not may_publish(user, page):
        return
    story = Story.objects.filter(pk=page.translation_key).first()
    if story and (story.withdrawn_at or is_public(story)) and may_withdraw(user, pages_of(story.pk)):
        label = _("Reinstate") if story.withdrawn_at else _("Withdraw")
        yield Button(label, reverse("story_withdrawal", args=[page.pk]), icon_name="no-view", priority=61)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """In the page's history."""
    actions.register_action(WITHDRAWN, _("Withdraw"), _("The story was withdrawn, in every language."))
    actions.register_action(EMBARGO_CHANGED, _("Change the embargo"), _("The embargo was set, moved or lifted."))
    actions.register_action(REINSTATED, _("Reinstate"), _("The story can be published again. Its pages are drafts."))
