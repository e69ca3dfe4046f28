"""What the editor says of what the public reads."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from delivery.stories import change_embargo, withdraw
from news.models import Correction
from tests.admin.conftest import Person
from tests.factories.newsroom import make_news, make_translation, section, story

pytestmark = pytest.mark.django_db


def panel(person: Person, page: Any) -> str:
    """The words of the panel in the editor."""
    html = person.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    found = re.search(r'aria-labelledby="public-state".*?</section>', html, re.DOTALL)
    assert found, "no panel"
    return re.sub(r"\s+", " ", strip_tags(found[0]))


def test_each_language_is_told_apart(editor: Person) -> None:
    page = make_news("Patrol")
    french = make_translation(page, publish=False)
    words = panel(editor, page)
    assert re.search(r"English Public since .* Last publication, .*: Update: something new", words)
    assert "French Not published: a draft." in words
    html = editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert f"/api/v1/news/{page.translation_key}/?locale=en" in html
    assert reverse("wagtailadmin_pages:edit", args=[french.pk]) in html


def test_the_note_of_a_correction_is_shown(editor: Person) -> None:
    page = make_news("Patrol")
    page.corrections = [Correction(at=timezone.now(), note="It was nine ships.", locale=page.locale)]
    page.change_kind = "correction"
    page.save_revision().publish()
    words = panel(editor, page)
    assert "Correction: something was wrong" in words
    assert "“It was nine ships.”" in words


def test_reasons_are_said(editor: Person) -> None:
    page = make_news("Patrol", publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=1))
    assert "Draft. Not before" in panel(editor, page)
    page.save_revision().publish()
    assert "Under embargo until" in panel(editor, page)
    gone = make_news("Gone")
    withdraw(story(gone), reason="Figures were wrong.")
    assert "Withdrawn: Figures were wrong." in panel(editor, gone)
    below = make_news("Below")
    section().unpublish()
    assert "above it is not published" in panel(editor, below)


def test_a_new_page_has_nothing_to_tell(editor: Person) -> None:
    html = editor.get(reverse("wagtailadmin_pages:add", args=["news", "newspage", section().pk])).content.decode()
    assert "public-state" not in html
