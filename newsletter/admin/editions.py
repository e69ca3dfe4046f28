"""Editions: written in a form, and looked at, planned and followed on a page of their own."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, MultipleChooserPanel
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import CreateView, DeleteView, EditView, IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet

from delivery.clock import database_now, told
from delivery.visibility import explain
from home.models import Topic
from home.wagtail_hooks.reports import MomentColumn
from newsletter.admin.edition_acts import ScheduleForm, TestForm
from newsletter.admin.stories import story_chooser
from newsletter.editions import telling
from newsletter.editions.contents import languages_of, titles_of
from newsletter.editions.gathering import gathered_since
from newsletter.editions.hindrances import hindrances_of, in_words
from newsletter.mailchimp import is_configured
from newsletter.models import Campaign, Edition, Plan
from newsletter.models.people import Language


class EditionForm(WagtailAdminModelForm):
    """Topics are those of the reader's language: the vocabulary is short, and its languages mean the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "topics" in self.fields:
            language = (get_language() or "en")[:2]
            chosen = {topic.translation_key for topic in self.initial.get("topics", [])}
            own = Topic.objects.filter(live=True, locale__language_code=language).order_by("name")
            self.fields["topics"].queryset = own
            self.initial["topics"] = list(own.filter(translation_key__in=chosen))


class Editions(IndexView):
    """All editions, the newest first."""

    def get_base_queryset(self) -> QuerySet[Edition]:
        """With what the rows tell: two queries."""
        editions = super().get_base_queryset().select_related("newsletter").prefetch_related("campaigns")
        result: QuerySet[Edition] = editions
        return result

    def get_edit_url(self, instance: Edition) -> str:
        """To its page: from there it is edited."""
        return page_url(instance)

    def get_delete_url(self, instance: Edition) -> str | None:
        """None for what Mailchimp has, or has sent."""
        url: str | None = None if is_at_mailchimp(instance) else super().get_delete_url(instance)
        return url

    @cached_property
    def columns(self) -> list[Column]:
        """An edition a row."""
        return [
            self._get_title_column("title", TitleColumn),
            Column("newsletter", label=_("Newsletter")),
            Column("state", label=_("State"), accessor=state_in_words),
            MomentColumn("send_at", label=_("Goes out")),
        ]


class Create(CreateView):
    """A new edition, and who makes it."""

    def save_instance(self) -> Any:
        self.form.instance.made_by = self.request.user
        return super().save_instance()

    def get_success_url(self) -> str:
        return page_url(self.object)

    def get_success_buttons(self) -> list[Any]:
        return []


class Edit(EditView):
    """Until it goes out."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.object = self.get_object()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What has gone out is looked at only."""
        if self.user_has_permission("change") and self.object.has_gone_out:
            messages.warning(request, _("This edition has gone out. Nothing changes it any more."))
            answer: HttpResponse = redirect(page_url(self.object))
            return answer
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_success_url(self) -> str:
        return page_url(self.object)

    def get_success_buttons(self) -> list[Any]:
        return []


class Delete(DeleteView):
    """Only what Mailchimp does not have."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raises PermissionDenied."""
        if is_at_mailchimp(self.object):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class Inspect(InspectView):
    """The edition's page: its stories, its mails as they are now, where they are, and what can be done."""

    template_name = "newsletter/admin/edition.html"
    page_title = _("Edition")

    def get_edit_url(self) -> str | None:
        """None for what has gone out."""
        url: str | None = None if self.object.has_gone_out else super().get_edit_url()
        return url

    def get_delete_url(self) -> str | None:
        """None for what Mailchimp has."""
        url: str | None = None if is_at_mailchimp(self.object) else super().get_delete_url()
        return url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        edition = (
            Edition.objects.select_related("newsletter__audience").prefetch_related("stories").get(pk=self.object.pk)
        )
        may_act = self.user_has_permission("change") and not edition.has_gone_out
        hindrances = [one for language in edition.languages_to_go for one in hindrances_of(edition, language)]
        return super().get_context_data(**kwargs) | {
            "edition": edition,
            "state": state_in_words(edition),
            "may_act": may_act,
            "is_planned": edition.plan != Plan.PREPARING,
            "has_key": is_configured(),
            "stories": _stories(edition),
            "mails": [_mail(edition, language) for language in edition.languages],
            "hindrances": in_words(hindrances),
            "topics": list(edition.topics.all()),
            "since": gathered_since(edition),
            "schedule_form": ScheduleForm(initial=ScheduleForm.times_of(edition.send_at)),
            "test_form": TestForm(edition, initial={"to": self.request.user.email}),
        }


