"""The home page, its slots, and landing pages."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Page, TranslatableMixin

from delivery.clock import told
from delivery.models import NextChange
from home.blocks import BodyBlock
from home.models.rows import Row
from home.models.story import StoryPage
from home.translatable import shared

# Of a home page's preview.
MOMENTS_SHOWN = 12


class HomePage(StoryPage):
    """The front of one language: slots that editors fill, each for a time."""

    parent_page_types = ["wagtailcore.Page"]
    max_count_per_parent = 4

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        InlinePanel("slots", heading=_("Slots"), label=_("Slot"), help_text=_("Shown in this order, by place.")),
    ]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Now, and each of the next moments at which the page changes by itself: it is shown as it will be then."""
        slots = self.slots.all()
        stories = [slot.story.translation_key for slot in slots if slot.story]
        moments = {moment for slot in slots for moment in (slot.starts_at, slot.ends_at) if moment}
        moments |= set(NextChange.objects.filter(story_id__in=stories).values_list("at", flat=True))
        now = timezone.now()
        to_come = sorted(moment for moment in moments if moment > now)[:MOMENTS_SHOWN]
        return [("", _("Now")), *((moment.isoformat(), told(moment)) for moment in to_come)]


class HomeSlot(TranslatableMixin, Row):
    """A story in a place of the home page, from a moment to a moment.

    It names a story, not a page: whichever language's page is chosen, each home page shows its own language's.
    """

    class Place(models.TextChoices):
        LEAD = "lead", _("Lead")
        FEATURED = "featured", _("Featured")
        MEDIA_RESOURCES = "media_resources", _("Media resources: call to register")

    home = ParentalKey(HomePage, related_name="slots")
    place = models.CharField(_("place"), max_length=20, choices=Place)
    story = models.ForeignKey(
        "wagtailcore.Page", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("story")
    )
    headline = models.CharField(
        _("headline"), max_length=160, blank=True, help_text=_("Instead of the story's own title.")
    )
    text = models.TextField(_("text"), blank=True, help_text=_("For the call to register."))
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    panels = [
        FieldPanel("place"),
        PageChooserPanel("story"),
        FieldPanel("headline"),
        FieldPanel("text"),
        FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]),
    ]
    override_translatable_fields = shared("place", "story", "starts_at", "ends_at")

    class Meta(TranslatableMixin.Meta, Row.Meta):
        verbose_name = _("slot")

    def __str__(self) -> str:
        return f"{self.place}: {self.headline or self.story}"

    def clean(self) -> None:
        """A slot ends after it begins, and shows something."""
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("A slot ends after it begins.")})
        if self.place != self.Place.MEDIA_RESOURCES and not self.story:
            raise ValidationError({"story": _("Choose a story for this slot.")})


class LandingPage(StoryPage):
    """A page outside the news: about us, resources, contacts."""

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["home.HomePage", "home.LandingPage"]
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]

    class Meta:
        verbose_name = _("landing page")
        verbose_name_plural = _("landing pages")


for _model in (HomePage, LandingPage):
    _model.edit_handler = _model.edit_tabs()
