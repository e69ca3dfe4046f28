"""The admin as Wagtail's users know it: search, comments, compare, schedule, history, workflow."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Comment
from wagtail.test.utils.form_data import inline_formset

from delivery.models import PublishedDocument
from news.models import NewsPage
from tests.admin.test_roles import news_form
from tests.factories.newsroom import edit, make_editor, make_news, section, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def senior() -> Client:
    client = Client()
    client.force_login(make_editor("Senior editors"))
    return client


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(make_editor("Editors"))
    return client


def page_url(name: str, *args: Any) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=args)


def test_search_finds_drafts_by_their_words(editor: Client) -> None:
    make_news("Winter patrol", publish=False, summary="Icebound lighthouse")
    make_news("Budget")
    html = editor.get(page_url("search"), {"q": "lightho"}).content.decode()
    assert "Winter patrol" in html
    assert "Budget" not in html


def test_schedule_waits_and_can_be_seen(senior: Client) -> None:
    page = make_news("Winter patrol", publish=False)
    moment = timezone.now() + timedelta(days=2)
    form = news_form("Winter patrol", go_live_at=moment.strftime("%Y-%m-%d %H:%M")) | {"action-publish": "1"}
    senior.post(page_url("edit", page.pk), form)
    assert not PublishedDocument.objects.filter(page_id=page.pk).exists()
    assert moment.strftime("%H:%M") in senior.get(page_url("edit", page.pk)).content.decode()


def test_schedule_can_be_called_off(senior: Client) -> None:
    page = make_news("Winter patrol", publish=False)
    moment = timezone.now() + timedelta(days=2)
    form = news_form("Winter patrol", go_live_at=moment.strftime("%Y-%m-%d %H:%M")) | {"action-publish": "1"}
    senior.post(page_url("edit", page.pk), form)
    senior.post(page_url("revisions_unschedule", page.pk, page.scheduled_revision.pk))
    assert NewsPage.objects.get(pk=page.pk).scheduled_revision is None


def test_comments_are_kept(editor: Client) -> None:
    page = make_news("Winter patrol", publish=False)
    comment = {
        "text": "Which winter?",
        "contentpath": "summary",
        "position": "",
        "resolved": "",
        "id": "",
        "DELETE": "",
    }
    form = news_form("Winter patrol", comments=inline_formset([comment | {"replies": inline_formset([])}]))
    editor.post(page_url("edit", page.pk), form)
    assert Comment.objects.get().text == "Which winter?"
    assert "Which winter?" in editor.get(page_url("edit", page.pk)).content.decode()


def test_two_revisions_are_compared(editor: Client) -> None:
    page = make_news("Winter patrol", summary="Three ships.")
    edit(page, summary="Four ships.")
    first, second = page.revisions.order_by("pk").values_list("pk", flat=True)
    html = editor.get(page_url("revisions_compare", page.pk, first, second)).content.decode()
    assert '<span class="deletion">Three</span>' in html
    assert '<span class="addition">Four</span>' in html


def test_history_tells_who_did_what(senior: Client) -> None:
    page = make_news("Winter patrol", publish=False)
    senior.post(page_url("edit", page.pk), news_form("Winter patrol") | {"action-publish": "1"})
    html = senior.get(page_url("history", page.pk)).content.decode()
    assert "Published" in html
    assert "senior-editors" in html


def test_an_editors_story_goes_out_when_a_senior_editor_approves(editor: Client, senior: Client) -> None:
    page = make_news("Winter patrol", publish=False)
    editor.post(page_url("edit", page.pk), news_form("Winter patrol") | {"action-submit": "1"})
    page.refresh_from_db()
    assert "Winter patrol" in senior.get("/admin/").content.decode()
    task = page.current_workflow_task_state
    answer = senior.post(page_url("workflow_action", page.pk, "approve", task.pk), {"comment": "Good"})
    assert answer.status_code in (200, 302)
    assert PublishedDocument.objects.filter(page_id=page.pk).exists()


def test_older_revision_brought_back_is_a_draft_first(senior: Client) -> None:
    page = make_news("Winter patrol", summary="Three ships.")
    edit(page, summary="Four ships.")
    old = page.revisions.order_by("pk").first()
    html = senior.get(page_url("revisions_revert", page.pk, old.pk)).content.decode()
    assert "Three ships." in html
    document = PublishedDocument.objects.get(page_id=page.pk)
    assert json.loads(bytes(document.body))["summary"] == "Four ships."


def test_a_copy_is_a_story_of_its_own(senior: Client) -> None:
    page = make_news("Winter patrol")
    form = {"new_title": "Summer patrol", "new_slug": "summer-patrol", "new_parent_page": section().pk}
    senior.post(page_url("copy", page.pk), form | {"copy_subpages": "", "publish_copies": "on"})
    copy = section().get_children().get(slug="summer-patrol")
    assert copy.translation_key != page.translation_key
    assert PublishedDocument.objects.filter(story_id=copy.translation_key).count() == int(copy.live)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_screen_of_a_story_opens_in_both_languages(senior: Client, language: str) -> None:
    from wagtail.users.models import UserProfile

    from accounts.models import User

    profile = UserProfile.get_for_user(User.objects.get(username="senior-editors"))
    profile.preferred_language = language
    profile.save()
    page = make_news("Winter patrol")
    for name in ("edit", "history", "usage", "copy", "move", "delete", "unpublish", "set_privacy", "view_draft"):
        assert senior.get(page_url(name, page.pk)).status_code in (200, 302), name
    for address in (
        page_url("add", "news", "newspage", section().pk),
        reverse("wagtailadmin_explore", args=[section().pk]),
        *map(reverse, ("wagtailadmin_home", "wagtailadmin_reports:workflow", "wagtailadmin_reports:site_history")),
        *map(reverse, ("wagtailimages:index", "wagtaildocs:index", "wagtailmedia:index")),
    ):
        html = senior.get(address).content.decode()
        assert f'lang="{language}"' in html, address


def correction(note: str) -> dict[str, str]:
    """A row of the corrections' formset."""
    return {"at": "2026-11-01 10:00", "note": note, "id": "", "ORDER": "1", "DELETE": ""}


def test_a_correction_is_one_publication_and_needs_its_own_note(senior: Client) -> None:
    page = make_news("Winter patrol")
    form = {"change_kind": "correction", "corrections": inline_formset([correction("Nine ships, not ten.")])}
    senior.post(page_url("edit", page.pk), news_form("Winter patrol", **form) | {"action-publish": "1"})
    kinds = list(story(page).publications.order_by("pk").values_list("kind", flat=True))
    assert kinds[-1] == "correction"

    editing = senior.get(page_url("edit", page.pk)).context["form"]
    assert editing["change_kind"].value() == "update"
    row = NewsPage.objects.get(pk=page.pk).corrections.get()
    again = correction("Nine ships, not ten.") | {"id": str(row.pk)}
    form = {"change_kind": "correction", "corrections": inline_formset([again], initial=1)}
    answer = senior.post(page_url("edit", page.pk), news_form("Winter patrol", **form) | {"action-publish": "1"})
    assert "change_kind" in answer.context["form"].errors
    assert story(page).publications.count() == len(kinds)