def _mail(edition: Edition, language: str) -> dict[str, Any]:
    """One mail: `campaign` is None before it was planned."""
    campaign = next((one for one in edition.campaigns.all() if one.language == language), None)
    return {
        "language": language,
        "label": Language(language).label,
        "campaign": campaign,
        "state": _campaign_in_words(campaign, edition),
        "preview_url": reverse("newsletter_edition_preview", args=[edition.pk, language]),
    }


def _stories(edition: Edition) -> list[dict[str, Any]]:
    """Each with its title, what the public reads of it, and what the others wait for."""
    rows = [row.story for row in edition.stories.select_related("story__original_locale")]
    public, titles, now = languages_of([story.pk for story in rows]), titles_of([story.pk for story in rows]), None
    told_of = []
    for story in rows:
        languages = sorted(public.get(story.pk, ()))
        waits = []
        if set(edition.languages) - set(languages):
            now = now or database_now()
            found = explain(story, now)
            waits = [f"{key.upper()}: {found[key].sentence}" for key in sorted(found) if key not in languages]
            waits += [f"{key.upper()}: {_('not translated')}" for key in edition.languages if key not in found]
        told_of.append(
            {
                "title": titles.get(story.pk, _("A page that was deleted")),
                "languages": [key.upper() for key in languages],
                "waits": waits,
                "is_hidden": not languages,
            }
        )
    return told_of


def _campaign_in_words(campaign: Campaign | None, edition: Edition) -> str:
    if campaign is None or (edition.plan == Plan.PREPARING and not campaign.mailchimp_id):
        return str(_("Not at Mailchimp"))
    if campaign.has_gone_out:
        return str(_("Sent on %(at)s") % {"at": told(campaign.sent_at)})
    if campaign.state == "failed":
        return str(
            telling.REASONS.get(campaign.refusal) or _("Refused by Mailchimp: %(why)s") % {"why": campaign.refusal}
        )
    if campaign.is_held:
        return str(_("Held back: not at Mailchimp"))
    if campaign.state != "done":
        return str(_("Waits to be told to Mailchimp") if is_configured() else _("Waits for a key to Mailchimp"))
    return str(campaign.get_remote_state_display())


def state_in_words(edition: Edition) -> str:
    """Of its mails together, the worst news first."""
    campaigns = list(edition.campaigns.all())
    if edition.has_gone_out:
        return str(_("Gone out"))
    if any(one.state == "failed" for one in campaigns):
        return str(_("Not as planned"))
    if len(edition.languages_to_go) < len(edition.languages):
        return str(_("Gone out in one language"))
    if edition.plan and any(one.is_held for one in campaigns):
        return str(_("Held back"))
    return str(edition.get_plan_display())


def is_at_mailchimp(edition: Edition) -> bool:
    """Whether Mailchimp has, or is to have, something of it."""
    return edition.plan != Plan.PREPARING or any(one.mailchimp_id for one in edition.campaigns.all())


def page_url(edition: Edition) -> str:
    """Its page."""
    return reverse(pages.get_url_name("inspect"), args=[edition.pk])


class EditionViewSet(ModelViewSet):
    """Pages of editions."""

    model = Edition
    icon = "mail"
    menu_label = _("Editions")
    inspect_view_enabled = True
    copy_view_enabled = False
    index_view_class = Editions
    add_view_class = Create
    edit_view_class = Edit
    inspect_view_class = Inspect
    delete_view_class = Delete
    list_filter = ["newsletter"]
    search_fields = ["title"]
    panels = [
        FieldRowPanel([FieldPanel("newsletter"), FieldPanel("title")]),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("subject_en"), FieldPanel("subject_fr")]),
                FieldRowPanel([FieldPanel("preview_en"), FieldPanel("preview_fr")]),
                FieldRowPanel(
                    [
                        FieldPanel("intro_en", widget=forms.Textarea(attrs={"rows": 4, "lang": "en"})),
                        FieldPanel("intro_fr", widget=forms.Textarea(attrs={"rows": 4, "lang": "fr"})),
                    ]
                ),
            ],
            heading=_("Texts"),
        ),
        FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
        MultipleChooserPanel(
            "stories",
            chooser_field_name="story",
            heading=_("Stories"),
            label=_("Story"),
            panels=[FieldPanel("story", widget=story_chooser.widget_class)],
        ),
    ]

    def get_edit_handler(self) -> Any:
        """With the room's own form."""
        handler = super().get_edit_handler()
        handler.base_form_class = EditionForm
        return handler


pages = EditionViewSet("newsletter_editions")
