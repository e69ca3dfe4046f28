"""A translator's day, in French: what waits, the translation itself, the hand-in; a senior editor approves."""

import re
from typing import TYPE_CHECKING

import pytest
from wagtail.models import Locale
from wagtail.users.models import UserProfile
from wagtail_localize.operations import translate_object

from tests.e2e.test_newsroom import log_in, read, shoot
from tests.factories.newsroom import edit, make_editor, make_news, make_translation

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(300)

BODY = '[{"type": "text", "value": "<p>Nobody was <b>lost</b>.</p>", "id": "a"}]'


def in_french(group: str, username: str) -> None:
    user = make_editor(group, username)
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": "fr"})


def test_translator_finds_translates_and_hands_in(newsroom: str, browser_page: "Page") -> None:
    in_french("Translators", "thea")
    in_french("Senior editors", "solene")
    page, api = browser_page, f"{newsroom}/api/v1"
    patrol = make_news("Winter patrol returns", summary="Three weeks at sea.", body=BODY, priority=4)
    make_news("Harbour closed", priority=3)
    changed = make_news("New lifeboat")
    make_translation(changed, "Nouveau canot")
    translate_object(make_news("Storm warning"), [Locale.objects.get(language_code="fr")])
    edit(changed, summary="It is red.")
    make_news("Une histoire française", locale="fr")

    log_in(page, newsroom, "thea")
    shoot(page, "translator-home-fr")
    page.goto(f"{newsroom}/admin/reports/translations-to-do/?into=fr")
    shoot(page, "translator-report-fr")
    page.get_by_role("link", name="Winter patrol returns").click()
    shoot(page, "translator-submit-fr")
    page.locator("form [type=submit]:visible").last.click()
    page.wait_for_url(re.compile(r"/pages/\d+/edit/$"))
    shoot(page, "translator-editor-fr")

    title = "Retour de la patrouille d’hiver"
    page.get_by_role("button", name="Traduire", exact=True).first.click()
    page.locator("textarea:visible").last.fill(title)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_text(title).first.wait_for()
    page.locator("form[action$='/submit/'] button").click()
    page.wait_for_load_state()
    page.wait_for_timeout(800)  # a message slides in
    assert page.locator("footer button:visible").count() == 0
    shoot(page, "translator-handed-in-fr")

    page.context.clear_cookies()
    log_in(page, newsroom, "solene")
    shoot(page, "senior-home-fr")
    page.get_by_role("link", name=title).first.click()
    page.wait_for_load_state()
    shoot(page, "senior-approval-fr")
    address = f"{api}/news/{patrol.translation_key}/?locale=fr"
    assert read(address)[0] == 404
    page.locator("button[formaction$='/approve/']").click()
    page.wait_for_load_state()
    status, french = read(address)
    assert (status, french["title"], french["summary"]) == (200, title, "Three weeks at sea.")
