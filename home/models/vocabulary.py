"""Managed vocabulary, a row a language, joined by `translation_key`."""

from django.db import models
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import DraftStateMixin, RevisionMixin, TranslatableMixin
from wagtail.search import index

from delivery.models import PublishedDocument
from home.translatable import own


class TopicQuerySet(models.QuerySet["Topic"]):
    """Topics."""

    def public(self) -> "TopicQuerySet":
        """Those that a published document has, be it in another language.

        The name of one that only drafts have would give them away.
        """
        term = Concat(Value("topic:"), Cast(OuterRef("translation_key"), models.CharField()))
        return self.filter(Exists(PublishedDocument.objects.filter(terms__contains=[term])), live=True)


class Topic(DraftStateMixin, RevisionMixin, TranslatableMixin, index.Indexed, models.Model):
    """What stories are about: a short managed list, unlike tags. Lists filter by its slug or its translation key."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), max_length=80, help_text=_("In addresses and filters; lower case, no accents."))
    description = models.TextField(_("description"), blank=True)

    objects = TopicQuerySet.as_manager()

    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description")]
    override_translatable_fields = own("first_published_at", "go_live_at", "expire_at")
    search_fields = [
        index.SearchField("name"),
        index.AutocompleteField("name"),
        index.FilterField("locale_id"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["locale", "slug"],
                name="topic_slug_once_a_language",
                violation_error_message=_("Another topic in this language has this slug."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormerTopicSlug(models.Model):
    """A slug that a published topic had: lists that somebody filters by it go on."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="former_slugs")
    slug = models.SlugField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "topic"], name="former_topic_slug_once")]


class UsageTerms(TranslatableMixin, models.Model):
    """What others may do with a picture or a video."""

    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("text"))
    url = models.URLField(_("address of the full text"), blank=True)

    panels = [FieldPanel("name"), FieldPanel("text"), FieldPanel("url")]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("usage terms")
        verbose_name_plural = _("usage terms")

    def __str__(self) -> str:
        return self.name
