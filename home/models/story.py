"""What all pages with a document share."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.pages import CopyForm
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.models import Locale, Page, Revision
from wagtail.search import index
from wagtail.users.models import UserProfile
from wagtail_localize.fields import TranslatableField

from delivery.context import frontend_path, frontend_root
from delivery.forms import StoryForm, story_panels
from delivery.models import PublicationKind
from delivery.previews import as_of, render_draft
from delivery.slugs import canonical_slug
from delivery.stories import edit_story, embargo_of
from home.models.permissions import StoryPermissionTester
from home.models.vocabulary import Topic
from home.translatable import shared


class Desk(models.TextChoices):
    """The desk that owns a story."""

    NEWS = "news", _("News desk")
    AUDIOVISUAL = "audiovisual", _("Audiovisual desk")
    SPEECHES = "speeches", _("Speeches and statements")
    DIGITAL = "digital", _("Digital desk")


class StoryCopyForm(CopyForm):
    """Wagtail's form for copying a page, which makes copies only: see `StoryPage.save`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("alias", None)


class TopicalForm(StoryForm):
    """A page's form in which topics are those of the page's language, whichever language's were chosen before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "topics" in self.fields:
            locale_id = self.instance.locale_id or self.parent_page.locale_id
            own = Topic.objects.filter(locale=locale_id).order_by("name")
            chosen = {topic.translation_key for topic in self.initial.get("topics", [])}
            self.fields["topics"].queryset = own.filter(Q(live=True) | Q(translation_key__in=chosen))
            self.initial["topics"] = list(own.filter(translation_key__in=chosen))


def topics_panel() -> FieldPanel:
    """The whole vocabulary to tick: it is short."""
    return FieldPanel("topics", widget=forms.CheckboxSelectMultiple)


class StoryPage(Page):
    """A page of which the public reads a document. Its story (embargo, release, …) is `delivery.models.Story`."""

    summary = models.TextField(
        _("summary"),
        blank=True,
        max_length=600,
        help_text=_("One or two sentences: in lists, feeds and search."),
    )
    change_kind = models.CharField(
        _("kind of change"),
        max_length=16,
        choices=PublicationKind,
        default=PublicationKind.UPDATE,
        help_text=_("What the next publication means to readers. The first one is always new."),
    )
    owner_desk = models.CharField(_("owner desk"), max_length=16, choices=Desk, default=Desk.NEWS)
    internal_note = models.TextField(
        _("internal note"), blank=True, help_text=_("For colleagues. Never leaves the newsroom.")
    )

    go_live_at: datetime | None  # Wagtail's field

    base_form_class = StoryForm
    copy_form_class = StoryCopyForm
    show_in_menus_default = False

    publication_panels = [
        MultiFieldPanel([FieldPanel("change_kind")], heading=_("This publication")),
        *story_panels(),
        HelpPanel(heading=_("Translations"), template="home/translation/states_panel.html"),
        MultiFieldPanel([FieldPanel("owner_desk"), FieldPanel("internal_note")], heading=_("Inside the newsroom")),
    ]
    promote_panels = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")],
            heading=_("Address and search engines"),
            help_text=_("Search engines show the title and the summary where these fields are empty."),
        )
    ]
    # The admin's search looks for beginnings of words.
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.AutocompleteField("summary")]
    # Decided field by field for wagtail-localize; a test lists every field of every page.
    override_translatable_fields: list[Any] = [
        TranslatableField("slug"),
        *shared("show_in_menus", "change_kind", "owner_desk", "internal_note"),
    ]

    class Meta:
        abstract = True

    @classmethod
    def edit_tabs(cls) -> TabbedInterface:
        """The editor's tabs: what is written, how it goes out, how it is found."""
        return TabbedInterface(
            [
                ObjectList(cls.content_panels, heading=_("Content")),
                ObjectList([*cls.settings_panels, *cls.publication_panels], heading=_("Publication")),
                ObjectList(cls.promote_panels, heading=_("Promote")),
            ]
        )

    def permissions_for_user(self, user: Any) -> StoryPermissionTester:
        """What this person may do with the page."""
        return StoryPermissionTester(user, self)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Bring the slug into the one form that addresses have. Raises ValidationError."""
        self.slug: str = canonical_slug(self.slug or "")
        super().full_clean(*args, **kwargs)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, unless this would mirror a story: an alias has no state of its own, nobody approved it, and a
        language that a story lacks is a fallback, decided when it is read. Raises ValidationError.

        One that an import left is nobody's to read, and may be saved: Wagtail does when its source is published or
        taken off, which must not fail.
        """
        if self.alias_of_id and not Page.objects.filter(pk=self.pk, alias_of=self.alias_of_id).exists():
            raise ValidationError(_("Stories have no aliases: copy it, or submit it for translation."))
        super().save(*args, **kwargs)

    def copy_for_translation(
        self, locale: Locale, copy_parents: bool = False, alias: bool = False, exclude_fields: Any = None
    ) -> Any:
        """A draft in another language. Wagtail would mirror the pages above where they are not translated yet.

        Raises ParentNotTranslatedError.
        """
        return super().copy_for_translation(locale, copy_parents=False, alias=alias, exclude_fields=exclude_fields)

    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """Keep a draft; with it, what its form said about the story."""
        values = self.__dict__.pop("story_values", None)
        if values:
            edit_story(self, values, kwargs.get("user"))
        revision = super().save_revision(*args, **kwargs)
        if until := embargo_of(self):
            # Wagtail's editor tells by this whether it publishes or schedules.
            self.go_live_at = max(self.go_live_at or until, until)
        return revision

    def serve_preview(self, request: HttpRequest, mode_name: str) -> TemplateResponse:
        """The draft's document, for people: what the public would read, and where each field went.

        `mode_name`: empty, or the moment as of which to show it.
        """
        at = parse_datetime(mode_name) if mode_name in dict(self.preview_modes) else None
        document = json.loads(bytes((render_draft(self, at, as_of(at)) if at else render_draft(self)).body))
        response = TemplateResponse(request, "home/preview.html", {"page": self, "document": document})
        user = getattr(request, "user", None)
        profile = UserProfile.get_for_user(user) if user and user.is_authenticated else None
        # Wagtail's imitation of a frontend's request has lost the admin's language.
        with override(profile.get_preferred_language() if profile else get_language()):
            response.render()
        return response

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Site, address and path in the frontend: this server shows no pages."""
        parts = super().get_url_parts(request)
        return parts and (parts[0], frontend_root(), frontend_path(self))

    def get_url(self, request: HttpRequest | None = None, current_site: Any = None) -> str | None:
        """In full, where Wagtail leaves the host out as it has one site only: the admin is on another."""
        return self.get_full_url(request)

    url = property(get_url)
