"""Videos: an index a language, and video pages below it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, TranslatableMixin
from wagtail.search import index
from wagtailmedia.edit_handlers import MediaChooserPanel

from home.models import Row, StoryPage, Topic, TopicalForm, topics_panel
from home.richtext import FEATURES
from home.translatable import SharedSet, WholeSet, own, shared
from videos.models.media import VideoFile


class VideoIndexPage(StoryPage):
    """The section that videos of one language stand in."""

    parent_page_types = ["home.HomePage"]
    subpage_types = ["videos.VideoPage"]
    content_panels = [*Page.content_panels, FieldPanel("summary")]

    class Meta:
        verbose_name = _("video section")
        verbose_name_plural = _("video sections")


class VideoTag(TaggedItemBase):
    """A free tag on a video."""

    content_object = ParentalKey("videos.VideoPage", related_name="tagged_items")


class VideoPage(StoryPage):
    """A video in one language's words. The file is the same in all of them."""

    class Kind(models.TextChoices):
        B_ROLL = "b_roll", _("B-roll")
        STATEMENT = "statement", _("Statement")
        PRESS_CONFERENCE = "press_conference", _("Press conference")
        PACKAGE = "package", _("Package")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.B_ROLL)
    video = models.ForeignKey(
        VideoFile, models.SET_NULL, null=True, blank=True, related_name="pages", verbose_name=_("video file")
    )
    description = RichTextField(_("description"), features=FEATURES, blank=True)
    with_graphics = models.BooleanField(
        _("with graphics"), default=False, help_text=_("Off: clean pictures, without titles and logos.")
    )
    location = models.CharField(_("location"), max_length=160, blank=True)
    recorded_on = models.DateField(_("date of recording"), null=True, blank=True)
    topics = ParentalManyToManyField(Topic, blank=True, related_name="+", verbose_name=_("topics"))
    topic_list = WholeSet("topics")
    tags = ClusterTaggableManager(through=VideoTag, blank=True, verbose_name=_("tags"))

    base_form_class = TopicalForm
    parent_page_types = ["videos.VideoIndexPage"]
    subpage_types: list[str] = []

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                MediaChooserPanel("video", media_type="video"),
                FieldRowPanel([FieldPanel("kind"), FieldPanel("with_graphics")]),
                FieldRowPanel([FieldPanel("location"), FieldPanel("recorded_on")]),
            ],
            heading=_("The video"),
            help_text=_(
                "The file comes from the media library; so do its poster, its captions and who may download it."
            ),
        ),
        FieldPanel("summary"),
        FieldPanel("description", help_text=_("What it is about and what can be used of it, for editors elsewhere.")),
        InlinePanel(
            "shots",
            heading=_("Shot list"),
            label=_("Shot"),
            help_text=_("In and out points in seconds; the out point is the first moment not shown."),
        ),
        InlinePanel(
            "people",
            heading=_("People shown"),
            label=_("Person"),
            help_text=_("Name and office, in order of appearance."),
        ),
        InlinePanel(
            "credits", heading=_("Credits"), label=_("Credit"), help_text=_("As they are to be printed or shown.")
        ),
    ]
    promote_panels = [
        MultiFieldPanel(
            [topics_panel(), FieldPanel("tags")],
            heading=_("Found by"),
            help_text=_("Topics are a managed list, the same in all languages; tags are free."),
        ),
        *StoryPage.promote_panels,
    ]
    search_fields = [*StoryPage.search_fields, index.SearchField("description")]
    override_translatable_fields = [
        *StoryPage.override_translatable_fields,
        *shared("kind", "video", "with_graphics", "recorded_on", "tagged_items", "people", "credits"),
        SharedSet("topics", attribute="topic_list"),
        *own("tags"),  # copied as `tagged_items`
    ]

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")


class Shot(TranslatableMixin, Row):
    """A row of the shot list: what is seen from an in point to an out point (seconds, half-open)."""

    page = ParentalKey(VideoPage, related_name="shots")
    start = models.DecimalField(_("in point"), max_digits=9, decimal_places=3, validators=[MinValueValidator(0)])
    end = models.DecimalField(_("out point"), max_digits=9, decimal_places=3, validators=[MinValueValidator(0)])
    text = models.TextField(_("what is seen"))

    panels = [FieldRowPanel([FieldPanel("start"), FieldPanel("end")]), FieldPanel("text")]
    override_translatable_fields = shared("start", "end")

    class Meta(TranslatableMixin.Meta, Row.Meta):
        verbose_name = _("shot")

    def __str__(self) -> str:
        return f"{self.start}–{self.end} {self.text[:60]}"

    def clean(self) -> None:
        """A shot ends after it begins."""
        super().clean()
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValidationError({"end": _("The out point comes after the in point.")})


class VideoPerson(Row):
    """Somebody who is shown. A name: the same in all languages."""

    page = ParentalKey(VideoPage, related_name="people")
    name = models.CharField(_("name"), max_length=160)

    panels: list[Any] = [FieldPanel("name")]

    class Meta(Row.Meta):
        verbose_name = _("person shown")

    def __str__(self) -> str:
        return self.name


class VideoCredit(Row):
    """Who made it, or a part of it."""

    page = ParentalKey(VideoPage, related_name="credits")
    text = models.CharField(_("credit"), max_length=200)

    panels: list[Any] = [FieldPanel("text")]

    class Meta(Row.Meta):
        verbose_name = _("credit")

    def __str__(self) -> str:
        return self.text


for _model in (VideoIndexPage, VideoPage):
    _model.edit_handler = _model.edit_tabs()
