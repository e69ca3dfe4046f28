"""What follows the original may differ in one language: a picture with words in it, whom to call."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from wagtail_localize.models import Translation

from home.models import EditorialImage
from news.models import NewsPage
from tests.factories.newsroom import edit, make_image, make_news
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def translation(editor: Desk) -> Translation:
    page = make_news("Patrol", hero_image=make_image("English map"), press_contact_email="press@example.org")
    return editor.submit(page, "fr")


def override(desk: Desk, translation: Translation, path: str, value: Any = None) -> int:
    """Set a field for this language alone; without a value, follow the original again."""
    segment = translation.source.overridablesegment_set.get(context__path=path)
    url = reverse("wagtail_localize:edit_override", args=[translation.pk, segment.pk])
    if value is None:
        return int(desk.client.delete(url).status_code)
    body = encode_multipart(BOUNDARY, {"value": value})
    return int(desk.client.put(url, body, content_type=MULTIPART_CONTENT).status_code)


def french(translation: Translation) -> NewsPage:
    return NewsPage.objects.get(pk=translation.get_target_instance().pk)


def test_picture_differs_until_it_follows_again(translation: Translation, translator: Desk, senior: Desk) -> None:
    original = translation.source.get_source_instance()
    map_in_french = make_image("French map")
    assert override(translator, translation, "hero_image", map_in_french.pk) == 201
    senior.publish(translation)
    assert french(translation).hero_image == map_in_french
    edit(original, hero_image=make_image("Newer English map"))
    senior.synchronise(translation)
    senior.publish(translation)
    assert french(translation).hero_image == map_in_french
    assert override(translator, translation, "hero_image") == 200
    senior.publish(translation)
    assert french(translation).hero_image == EditorialImage.objects.get(title="Newer English map")


def test_contact_differs(translation: Translation, translator: Desk, senior: Desk) -> None:
    override(translator, translation, "press_contact_email", "presse@example.org")
    senior.publish(translation)
    assert french(translation).press_contact_email == "presse@example.org"
    assert translation.source.get_source_instance().press_contact_email == "press@example.org"


def test_faulty_contact_is_told(translation: Translation, translator: Desk, senior: Desk) -> None:
    override(translator, translation, "press_contact_email", "nobody")
    senior.publish(translation)
    assert not french(translation).live
    assert "valid email" in senior.client.get(edit_url(french(translation))).content.decode()


@pytest.mark.parametrize("value", ["999999", "map", ""])
def test_picture_that_is_not_there_is_told(
    translation: Translation, translator: Desk, senior: Desk, value: str
) -> None:
    override(translator, translation, "hero_image", value)
    response = translator.hand_in(translation)
    assert "not there any more" in str(list(get_messages(response.wsgi_request))[-1])
    assert "not there any more" in senior.client.get(edit_url(french(translation))).content.decode()
    override(translator, translation, "hero_image")
    senior.publish(translation)
    assert french(translation).live


def test_picture_deleted_since_is_told(translation: Translation, translator: Desk, senior: Desk) -> None:
    map_in_french = make_image("French map")
    override(translator, translation, "hero_image", map_in_french.pk)
    senior.publish(translation)
    map_in_french.delete()
    senior.publish(translation)
    assert "not there any more" in senior.client.get(edit_url(french(translation))).content.decode()
    assert french(translation).live


def test_while_it_waits_for_approval_nothing_is_overridden(translation: Translation, translator: Desk) -> None:
    translator.hand_in(translation)
    assert override(translator, translation, "press_contact_email", "presse@example.org") == 403
