"""Taking a story back in the admin, and undoing it."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery.models import Change, Story
from tests.admin.conftest import Person, form_of
from tests.factories.newsroom import make_news, make_translation, make_video, section, story

pytestmark = pytest.mark.django_db


def address(page: Any) -> str:
    return reverse("story_withdrawal", args=[page.pk])


def statuses(client: Client, page: Any) -> list[int]:
    """Of the document in English and in French."""
    collection = story(page).collection
    return [
        client.get(f"/api/v1/{collection}/{page.translation_key}/?locale={code}").status_code for code in ("en", "fr")
    ]


def said(response: Any) -> list[str]:
    return [str(message).strip() for message in get_messages(response.wsgi_request)]


def test_publisher_withdraws_every_language_and_names_the_replacement(senior: Person, client: Client) -> None:
    page, better = make_news("Wrong figures"), make_news("Right figures")
    french = make_translation(page)
    assert statuses(client, page) == [200, 200]
    response = senior.post(address(french), {"reason": "Figures were wrong.", "replacement": better.pk})
    assert response["Location"] == reverse("wagtailadmin_pages:edit", args=[french.pk])
    assert statuses(client, page) == [404, 404]
    row = story(page)
    assert (row.withdrawn_reason, row.replacement_id) == ("Figures were wrong.", better.translation_key)
    feed = client.get("/api/v1/changes/").json()["items"][-2:]
    assert {(one["kind"], one["replacement"]) for one in feed} == {("withdrawn", str(better.translation_key))}
    assert "Figures were wrong" not in str(feed)
    page.refresh_from_db()
    french.refresh_from_db()
    assert not page.live
    assert not french.live
    history = senior.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()
    assert "The story was withdrawn, in every language." in history


def test_a_reason_is_needed_and_the_replacement_is_public(senior: Person, client: Client) -> None:
    page, draft = make_news("Wrong figures"), make_news("Not yet", publish=False)
    story(draft)
    assert senior.post(address(page), {"reason": ""}).context["form"].errors.keys() == {"reason"}
    french = make_translation(page)
    itself = "A story cannot replace itself. Choose another one."
    for wrong, error in {
        draft: "Choose another story that is public.",
        page: itself,
        french: itself,
        section(): "Sections and home pages replace no story. Choose a story.",
    }.items():
        form = senior.post(address(page), {"reason": "x", "replacement": wrong.pk}).context["form"]
        assert form.errors == {"replacement": [error]}
    assert statuses(client, page)[0] == 200


def test_replacement_is_chosen_among_news_and_videos(senior: Person) -> None:
    html = senior.get(address(make_news("Wrong figures"))).content.decode()
    assert '"modelNames": ["news.newspage", "videos.videopage"]' in unescape(html)


def test_schedules_end_with_the_withdrawal(senior: Person, client: Client) -> None:
    page = make_news("Wrong figures")
    french = make_translation(page, publish=False)
    french.go_live_at = timezone.now() + timedelta(hours=1)
    french.save_revision().publish()
    assert french.scheduled_revision
    senior.post(address(page), {"reason": "x"})
    assert not french.revisions.filter(approved_go_live_at__isnull=False).exists()


def test_reinstated_story_is_a_draft_to_be_published_again(senior: Person, client: Client) -> None:
    page = make_news("Wrong figures")
    senior.post(address(page), {"reason": "x"})
    page.refresh_from_db()
    page.save_revision().publish()  # held back by the withdrawal
    assert statuses(client, page)[0] == 404
    changes = Change.objects.count()
    response = senior.post(address(page))
    assert said(response)[-1] == "The story can be published again. Its pages are drafts."
    assert (statuses(client, page)[0], Change.objects.count()) == (404, changes)
    row = Story.objects.get(pk=page.translation_key)
    assert (row.withdrawn_at, row.withdrawn_reason) == (None, "")
    page.refresh_from_db()
    page.save_revision().publish()
    assert statuses(client, page)[0] == 200


def test_publishing_what_is_withdrawn_is_refused_and_the_draft_kept(senior: Person) -> None:
    page = make_news("Wrong figures")
    senior.post(address(page), {"reason": "x"})
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = form_of(senior.get(edit)) | {"summary": "Ten ships.", "action-publish": "1"}
    assert "reinstate the story" in said(senior.post(edit, form))[-1]
    page.refresh_from_db()
    assert not page.live
    assert page.get_latest_revision_as_object().summary == "Ten ships."


@pytest.mark.parametrize("group", ["Translators", "Revisers", "Editors", "Media desk", "Newsletter"])
def test_who_may_not_publish_may_not_withdraw(log_in: Callable[[str], Person], client: Client, group: str) -> None:
    page = make_news("Wrong figures")
    desk = log_in(group)
    desk.post(address(page), {"reason": "x"})
    assert statuses(client, page)[0] == 200
    html = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert address(page) not in html


def test_media_desk_withdraws_videos(log_in: Callable[[str], Person], client: Client) -> None:
    video = make_video("B-roll")
    log_in("Media desk").post(address(video), {"reason": "x"})
    assert statuses(client, video)[0] == 404


def test_a_draft_cannot_be_withdrawn(senior: Person) -> None:
    page = make_news("Draft", publish=False)
    story(page)
    assert "not public" in said(senior.post(address(page), {"reason": "x"}))[0]
    assert story(page).withdrawn_at is None


def test_a_section_with_stories_is_not_withdrawn(senior: Person, client: Client) -> None:
    page = make_news("Below")
    senior.post(address(section()), {"reason": "x"})
    assert statuses(client, page)[0] == 200


@pytest.mark.parametrize("translated", [False, True])
def test_editor_tells_of_the_withdrawal(
    senior: Person, log_in: Callable[[str], Person], translated: bool, client: Client
) -> None:
    page, better = make_news("Wrong figures"), make_news("Right <b> figures")
    edit = reverse("wagtailadmin_pages:edit", args=[(make_translation(page) if translated else page).pk])
    assert "was withdrawn on" not in senior.get(edit).content.decode()
    senior.post(address(page), {"reason": "Nine <i>, not ten.", "replacement": better.pk})

    def told(person: Person) -> str:
        person.get(reverse("wagtailadmin_home"))  # what was said before
        html = person.get(edit).content.decode()
        return html.split('class="messages"')[1].split("</ul>")[0]

    words = told(senior)
    assert "This story was withdrawn on" in words
    assert "Reason: Nine &lt;i&gt;, not ten." in words
    assert "Right &lt;b&gt; figures</span></a>" in words
    assert reverse("wagtailadmin_pages:edit", args=[better.pk]) in words
    assert "Reinstate" in words
    others = told(log_in("Translators"))
    assert "Reason:" in others
    assert "Reinstate" not in others


def test_editor_offers_what_the_state_allows(senior: Person) -> None:
    page = make_news("Wrong figures")
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert address(page) in senior.get(edit).content.decode()
    assert "Wrong figures" in senior.get(address(page)).content.decode()
    senior.post(address(page), {"reason": "Figures were wrong."})
    assert "Figures were wrong." in senior.get(address(page)).content.decode()
    assert "Reinstate" in senior.get(edit).content.decode()
    draft = make_news("Draft", publish=False)
    assert address(draft) not in senior.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
