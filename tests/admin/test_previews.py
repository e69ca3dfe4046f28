"""Drafts before they are published: in the editor's preview, and for whoever was given a link."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from delivery.models import Change, Preview, PublishedDocument
from delivery.previews import make_link
from home.models import HomePage
from news.models import NewsPage, RelatedStory, Source
from tests.admin.conftest import Person, form_of
from tests.factories.newsroom import make_image, make_news, make_topic, make_translation, make_video, section
from tests.translation.conftest import Desk

pytestmark = pytest.mark.django_db


def shared(person: Person, page: Any) -> str:
    """Path in the API of a link that this person makes."""
    response = person.post(reverse("preview_links", args=[page.pk]), {"hours": "24"})
    assert response.status_code == 200
    return str(response.context["made"]["api"]).removeprefix("http://testserver")


def preview(person: Person, url: str, form: Any) -> str:
    """The preview of what somebody has typed, as the editor's panel asks for it."""
    answer = json.loads(person.post(url, form).content)
    assert answer == {"is_valid": True, "is_available": True}
    response = person.get(url + "?in_preview_panel=true")
    assert response.status_code == 200
    assert "private" in response["Cache-Control"]
    return str(response.content.decode())


def test_preview_of_a_page_that_was_never_saved(editor: Person) -> None:
    url = reverse("wagtailadmin_pages:add", args=["news", "newspage", section().pk])
    response = editor.get(url)
    form = form_of(response)
    topic, related = make_topic("Rescue"), make_news("The other story")
    form.update({"title": "Typed and not saved", "slug": "typed", "summary": "A first sentence."})
    form.update({"topics": [topic.pk], "tags": "harbour, ice"})
    form.update({"related-TOTAL_FORMS": "1", "related-0-story": related.pk, "related-0-ORDER": "1", "related-0-id": ""})
    url = reverse("wagtailadmin_pages:preview_on_add", args=["news", "newspage", section().pk])
    html = preview(editor, url, form)
    for words in ("Typed and not saved", "A first sentence.", "Rescue", "harbour", "The other story"):
        assert words in html, words
    assert not NewsPage.objects.filter(title="Typed and not saved").exists()


def test_preview_of_changes_that_were_not_saved(editor: Person) -> None:
    page = make_news("As published", summary="Old words.")
    image = make_image()
    form = form_of(editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])))
    form.update({"summary": "New words.", "hero_image": image.pk, "tags": "ice"})
    before = Change.objects.count()
    html = preview(editor, reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]), form)
    assert "New words." in html
    assert "Old words." not in html
    assert f"/files/images/{image.pk}/" in html
    assert Change.objects.count() == before
    assert not PublishedDocument.objects.filter(shows__contains=[f"image:{image.pk}"]).exists()


def test_draft_view_shows_the_latest_revision(editor: Person) -> None:
    page = make_news("A draft", publish=False)
    page.related = [RelatedStory(story=make_news("Beside it"))]
    page.sources = [Source(name="Lena Marsh")]
    page.tags.add("ice")
    page.topics = [make_topic("Rescue")]
    page.summary = "Second thoughts."
    page.save_revision()
    html = editor.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content.decode()
    for words in ("Second thoughts.", "Beside it", "Lena Marsh", "ice", "Rescue"):
        assert words in html, words


@pytest.mark.parametrize("kind", ["home", "section", "video"])
def test_every_kind_of_page_has_a_preview(editor: Person, kind: str) -> None:
    made = {"home": HomePage.objects.first, "section": section, "video": make_video}[kind]()
    response = editor.get(reverse("wagtailadmin_pages:view_draft", args=[made.pk]))
    assert response.status_code == 200
    assert made.title in response.content.decode()


def test_preview_is_for_editors(client: Client) -> None:
    page = make_news("Secret", publish=False)
    assert "login" in client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))["Location"]


def test_link_shows_the_draft_as_it_will_be_published(editor: Person, senior: Person, client: Client) -> None:
    page = make_news("Soon", publish=False, summary="Wait for it.")
    path = shared(editor, page)
    response = client.get(path)
    assert response.status_code == 200
    draft = json.loads(response.content)
    assert (draft["title"], draft["locale"], draft["requested_locale"]) == ("Soon", "en", "en")
    page.save_revision().publish()
    public = json.loads(client.get(f"/api/v1/news/{page.translation_key}/").content)
    dates = {"first_published_at", "published_at", "updated_at"}
    assert {k: v for k, v in public.items() if k not in dates} == {k: v for k, v in draft.items() if k not in dates}


def test_nobody_keeps_a_draft(editor: Person, client: Client) -> None:
    page = make_news("Soon", publish=False)
    before = (Change.objects.count(), PublishedDocument.objects.count())
    response = client.get(shared(editor, page))
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not {"ETag", "Cache-Tag"} & set(response.headers)
    assert not response.cookies
    assert (Change.objects.count(), PublishedDocument.objects.count()) == before


def test_link_follows_the_draft_and_stays_in_its_language(editor: Person, client: Client) -> None:
    page = make_news("First words")
    make_translation(page, "Premiers mots")
    path = shared(editor, page)
    page.title = "Second words"
    page.save_revision()
    draft = json.loads(client.get(path).content)
    assert (draft["title"], draft["locale"]) == ("Second words", "en")
    assert [link["locale"] for link in draft["translations"]] == ["en", "fr"]


