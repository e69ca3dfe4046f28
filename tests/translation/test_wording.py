"""wagtail-localize's editor speaks the language of whoever works in it."""

import re

import pytest
from django.urls import reverse
from wagtail.users.models import UserProfile

from tests.factories.newsroom import make_news
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def french(translator: Desk) -> Desk:
    UserProfile.objects.create(user=translator.user, preferred_language="fr")
    return translator


def test_words_are_joined_with_a_space(french: Desk) -> None:
    words = french.client.get(reverse("wagtail_localize:javascript_catalog")).content.decode()
    assert '"Translate": "Traduire"' in words
    assert re.search(r'"Publish in ": "[^"]+ "', words)


def test_dates_are_in_no_language(editor: Desk, french: Desk) -> None:
    translation = editor.submit(make_news("Patrol"), "fr")
    french.translate(translation)
    html = french.client.get(edit_url(translation.get_target_instance())).content.decode()
    assert re.search(r"Traduit manuellement le \d{4}-\d\d-\d\d", html.encode().decode("unicode_escape"))


def test_translator_is_offered_no_deletion_as_the_main_thing_to_do(editor: Desk, french: Desk, senior: Desk) -> None:
    translation = editor.submit(make_news("Patrol"), "fr")
    url = edit_url(translation.get_target_instance())
    assert "&quot;canDelete&quot;: false" in french.client.get(url).content.decode()
    assert "&quot;canDelete&quot;: true" in senior.client.get(url).content.decode()
