"""Choosing published stories for an edition, by title and newest first."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Max, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets import BaseChooser
from wagtail.models import Page

from delivery.models import PublishedDocument, Story
from home.wagtail_hooks.reports import MomentColumn

# What newsletters tell of; home pages and sections are no news.
COLLECTIONS = ("news", "videos")


def titles_of(stories: Iterable[UUID]) -> dict[UUID, str]:
    """Titles for the newsroom, in the reader's language where there is one; of what is not public, the draft's."""
    own = (get_language() or "")[:2]
    pages = Page.objects.filter(translation_key__in=stories).order_by("pk")
    found: dict[UUID, str] = {}
    for key, locale, title in pages.values_list("translation_key", "locale__language_code", "draft_title"):
        if key not in found or locale == own:
            found[key] = title
    return found


class StoryFilters(BaseFilterForm):
    """Words of a title, in any language."""

    q = forms.CharField(
        label=_("Search term"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Title")})
    )

    def filter(self, objects: QuerySet[Story]) -> QuerySet[Story]:
        """Those whose titles have all the words."""
        self.search_query = self.cleaned_data["q"].strip()
        self.is_searching = bool(self.search_query)
        words = Q()
        for word in self.search_query.split():
            words &= Q(title__icontains=word)
        if not self.is_searching:
            return objects
        return objects.filter(pk__in=PublishedDocument.objects.filter(words).values("story"))


class Choosing:
    """What both views of the chooser share."""

    filter_form_class = StoryFilters

    def get_object_list(self) -> QuerySet[Story]:
        """What the public reads, the newest first."""
        return Story.objects.filter(documents__isnull=False, collection__in=COLLECTIONS).annotate(
            at=Max("documents__published_at")
        )

    def apply_object_list_ordering(self, objects: Any) -> Any:
        """Newest first."""
        return objects.order_by("-at", "pk")

    def get_results_page(self, request: Any) -> Any:
        """With titles and languages: one query each."""
        page = super().get_results_page(request)  # type: ignore[misc]
        titles = titles_of([story.pk for story in page])
        rows = PublishedDocument.objects.filter(story__in=[story.pk for story in page])
        languages: dict[UUID, list[str]] = {}
        for key, locale in rows.order_by("locale").values_list("story_id", "locale"):
            languages.setdefault(key, []).append(locale.upper())
        for story in page:
            story.title = titles.get(story.pk, str(story.pk))
            story.languages = " · ".join(languages.get(story.pk, ()))
        return page

    @property
    def columns(self) -> list[Column]:
        """A story a row."""
        title: TitleColumn = super().title_column  # type: ignore[misc]
        title.accessor = "title"
        return [title, Column("languages", label=_("Languages")), MomentColumn("at", label=_("Published"))]


class Titled:
    """Answers of the chooser: a story by its title."""

    def get_display_title(self, instance: Story) -> str:
        """The title."""
        return titles_of([instance.pk]).get(instance.pk, str(instance.pk))


class Choose(Choosing, chooser.ChooseView):
    """The chooser."""


class ChooseResults(Choosing, chooser.ChooseResultsView):
    """Its results alone."""


class Chosen(Titled, chooser.ChosenView):
    """One was chosen."""


class ChosenMultiple(Titled, chooser.ChosenMultipleView):
    """Several were."""


class StoryWidget(Titled, BaseChooser):
    """A story in a form."""

    show_edit_link = False

    def get_value_data_from_instance(self, instance: Story) -> dict[str, Any]:
        """As JSON has it."""
        return {"id": str(instance.pk), "edit_url": None, "title": self.get_display_title(instance)}


class StoryChooser(ChooserViewSet):
    """Published stories."""

    model = Story
    icon = "doc-full"
    choose_one_text = _("Choose a story")
    choose_another_text = _("Choose another story")
    per_page = 15
    register_widget = False
    choose_view_class = Choose
    choose_results_view_class = ChooseResults
    chosen_view_class = Chosen
    chosen_multiple_view_class = ChosenMultiple
    base_widget_class = StoryWidget


story_chooser = StoryChooser("newsletter_stories")
