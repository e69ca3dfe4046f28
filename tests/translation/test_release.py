"""When a translation goes out: with its original, later, first, or never; and never before the embargo."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail_localize.models import Translation

from delivery.models import Release
from delivery.schedule import publish_due
from delivery.stories import change_embargo
from news.models import NewsPage
from tests.factories.newsroom import make_news, story
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(editor: Desk, translator: Desk) -> Translation:
    """An English draft, and its French version, translated and handed in."""
    translation = editor.submit(make_news("Patrol", publish=False), "fr")
    translator.translate(translation)
    translator.hand_in(translation)
    return translation


def release(translation: Translation, how: Release) -> None:
    row = story(original(translation))
    row.release = how
    row.save()


def original(translation: Translation) -> NewsPage:
    return NewsPage.objects.get(pk=translation.source.get_source_instance().pk)


def approve(senior: Desk, translation: Translation) -> None:
    senior.client.post(reverse("decide_on_translation", args=[translation.pk, "approve"]))


def publish_original(senior: Desk, translation: Translation) -> None:
    page = original(translation)
    response = senior.client.post(edit_url(page), page_form(page) | {"action-publish": "1"})
    assert response.status_code == 302, response.context["form"].errors


def page_form(page: NewsPage, **fields: str) -> dict[str, str]:
    """What the editor of news pages sends."""
    form = {"title": page.title, "slug": page.slug, "change_kind": "update", "kind": "news", "priority": "2"}
    row = story(page)
    embargo = row.embargo_until.strftime("%Y-%m-%d %H:%M:%S") if row.embargo_until else ""
    form |= {"story_release": row.release, "story_embargo_until": embargo, "owner_desk": "news", "body-count": "0"}
    for rows in ("comments", "sources", "related", "corrections"):
        form |= {f"{rows}-TOTAL_FORMS": "0", f"{rows}-INITIAL_FORMS": "0"}
    return form | fields


def public(translation: Translation) -> set[str]:
    """Languages in which the API has the story."""
    url = f"/api/v1/news/{translation.source.object_id}/"
    return {code for code in ("en", "fr") if Client().get(url, {"locale": code}).status_code == 200}


def test_approved_early_it_goes_out_with_its_original(finished: Translation, senior: Desk) -> None:
    approve(senior, finished)
    assert public(finished) == set()
    publish_original(senior, finished)
    assert public(finished) == {"en", "fr"}


def test_approved_late_it_follows_its_original(finished: Translation, senior: Desk) -> None:
    publish_original(senior, finished)
    assert public(finished) == {"en"}
    approve(senior, finished)
    assert public(finished) == {"en", "fr"}


@pytest.mark.parametrize("how", [Release.ORIGINAL_FIRST, Release.TOGETHER])
def test_it_may_never_go_out(finished: Translation, senior: Desk, how: Release) -> None:
    page = original(finished)
    fields = {
        "story_translation_not_needed": "on",
        "story_translation_not_needed_reason": "Local",
        "action-publish": "1",
    }
    response = senior.client.post(edit_url(page), page_form(page, story_release=how, **fields))
    assert response.status_code == 302, response.context["form"].errors
    assert public(finished) == {"en"}
    links = Client().get(f"/api/v1/news/{page.translation_key}/").json()["translations"]
    assert [link["locale"] for link in links] == ["en"]


def test_bound_languages_wait_for_each_other(finished: Translation, senior: Desk) -> None:
    release(finished, Release.TOGETHER)
    publish_original(senior, finished)
    assert public(finished) == set()
    approve(senior, finished)
    assert public(finished) == {"en", "fr"}


def test_free_language_may_lead(finished: Translation, senior: Desk) -> None:
    release(finished, Release.WHEN_READY)
    approve(senior, finished)
    assert public(finished) == {"fr"}


@pytest.mark.parametrize("group", ["Translators", "Revisers", "Editors"])
def test_only_who_may_publish_lets_it_lead(finished: Translation, group: str, translator: Desk, editor: Desk) -> None:
    desk = {"Translators": translator, "Editors": editor}.get(group) or Desk(group)
    page = original(finished)
    response = desk.client.post(edit_url(page), page_form(page, story_release=Release.WHEN_READY))
    assert "story_release" in response.context["form"].errors
    assert story(page).release == Release.ORIGINAL_FIRST


@pytest.mark.parametrize(
    "fields",
    [
        {"story_release": Release.ORIGINAL_FIRST},
        {"story_translation_not_needed": "on", "story_translation_not_needed_reason": "Local"},
    ],
    ids=["unbound", "spared"],
)
def test_only_who_may_publish_unbinds_languages(
    finished: Translation, editor: Desk, senior: Desk, fields: dict[str, str]
) -> None:
    release(finished, Release.TOGETHER)
    publish_original(senior, finished)
    page = original(finished)
    response = editor.client.post(edit_url(page), page_form(page, **fields))
    assert "story_release" in response.context["form"].errors
    assert public(finished) == set()
    senior.client.post(edit_url(page), page_form(page, **fields) | {"action-publish": "1"})
    assert public(finished) == {"en"}


@pytest.mark.parametrize("group", ["Translators", "Editors"])
def test_only_who_may_publish_lifts_an_embargo(
    finished: Translation, translator: Desk, editor: Desk, senior: Desk, group: str
) -> None:
    change_embargo(story(original(finished)), timezone.now() + timedelta(hours=1))
    publish_original(senior, finished)
    page = original(finished)
    desk = translator if group == "Translators" else editor
    response = desk.client.post(edit_url(page), page_form(page, story_embargo_until=""))
    assert "story_embargo_until" in response.context["form"].errors
    publish_due()
    assert public(finished) == set()


@pytest.mark.parametrize("how", list(Release))
def test_no_release_goes_before_the_embargo(finished: Translation, senior: Desk, how: Release) -> None:
    release(finished, how)
    change_embargo(story(original(finished)), timezone.now() + timedelta(hours=1))
    approve(senior, finished)
    publish_original(senior, finished)
    senior.publish(finished)
    publish_due()
    assert public(finished) == set()
    change_embargo(story(original(finished)), None)
    publish_due()
    assert public(finished) == {"en", "fr"}


def test_postponed_original_holds_its_translation_back(finished: Translation, senior: Desk) -> None:
    page: Any = original(finished)
    when = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    response = senior.client.post(edit_url(page), page_form(page, go_live_at=when) | {"action-publish": "1"})
    assert response.status_code == 302, response.context["form"].errors
    approve(senior, finished)
    publish_due()
    assert public(finished) == set()
