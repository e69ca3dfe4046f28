"""A master goes up from the admin in a real browser: to the bucket or to the server; it breaks off, and goes on."""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from wagtail.users.models import UserProfile

from tests.e2e.test_newsroom import log_in, shoot
from tests.factories.newsroom import make_editor
from tests.s3 import bucket_at
from videos.models import Upload, VideoFile, VideoIndexPage
from videos.storage import video_storage
from videos.uploads.receiving import PART_BYTES

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

pytestmark = [pytest.mark.timeout(300), pytest.mark.browser]

SIZE = 2 * PART_BYTES + 3_000_000


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("masters") / "ice-patrol.mov"
    path.write_bytes(os.urandom(SIZE))
    return path


def open_form(page: "Page", newsroom: str, language: str = "en") -> None:
    user = make_editor("Media desk")
    UserProfile.objects.create(user=user, preferred_language=language)
    log_in(page, newsroom, user.username)
    page.goto(f"{newsroom}/admin/media/video/add/")


def state(page: "Page") -> "Locator":
    return page.locator(".video-upload__state")


class Line:
    """What lies between the browser and whoever takes the parts.

    `lets`: numbers of the parts that may pass; `breaks_at`: numbers of those at which it breaks, once each.
    """

    def __init__(self, page: "Page", address: str, number: Callable[[str], int]) -> None:
        self.lets: set[int] | None = None
        self.breaks_at: list[int] = []
        self.passed: list[int] = []
        self.waiting: list[Any] = []
        self.number = number
        page.route(address, self._route)

    def _route(self, route: "Route") -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        number = self.number(route.request.url)
        if number in self.breaks_at:
            self.breaks_at.remove(number)
            route.abort("connectionreset")
        elif self.lets is None or number in self.lets:
            self.passed.append(number)
            route.continue_()
        else:
            self.waiting.append(route)

    def let_all_pass(self) -> None:
        self.lets = None
        for route in self.waiting:
            self.passed.append(self.number(route.request.url))
            route.continue_()


def number_in_bucket(url: str) -> int:
    return int(re.search(r"partNumber=(\d+)", url)[1])  # type: ignore[index]


def number_here(url: str) -> int:
    return int(re.search(r"/parts/(\d+)/", url)[1])  # type: ignore[index]


def digest(storage: Any) -> str:
    with storage.open(VideoFile.objects.get().file.name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_master_goes_straight_to_the_bucket_and_on_after_a_reload(
    newsroom_with_bucket: str, s3_server: Any, browser_page: "Page", master: Path
) -> None:
    page, newsroom = browser_page, newsroom_with_bucket
    line = Line(page, f"{s3_server.address}/**", number_in_bucket)
    line.lets = {2}
    open_form(page, newsroom)
    page.set_input_files("input[type=file]", str(master))
    state(page).get_by_text("8 MB of 20 MB (42%)").wait_for()
    assert page.input_value("#id_title") == "ice-patrol"
    shoot(page, "upload-going")
    # The form is sent too early: it waits.
    page.locator("main form button[type=submit]").click()
    state(page).get_by_text("The form is sent as soon as the upload is complete.").wait_for()
    # Somebody loads the page again, though the browser asks.
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert line.passed == [2]
    line.lets = None
    line.breaks_at = [1, 3]
    page.set_input_files("input[type=file]", str(master))
    state(page).get_by_text("The upload is complete (20 MB).").wait_for()
    assert sorted(line.passed) == [1, 2, 3]
    assert not line.breaks_at
    shoot(page, "upload-complete")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/admin/media/$"))
    assert digest(bucket_at(s3_server.address)) == hashlib.sha256(master.read_bytes()).hexdigest()
    assert Upload.objects.get().state == Upload.State.USED
    page.goto(f"{newsroom}/admin/media/edit/{VideoFile.objects.get().pk}/")
    shoot(page, "upload-edit")


def open_chooser(page: "Page") -> "Locator":
    """The form for a new file in the window in which a page's video is chosen."""
    page.get_by_role("button", name="Choose video").first.click()
    page.get_by_role("tab", name="Upload Video").click()
    return page.locator("#tab-upload-video form")


def test_video_is_uploaded_where_it_is_chosen_and_its_form_waits(
    newsroom: str, browser_page: "Page", master: Path
) -> None:
    page = browser_page
    line = Line(page, "**/videos/uploads/**", number_here)
    line.lets = {1}
    user = make_editor("Media desk")
    user.groups.add(Group.objects.get(name="Senior editors"))
    log_in(page, newsroom, user.username)
    page.goto(f"{newsroom}/admin/pages/add/videos/videopage/{VideoIndexPage.objects.first().pk}/")
    open_chooser(page)
    page.keyboard.press("Escape")
    page.locator(".modal").wait_for(state="detached")
    form = open_chooser(page)  # its script is there twice now
    form.locator("input[type=file]").set_input_files(str(master))
    form.locator(".video-upload__state").get_by_text("8 MB of 20 MB (42%)").wait_for()
    form.get_by_label("Title").fill("Ice patrol")
    form.locator("button[type=submit]").click()
    form.locator(".video-upload__state").get_by_text("The form is sent as soon").wait_for()
    line.let_all_pass()
    page.locator(".modal").wait_for(state="detached")
    page.get_by_text("Ice patrol").first.wait_for()
    assert digest(video_storage()) == hashlib.sha256(master.read_bytes()).hexdigest()


def test_upload_by_keyboard_is_told_to_screen_readers_fails_in_words_and_is_cancelled(
    newsroom: str, browser_page: "Page", master: Path
) -> None:
    page = browser_page
    line = Line(page, "**/videos/uploads/**", number_here)
    line.lets = {1, 2}
    open_form(page, newsroom, "fr")
    with page.expect_file_chooser() as chooser:
        page.locator("input[type=file]").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(str(master))
    state(page).get_by_text("17 Mo sur 20 Mo (84").wait_for()
    assert page.get_by_role("progressbar", name="Avancement de l’envoi").get_attribute("value")
    assert page.get_by_role("status").filter(has_text="envoyés").count() == 1
    for route in line.waiting:
        answer = '{"detail": "Le serveur n’a plus de place pour ce fichier."}'
        route.fulfill(status=507, body=answer, content_type="application/json")
    page.get_by_role("alert").get_by_text("plus de place").wait_for()
    shoot(page, "upload-failed-fr")
    # Sent all the same, the form points to what is to be done.
    page.locator("main form button[type=submit]").click()
    again = page.get_by_role("button", name="Réessayer")
    assert again.evaluate("element => element === document.activeElement")
    page.keyboard.press("Enter")
    state(page).get_by_text("(84").wait_for()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Annuler l’envoi").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.type === 'file'")
    assert state(page).is_hidden()
    page.wait_for_timeout(500)
    assert not Upload.objects.exists()