def test_expired_revoked_bent_and_unknown_links_answer_alike(editor: Person, client: Client) -> None:
    page = make_news("Soon", publish=False)
    paths = [shared(editor, page) for _ in range(3)]
    expired, revoked, good = Preview.objects.order_by("pk")
    Preview.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    editor.post(reverse("revoke_preview_link", args=[page.pk, revoked.pk]))
    unsigned = "/api/v1/preview/abc/"
    answers = [client.get(path) for path in (*paths[:2], paths[2][:-2] + "x/", unsigned)]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}
    assert {answer["Referrer-Policy"] for answer in answers} == {"no-referrer"}
    assert len({answer.content for answer in answers}) == 1
    assert client.get(paths[2]).status_code == 200
    page.delete()
    assert client.get(paths[2]).content == answers[0].content
    assert good.token_hash not in paths[2]


def test_link_takes_no_parameters_and_answers_head(editor: Person, client: Client) -> None:
    path = shared(editor, make_news("Soon", publish=False))
    assert client.get(f"{path}?locale=fr").status_code == 422
    response = client.head(path)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Cache-Control"] == "private, no-store"


def test_pictures_of_a_draft_are_for_who_has_the_link(editor: Person, client: Client) -> None:
    image, other = make_image("Harbour"), make_image("Elsewhere")
    page = make_news("Soon", publish=False, hero_image=image)
    path = shared(editor, page)
    address = json.loads(client.get(path).content)["image"]["src"].split("/files/")[1]
    response: Any = client.get(f"/files/{address}")
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    plain, token = address.split("?preview=")
    assert client.get(f"/files/{plain}").status_code == 404
    elsewhere = plain.replace(f"images/{image.pk}/", f"images/{other.pk}/")
    assert client.get(f"/files/{elsewhere}?preview={token}").status_code == 404
    Preview.objects.update(revoked_at=timezone.now())
    assert client.get(f"/files/{address}").status_code == 404


def test_links_are_made_by_who_may_edit_the_page(log_in: Any) -> None:
    page, video = make_news("Soon", publish=False), make_video(publish=False)
    desk = log_in("Media desk")
    assert desk.post(reverse("preview_links", args=[page.pk]), {"hours": "1"}).status_code == 302
    assert not Preview.objects.exists()
    shared(desk, video)
    assert Preview.objects.get().page_id == video.pk
    make_link(page, timedelta(hours=1))
    foreign = Preview.objects.get(page_id=page.pk)
    desk.post(reverse("revoke_preview_link", args=[page.pk, foreign.pk]))
    desk.post(reverse("revoke_preview_link", args=[video.pk, foreign.pk]))
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_editor_finds_the_way_to_links(editor: Person) -> None:
    page = make_news("Soon", publish=False)
    html = editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    url = reverse("preview_links", args=[page.pk])
    assert url in html
    html = editor.get(url).content.decode()
    assert "There is none." in html
    assert "http://localhost:3000/en/news/soon/?preview=" in editor.post(url, {"hours": "1"}).content.decode()


def test_preview_speaks_the_editors_language(editor: Person) -> None:
    page = make_news("Soon", publish=False)
    UserProfile.objects.update_or_create(user=editor.user, defaults={"preferred_language": "fr"})
    html = editor.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content.decode()
    assert '<html lang="fr">' in html
    assert '<article lang="en">' in html


def test_preview_of_a_translation_that_is_not_saved(db: None) -> None:
    editor, translator = Desk("Editors"), Desk("Translators")
    page = make_news("Patrol", hero_image=make_image(), summary="Cold.")
    page.topics = [make_topic("Rescue")]
    page.tags.add("ice")
    page.related = [RelatedStory(story=make_news("Beside it"))]
    page.save_revision().publish()
    translation = editor.submit(page, "fr")
    segment = translation.source.stringsegment_set.get(context__path="title")
    translator.put(translation, segment, "La patrouille")
    html = translator.client.get(
        reverse("wagtail_localize:preview_translation", args=[translation.pk])
    ).content.decode()
    assert "<h1>La patrouille</h1>" in html
    assert '<article lang="fr">' in html


def test_preview_of_an_older_revision_and_of_what_waits_for_approval(editor: Person, senior: Person) -> None:
    page = make_news("First words")
    page.title = "Second words"
    page.save_revision()
    page.get_workflow().start(page, editor.user)
    first = page.revisions.order_by("pk").first()
    html = senior.get(reverse("wagtailadmin_pages:revisions_view", args=[page.pk, first.pk])).content.decode()
    assert "<h1>First words</h1>" in html
    task = page.current_workflow_task_state
    html = senior.get(reverse("wagtailadmin_pages:workflow_preview", args=[page.pk, task.task_id])).content.decode()
    assert "<h1>Second words</h1>" in html


def test_preview_needs_nobody_to_be_logged_in() -> None:
    """As commands and other rooms may call it."""
    assert make_news("Soon", publish=False).make_preview_request().status_code == 200
