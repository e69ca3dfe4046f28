"""A senior editor's desk in a real browser: a preview of what she types, what the public reads, a withdrawal."""

from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_newsroom import log_in, read, shoot
from tests.factories.newsroom import make_editor, make_news, make_translation

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.timeout(300), pytest.mark.browser]


def test_preview_state_and_withdrawal(newsroom: str, browser_page: "Page") -> None:
    make_editor("Senior editors", "solene")
    story = make_news("Wrong figures", summary="Nine ships.")
    make_translation(story, "Chiffres faux")
    page = browser_page
    log_in(page, newsroom, "solene")
    mark = page.locator(".newsroom-brand img").first
    mark.wait_for()
    assert mark.evaluate("image => image.naturalWidth") > 0

    page.goto(f"{newsroom}/admin/pages/{story.pk}/edit/")
    page.fill("#id_summary", "Ten ships, as typed.")
    page.locator("[data-side-panel-toggle=preview]").click()
    page.frame_locator("iframe[title=Preview]").last.get_by_text("Ten ships, as typed.").first.wait_for()
    shoot(page, "preview-panel-en")
    page.fill("#id_summary", "Nine ships.")
    page.locator("[data-side-panel-toggle=status]").click()
    page.get_by_text("Public since").first.wait_for()
    shoot(page, "public-state-en")

    page.goto(f"{newsroom}/admin/stories/{story.pk}/withdrawal/")
    page.fill("#id_reason", "The figures were wrong.")
    shoot(page, "withdrawal-en")
    page.get_by_role("button", name="Withdraw in every language").click()
    page.get_by_text("The story was withdrawn, in every language.").first.wait_for()
    for language in ("en", "fr"):
        assert read(f"{newsroom}/api/v1/news/{story.translation_key}/?locale={language}")[0] == 404
