"""Choosing published stories for an edition, by title and newest first."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Max, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets import BaseChooser

from delivery.models import PublishedDocument, Story
from home.wagtail_hooks.reports import MomentColumn
from newsletter.editions.contents import titles_of

# What newsletters tell of; home pages and sections are no news.
COLLECTIONS = ("news", "videos")


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

    def get_object(self, pk: str) -> Story:
        """Raises Http404, also for what is no id."""
        return get_object_or_404(Story, pk__in=_ids([pk]))


class ChosenMultiple(Titled, chooser.ChosenMultipleView):
    """Several were."""

    def get_objects(self, pks: Iterable[str]) -> QuerySet[Story]:
        """Those that there are."""
        return Story.objects.filter(pk__in=_ids(pks))


class StoryWidget(Titled, BaseChooser):
    """A story in a form."""

    show_edit_link = False

    def get_instance(self, value: Any) -> Story | None:
        """None also for what is no id."""
        return value if isinstance(value, Story) else Story.objects.filter(pk__in=_ids([value])).first()

    def get_value_data_from_instance(self, instance: Story) -> dict[str, Any]:
        """As JSON has it."""
        return {"id": str(instance.pk), "edit_url": None, "title": self.get_display_title(instance)}


def _ids(texts: Iterable[Any]) -> list[UUID]:
    """Those that are ids."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(UUID(str(text)))
    return found


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
