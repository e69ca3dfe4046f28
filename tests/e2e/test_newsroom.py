"""One way through the whole product in a real browser: write, illustrate, translate, publish, read."""

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from wagtail.users.models import UserProfile

from tests.e2e.conftest import SCREENSHOTS
from tests.factories.newsroom import PASSWORD, make_editor, section

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(300)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STILL = "*, ::before, ::after { transition-duration: 0s !important; transition-delay: 0s !important }"
FINISHED = "document.getAnimations().forEach(each => each instanceof CSSTransition && each.finish())"
EXEMPT = [
    [".ui-autocomplete-input"],  # Wagtail's field of tags has no label
    [".js-translation-editor"],  # wagtail-localize's headings are pale, its file field has no label
    [".studio__handle"],  # two that are close together are small: fields do the same (2.5.8, equivalent)
]


def read(address: str) -> tuple[int, Any]:
    """Status and JSON of an address."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def log_in(page: "Page", newsroom: str, username: str) -> None:
    page.goto(f"{newsroom}/admin/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{newsroom}/admin/")


def shoot(page: "Page", name: str) -> None:
    """Keep a picture, to be looked at by people; axe finds nothing there that WCAG 2.2 AA forbids."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.add_style_tag(content=STILL)  # what is still fading in has a colour of its own
    page.evaluate(FINISHED)
    page.screenshot(path=str(SCREENSHOTS / f"{name}.png"), full_page=True)
    found = Axe().run(page, context={"exclude": EXEMPT}, options={"runOnly": WCAG})
    assert found.violations_count == 0, found.generate_report()


def upload_image(page: "Page", newsroom: str, folder: Path) -> None:
    path = folder / "harbour.jpg"
    Image.effect_mandelbrot((1200, 800), (-2, -1, 1, 1), 40).convert("RGB").save(path)
    page.goto(f"{newsroom}/admin/images/add/")
    page.set_input_files("#id_file", str(path))
    page.fill("#id_title", "The harbour")
    page.fill("#id_credit", "COS / Lena Marsh")
    page.fill("#id_alt_text_en", "A harbour at dawn")
    page.fill("#id_alt_text_fr", "Un port à l’aube")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/admin/images/$"))


def write_story(page: "Page", newsroom: str) -> None:
    page.goto(f"{newsroom}/admin/pages/add/news/newspage/{section().pk}/")
    page.fill("#id_title", "Winter patrol returns")
    page.fill("#id_summary", "Three weeks on the Grey Shelf, and nobody lost.")
    page.get_by_role("button", name="Choose an image").first.click()
    page.get_by_role("link", name="The harbour").first.click()
    page.locator(".chooser__title", has_text="The harbour").first.wait_for()
    shoot(page, "story-en")


def publish(page: "Page", words: str = "Publish") -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name=words, exact=True).click()
    page.wait_for_load_state()


def translate(page: "Page", texts: list[str]) -> None:
    """Fill the translation editor's fields from the top."""
    for text in texts:
        page.get_by_role("button", name="Translate", exact=True).first.click()
        page.locator("textarea:visible").last.fill(text)
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text(text).first.wait_for()


def test_from_a_blank_page_to_a_french_story_in_the_api(newsroom: str, browser_page: "Page", tmp_path: Path) -> None:
    make_editor("Senior editors", "solene")
    page, api = browser_page, f"{newsroom}/api/v1"
    log_in(page, newsroom, "solene")
    shoot(page, "home-en")
    upload_image(page, newsroom, tmp_path)

    write_story(page, newsroom)
    publish(page)
    status, story = read(f"{api}/news/winter-patrol-returns/")
    assert (status, story["image"]["alt"]) == (200, "A harbour at dawn")
    with urllib.request.urlopen(story["image"]["src"], timeout=10) as file:
        assert file.headers["Content-Type"] == "image/jpeg"

    page.goto(f"{newsroom}/admin/pages/{section().pk}/")
    page.get_by_role("link", name="Winter patrol returns").first.click()
    page.wait_for_url(re.compile(r"/edit/$"))
    page.goto(page.url.replace("/admin/pages/", "/admin/localize/submit/page/").replace("/edit/", "/"))
    page.get_by_label("French").check()
    page.locator("form [type=submit]:visible").last.click()
    page.wait_for_url(re.compile(r"/pages/\d+/edit/$"))
    assert read(f"{api}/news/{story['id']}/?locale=fr")[0] == 404

    title, summary = "La patrouille d’hiver est de retour", "Trois semaines sur le Plateau gris, sans aucune perte."
    translate(page, [title, summary])
    shoot(page, "translation-en")
    assert read(f"{api}/news/{story['id']}/?locale=fr")[0] == 404
    page.get_by_role("button", name="Publish in French").click()
    page.wait_for_load_state()
    status, french = read(f"{api}/news/{story['id']}/?locale=fr")
    assert (status, french["title"], french["summary"]) == (200, title, summary)
    assert french["image"]["alt"] == "Un port à l’aube"
    assert [link["locale"] for link in read(f"{api}/news/{story['id']}/")[1]["translations"]] == ["en", "fr"]


def test_the_admin_speaks_french(newsroom: str, browser_page: "Page") -> None:
    user = make_editor("Senior editors", "etienne")
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": "fr"})
    page = browser_page
    log_in(page, newsroom, "etienne")
    shoot(page, "home-fr")
    page.goto(f"{newsroom}/admin/pages/add/news/newspage/{section('fr').pk}/")
    shoot(page, "story-fr")
    for words in ("Contenu", "Publication", "Sous embargo jusqu’au", "Chapô"):
        assert page.get_by_text(words).count(), words
