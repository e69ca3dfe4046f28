"""Topics in the editor: the vocabulary in the page's own language, to tick."""

from typing import Any

import pytest
from django.urls import reverse
from wagtail.models import Locale

from home.models import Topic
from news.models import NewsPage
from tests.admin.conftest import Person, form_of
from tests.factories.newsroom import make_news, make_topic, make_translation

pytestmark = pytest.mark.django_db


@pytest.fixture
def rescue() -> tuple[Topic, Topic]:
    """A topic in both languages."""
    english = make_topic("Rescue")
    french = make_topic("Sauvetage", locale="fr", translation_key=english.translation_key)
    make_topic("Ice")
    return english, french


def offered(response: Any) -> dict[str, bool]:
    """The names that can be ticked, and whether they are."""
    field = response.context["form"]["topics"]
    return {str(box.choice_label): bool(box.data["selected"]) for box in field}


def edit(page: NewsPage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def test_topics_of_the_pages_language_are_offered(editor: Person, rescue: tuple[Topic, Topic]) -> None:
    draft = make_topic("Not yet")
    draft.unpublish()
    page = make_news("Patrol")
    assert offered(editor.get(edit(page))) == {"Ice": False, "Rescue": False}
    assert offered(editor.get(edit(make_translation(page)))) == {"Sauvetage": False}
    Topic.objects.filter(locale=Locale.objects.get(language_code="fr")).delete()
    assert offered(editor.get(edit(make_translation(make_news("Other"))))) == {}


def test_a_topic_chosen_in_the_other_language_is_ticked_in_this(senior: Person, rescue: tuple[Topic, Topic]) -> None:
    english, french = rescue
    page = make_translation(make_news("Patrol"))
    page.topics = [english]
    page.save_revision().publish()
    response = senior.get(edit(page))
    assert offered(response) == {"Sauvetage": True}
    senior.post(edit(page), form_of(response) | {"action-publish": "1"})
    assert list(NewsPage.objects.get(pk=page.pk).topics.all()) == [french]
    answer = senior.get(f"/api/v1/news/{page.translation_key}/?locale=fr").json()
    assert [topic["name"] for topic in answer["topics"]] == ["Sauvetage"]


def test_what_is_typed_is_kept_where_the_form_is_shown_again(editor: Person, rescue: tuple[Topic, Topic]) -> None:
    page = make_news("Patrol")
    form = form_of(editor.get(edit(page)))
    form.setlist("topics", [str(rescue[0].pk)])
    form["title"] = ""
    assert offered(editor.post(edit(page), form)) == {"Ice": False, "Rescue": True}
