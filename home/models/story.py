"""What all pages with a document share."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.models import Page, Revision
from wagtail_localize.fields import SynchronizedField, TranslatableField

from delivery.forms import StoryForm, story_panels
from delivery.models import PublicationKind
from delivery.stories import edit_story, hold_for_embargo


class Desk(models.TextChoices):
    """The desk that owns a story."""

    NEWS = "news", _("News desk")
    AUDIOVISUAL = "audiovisual", _("Audiovisual desk")
    SPEECHES = "speeches", _("Speeches and statements")
    DIGITAL = "digital", _("Digital desk")


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

    base_form_class = StoryForm
    # Aliases have no state of their own; a story's untranslated language is a fallback, decided when it is read.
    show_in_menus_default = False

    publication_panels = [
        MultiFieldPanel([FieldPanel("change_kind")], heading=_("This publication")),
        *story_panels(),
        MultiFieldPanel([FieldPanel("owner_desk"), FieldPanel("internal_note")], heading=_("Inside the newsroom")),
    ]
    # Decided field by field for wagtail-localize; a test lists every field of every page.
    override_translatable_fields: list[Any] = [
        TranslatableField("slug"),
        SynchronizedField("owner_desk", overridable=False),
    ]

    class Meta:
        abstract = True

    @classmethod
    def edit_tabs(cls) -> TabbedInterface:
        """The editor's tabs: what is written, how it goes out, how it is found."""
        return TabbedInterface(
            [
                ObjectList(cls.content_panels, heading=_("Content")),
                ObjectList(cls.publication_panels, heading=_("Publication")),
                ObjectList(cls.promote_panels, heading=_("Promote")),
            ]
        )

    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """Keep a draft; with it, what its form said about the story."""
        values = self.__dict__.pop("story_values", None)
        if values is not None:
            edit_story(self, values)
        return super().save_revision(*args, **kwargs)

    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> Any:
        """Publish, or schedule: before the story's embargo a publication waits for it, in every language."""
        hold_for_embargo(self, revision)
        return super().publish(revision, *args, **kwargs)
