"""What each group may do, by the requests that the admin's buttons send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from delivery.models import PublishedDocument
from delivery.stories import change_embargo
from home.models import Topic
from news.models import NewsPage
from tests.factories.newsroom import make_editor, make_news, make_topic, make_translation, make_video, section, story

pytestmark = pytest.mark.django_db

GROUPS = ["Translators", "Revisers", "Editors", "Senior editors", "Media desk", "Newsletter"]
WRITERS = {"Translators", "Revisers", "Editors", "Senior editors"}
PUBLISHERS = {"Senior editors"}


@pytest.fixture(params=GROUPS)
def group(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(group: str) -> Client:
    """Somebody of the group, logged in."""
    client = Client()
    client.force_login(make_editor(group))
    return client


def news_form(title: str, **fields: Any) -> dict[str, str]:
    """The news form as filled in."""
    empty = {name: inline_formset([]) for name in ("sources", "related", "corrections", "comments")}
    form = {"title": title, "slug": title.lower().replace(" ", "-"), "kind": "news", "summary": "", "priority": "2"}
    form |= {"body": streamfield([("text", rich_text("<p>Cold.</p>"))]), "owner_desk": "news", "change_kind": "update"}
    return nested_form_data({**form, **empty, **fields})


def was_refused(response: Any) -> bool:
    """Wagtail answers 403, or leads back to the start page."""
    return response.status_code in (403, 404) or (
        response.status_code == 302
        and response["Location"].split("?")[0] in ("/admin/", "/admin/pages/", "/admin/login/")
    )


def test_everybody_of_the_newsroom_comes_in(desk: Client) -> None:
    assert desk.get("/admin/").status_code == 200


def test_who_writes_news(desk: Client, group: str) -> None:
    address = reverse("wagtailadmin_pages:add", args=["news", "newspage", section().pk])
    response = desk.post(address, news_form("Winter patrol"))
    written = NewsPage.objects.filter(slug="winter-patrol")
    assert written.exists() == (group in WRITERS), _errors(response)
    assert not written.filter(live=True).exists()


def _errors(response: Any) -> Any:
    form = (response.context or {}).get("form") if response.status_code == 200 else None
    return form.errors if form is not None else response.status_code


def test_who_publishes_news(desk: Client, group: str) -> None:
    page = make_news("Winter patrol", publish=False)
    form = news_form("Winter patrol") | {"action-publish": "1"}
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
    assert PublishedDocument.objects.filter(page_id=page.pk).exists() == (group in PUBLISHERS)


def test_who_takes_news_away(desk: Client, group: str) -> None:
    page = make_news("Winter patrol")
    desk.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    assert PublishedDocument.objects.filter(page_id=page.pk).exists() == (group not in PUBLISHERS)


def test_who_deletes_what_is_public(desk: Client, group: str) -> None:
    page = make_news("Winter patrol")
    desk.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    assert NewsPage.objects.filter(pk=page.pk).exists() == (group not in PUBLISHERS)


def test_who_schedules_news(desk: Client, group: str) -> None:
    page = make_news("Winter patrol", publish=False)
    form = news_form("Winter patrol", go_live_at="2027-01-01 10:00", expire_at="") | {"action-publish": "1"}
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
    page.refresh_from_db()
    assert (page.scheduled_revision is not None) == (group in PUBLISHERS)


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_rights_are_the_same_in_both_languages(desk: Client, group: str, locale: str) -> None:
    page = make_news("Patrol", locale=locale, publish=False)
    response = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert was_refused(response) == (group not in WRITERS)


def test_who_publishes_a_translation(desk: Client, group: str) -> None:
    page = make_news("Patrol")
    french = make_translation(page, "Patrouille", publish=False)
    form = news_form("Patrouille") | {"action-publish": "1"}
    desk.post(reverse("wagtailadmin_pages:edit", args=[french.pk]), form)
    assert PublishedDocument.objects.filter(page_id=french.pk).exists() == (group in PUBLISHERS)


def test_who_publishes_videos(desk: Client, group: str) -> None:
    page = make_video("Ice patrol")
    desk.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    assert PublishedDocument.objects.filter(page_id=page.pk).exists() == (group not in PUBLISHERS | {"Media desk"})


def test_who_edits_the_home_page(desk: Client, group: str) -> None:
    home = section().get_parent()
    response = desk.get(reverse("wagtailadmin_pages:edit", args=[home.pk]))
    assert was_refused(response) == (group not in WRITERS)


@pytest.mark.parametrize(
    ("address", "groups"),
    [
        ("wagtailimages:add", {"Editors", "Senior editors", "Media desk"}),
        ("wagtaildocs:add", {"Editors", "Senior editors", "Media desk"}),
        ("wagtailusers_users:index", set()),
        ("wagtailusers_groups:index", set()),
        ("wagtailsites:index", set()),
        ("wagtaillocales:index", set()),
        ("wagtailadmin_workflows:index", set()),
    ],
)
def test_who_opens_what(desk: Client, group: str, address: str, groups: set[str]) -> None:
    assert was_refused(desk.get(reverse(address))) == (group not in groups)


def test_who_uploads_videos(desk: Client, group: str) -> None:
    response = desk.get(reverse("wagtailmedia:add", args=["video"]))
    assert was_refused(response) == (group not in {"Editors", "Senior editors", "Media desk"})


def test_who_names_topics(desk: Client, group: str) -> None:
    desk.post(
        reverse("wagtailsnippets_home_topic:add"),
        {"name": "Ice", "slug": "ice", "description": "", "locale": "en", "action-publish": "1"},
    )
    assert Topic.objects.filter(slug="ice").exists() == (group == "Senior editors")


def test_who_edits_topics(desk: Client, group: str) -> None:
    topic = make_topic("Rescue")
    response = desk.get(reverse("wagtailsnippets_home_topic:edit", args=[topic.pk]))
    assert was_refused(response) == (group not in {"Translators", "Revisers", "Senior editors"})


def test_who_hands_stories_in(desk: Client, group: str) -> None:
    page = make_news("Winter patrol", publish=False)
    form = news_form("Winter patrol") | {"action-submit": "1"}
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
    page.refresh_from_db()
    assert page.workflow_in_progress == (group in WRITERS)


def test_an_embargo_is_lifted_only_by_who_may_publish(desk: Client, group: str) -> None:
    page = make_news("Winter patrol", publish=False)
    change_embargo(story(page), timezone.now() + timedelta(days=3))
    form = news_form("Winter patrol", story_embargo_until="") | {"action-publish": "1"}
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
    lifted = story(page).embargo_until is None
    assert lifted == (group in PUBLISHERS)


def test_nobody_outside_comes_in(client: Client, django_user_model: Callable[..., Any]) -> None:
    client.force_login(django_user_model.objects.create_user("nora"))  # type: ignore[attr-defined]
    assert client.get("/admin/").status_code in (302, 403)
    assert was_refused(client.get(reverse("wagtailadmin_pages:edit", args=[make_news("Patrol").pk])))


def test_a_draft_is_deleted_by_its_author_or_who_may_publish(desk: Client, group: str) -> None:
    page = make_news("Somebody's draft", publish=False)
    desk.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    assert NewsPage.objects.filter(pk=page.pk).exists() == (group not in PUBLISHERS)


def test_an_own_draft_can_be_deleted_until_somebody_else_waits_for_it() -> None:
    client, user = Client(), make_editor("Editors")
    client.force_login(user)
    free, handed_in = (make_news(title, publish=False, owner=user) for title in ("Free", "Handed in"))
    handed_in.get_workflow().start(handed_in, user)
    for page in (free, handed_in):
        client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    assert list(NewsPage.objects.values_list("title", flat=True)) == ["Handed in"]
