"""From a submission to the public, in both directions, through the admin."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.factories.newsroom import make_news, story
from tests.translation.conftest import Desk

pytestmark = pytest.mark.django_db


def read(client: Client, page: Any, locale: str) -> tuple[int, Any]:
    response = client.get(f"/api/v1/{story(page).collection}/{page.translation_key}/?locale={locale}")
    return response.status_code, json.loads(response.content)


def test_submitting_makes_a_draft_though_the_original_is_public(editor: Desk, client: Client) -> None:
    page = make_news("Patrol")
    translation = editor.submit(page, "fr")
    target = translation.get_target_instance()
    assert (target.live, target.alias_of_id, target.locale.language_code) == (False, None, "fr")
    assert read(client, page, "fr")[0] == 404


@pytest.mark.parametrize(("original", "into"), [("en", "fr"), ("fr", "en")])
def test_story_goes_from_one_language_to_the_other(
    editor: Desk, translator: Desk, senior: Desk, client: Client, original: str, into: str
) -> None:
    page = make_news("Patrol", locale=original, summary="Cold.")
    translation = editor.submit(page, into)
    translator.translate(translation)
    assert translator.hand_in(translation).status_code == 302
    target = translation.get_target_instance()
    assert (target.live, target.title, target.workflow_in_progress) == (False, "FR Patrol", True)
    assert read(client, page, into)[0] == 404
    response = senior.client.post(f"/admin/localize/translate/{translation.pk}/workflow/approve/")
    assert response.status_code == 302
    status, body = read(client, page, into)
    assert (status, body["title"], body["slug"], body["locale"]) == (200, "FR Patrol", "patrol-fr", into)
    for locale in ("en", "fr"):
        links = read(client, page, locale)[1]["translations"]
        assert [link["locale"] for link in links] == ["en", "fr"]
