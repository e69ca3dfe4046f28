"""The picture library: one file for all languages, words for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.search import index


class EditorialImage(AbstractImage):
    """A picture with what a newsroom must know of it. `file_hash` (SHA-1 of the file) is Wagtail's."""

    alt_text_en = models.CharField(_("alternative text, English"), max_length=300, blank=True)
    alt_text_fr = models.CharField(_("alternative text, French"), max_length=300, blank=True)
    caption_en = models.CharField(_("caption, English"), max_length=500, blank=True)
    caption_fr = models.CharField(_("caption, French"), max_length=500, blank=True)
    credit = models.CharField(_("credit"), max_length=255, help_text=_("As it is to be printed beside the picture."))
    source = models.CharField(_("source"), max_length=255, blank=True, help_text=_("Where the newsroom has it from."))
    usage_terms = models.ForeignKey(
        "home.UsageTerms",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("usage terms"),
    )
    rights_end_date = models.DateField(
        _("rights end"),
        null=True,
        blank=True,
        help_text=_("From this day on (UTC) the public no longer sees it."),
    )

    admin_form_fields = (
        "title",
        "file",
        "collection",
        "credit",
        "alt_text_en",
        "alt_text_fr",
        "caption_en",
        "caption_fr",
        "source",
        "usage_terms",
        "rights_end_date",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )
    search_fields = [
        *Image.search_fields,
        index.SearchField("credit"),
        index.SearchField("alt_text_en"),
        index.SearchField("alt_text_fr"),
        index.SearchField("caption_en"),
        index.SearchField("caption_fr"),
    ]

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")

    @property
    def default_alt_text(self) -> str:
        """What Wagtail offers as alternative text where it is not told the language."""
        return self.alt_text_en or self.alt_text_fr or self.title

    def alt_text(self, locale: str) -> str:
        """Alternative text in a language; empty if there is none in that language."""
        return str(getattr(self, f"alt_text_{locale}", ""))

    def caption(self, locale: str) -> str:
        """Caption in a language; empty if there is none in that language."""
        return str(getattr(self, f"caption_{locale}", ""))


class EditorialRendition(AbstractRendition):
    """One size of a picture."""

    image = models.ForeignKey(EditorialImage, models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="editorial_rendition_once_a_filter"
            )
        ]
