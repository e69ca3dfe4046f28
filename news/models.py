"""News: an index a language, and news pages below it."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from taggit.models import TaggedItemBase
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    PageChooserPanel,
)
from wagtail.fields import StreamField
from wagtail.models import Page, TranslatableMixin
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField

from delivery.models import PublicationKind
from home.blocks import BodyBlock
from home.models import Row, StoryPage, Topic, TopicalForm, topics_panel
from home.translatable import SharedSet, WholeSet, own, shared


class NewsIndexPage(StoryPage):
    """The section that news pages of one language stand in."""

    parent_page_types = ["home.HomePage"]
    subpage_types = ["news.NewsPage"]
    content_panels = [*Page.content_panels, FieldPanel("summary")]

    class Meta:
        verbose_name = _("news section")
        verbose_name_plural = _("news sections")


class NewsTag(TaggedItemBase):
    """A free tag on a news page."""

    content_object = ParentalKey("news.NewsPage", related_name="tagged_items")


class NewsForm(TopicalForm):
    """The editor's form. A correction tells readers something that they were not told before."""

    def clean(self) -> dict[str, Any]:
        """Refuse a correction without a note of its own."""
        cleaned = super().clean()
        if cleaned.get("change_kind") == PublicationKind.CORRECTION and not self._notes() - self._told():
            self.add_error("change_kind", _("Add the note of this correction below: readers are told."))
        return cleaned

    def _notes(self) -> set[str]:
        formset = self.formsets["corrections"]
        formset.is_valid()
        filled = [form.cleaned_data for form in formset.forms if hasattr(form, "cleaned_data")]
        return {data["note"] for data in filled if data.get("note") and not data.get("DELETE")}

    def _told(self) -> set[str]:
        live = self.instance.live_revision if self.instance.pk else None
        return {row["note"] for row in live.content.get("corrections", [])} if live else set()


class NewsPage(StoryPage):
    """A story in one language. `delivery.models.Story` holds what is true of it in all languages."""

    class Kind(models.TextChoices):
        NEWS = "news", _("News")
        PRESS_RELEASE = "press_release", _("Press release")
        STATEMENT = "statement", _("Statement")
        SPEECH = "speech", _("Speech")
        ADVISORY = "advisory", _("Media advisory")
        PHOTO_STORY = "photo_story", _("Photo story")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")
        URGENT = 4, _("Urgent")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.NEWS)
    dateline_place = models.CharField(_("dateline: place"), max_length=120, blank=True)
    dateline_date = models.DateField(_("dateline: date"), null=True, blank=True)
    hero_image = models.ForeignKey(
        "home.EditorialImage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lead image"),
    )
    hero_caption = models.CharField(
        _("caption of the lead image"), max_length=500, blank=True, help_text=_("Empty: the library's.")
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)
    topics = ParentalManyToManyField(Topic, blank=True, related_name="+", verbose_name=_("topics"))
    topic_list = WholeSet("topics")
    tags = ClusterTaggableManager(through=NewsTag, blank=True, verbose_name=_("tags"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    event_date = models.DateTimeField(_("event: date"), null=True, blank=True)
    event_place = models.CharField(_("event: place"), max_length=160, blank=True)
    press_contact_name = models.CharField(_("press contact: name"), max_length=120, blank=True)
    press_contact_email = models.EmailField(_("press contact: e-mail"), blank=True)
    press_contact_phone = models.CharField(_("press contact: phone"), max_length=40, blank=True)

    base_form_class = NewsForm
    parent_page_types = ["news.NewsIndexPage"]
    subpage_types: list[str] = []

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("kind"),
                FieldRowPanel([FieldPanel("dateline_place"), FieldPanel("dateline_date")]),
                FieldPanel("summary"),
            ],
            heading=_("Opening"),
            help_text=_("What lists and feeds show. Place and date open the text: “Port Alma, 14 March”."),
        ),
        MultiFieldPanel(
            [FieldPanel("hero_image"), FieldPanel("hero_caption")],
            heading=_("Lead image"),
            help_text=_("Cropped around the focal point that is set in the library."),
        ),
        FieldPanel("body"),
        InlinePanel(
            "sources",
            heading=_("Sources and authors"),
            label=_("Source or author"),
            help_text=_("Names as readers see them, in this order."),
        ),
        InlinePanel(
            "related",
            heading=_("Related stories"),
            label=_("Related story"),
            max_num=10,
            help_text=_("Readers get each in their own language. One that is not public appears once it is."),
        ),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("event_date"), FieldPanel("event_place")])],
            heading=_("Event"),
            help_text=_("For advisories: when and where it takes place."),
        ),
        MultiFieldPanel(
            [
                FieldPanel("press_contact_name"),
                FieldPanel("press_contact_email"),
                FieldPanel("press_contact_phone"),
            ],
            heading=_("Press contact"),
            help_text=_("Whom journalists may call. Public."),
        ),
    ]
    publication_panels = [
        *StoryPage.publication_panels[:1],
        InlinePanel(
            "corrections",
            heading=_("Corrections"),
            label=_("Correction"),
            help_text=_("Readers see each with its date, newest first."),
        ),
        *StoryPage.publication_panels[1:],
    ]
    promote_panels = [
        MultiFieldPanel(
            [
                topics_panel(),
                FieldPanel("tags"),
                FieldPanel("priority", help_text=_("How prominently frontends are to show it.")),
            ],
            heading=_("Found by"),
            help_text=_("Topics are a managed list, the same in all languages; tags are free."),
        ),
        *StoryPage.promote_panels,
    ]
    search_fields = [*StoryPage.search_fields, index.SearchField("body")]
    override_translatable_fields = [
        *StoryPage.override_translatable_fields,
        *shared("kind", "dateline_date", "priority", "event_date", "tagged_items", "sources", "related"),
        SharedSet("topics", attribute="topic_list"),
        *own("tags"),  # copied as `tagged_items`
        # A picture with words in it, and whom to call in this language.
        SynchronizedField("hero_image"),
        SynchronizedField("press_contact_name"),
        SynchronizedField("press_contact_email"),
        SynchronizedField("press_contact_phone"),
    ]

    class Meta:
        verbose_name = _("news story")
        verbose_name_plural = _("news stories")


class Source(Row):
    """Who wrote a story, or where it comes from. A name: the same in all languages."""

    page = ParentalKey(NewsPage, related_name="sources")
    name = models.CharField(_("name"), max_length=160)

    panels = [FieldPanel("name")]

    class Meta(Row.Meta):
        verbose_name = _("source or author")

    def __str__(self) -> str:
        return self.name


class RelatedStory(Row):
    """A story that belongs with this one; whichever language's page is chosen, readers get their own."""

    page = ParentalKey(NewsPage, related_name="related")
    story = models.ForeignKey("wagtailcore.Page", models.CASCADE, related_name="+", verbose_name=_("story"))

    panels = [PageChooserPanel("story")]

    class Meta(Row.Meta):
        verbose_name = _("related story")

    def __str__(self) -> str:
        return str(self.story)


class Correction(TranslatableMixin, Row):
    """What was wrong, and since when it is right."""

    page = ParentalKey(NewsPage, related_name="corrections")
    at = models.DateTimeField(_("corrected at"), default=timezone.now)
    note = models.TextField(_("note"))

    panels = [FieldPanel("at"), FieldPanel("note")]
    override_translatable_fields = shared("at")

    class Meta(TranslatableMixin.Meta, Row.Meta):
        verbose_name = _("correction")

    def __str__(self) -> str:
        return self.note[:80]


for _model in (NewsIndexPage, NewsPage):
    _model.edit_handler = _model.edit_tabs()
