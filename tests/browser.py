"""A real browser for tests: the system's Chromium, or one from npm; driven by Playwright.

Order: the path in CHROMIUM, a `chromium` or `google-chrome` on the PATH, the one that `make browser` fetches
from npm. None: such tests are skipped, and say so at the end; with CI set they fail, so that nobody believes
they ran.

Fixtures: `chromium_path`; `browser`, the running browser; `browser_page`, a fresh window in it, whose
scripts may not fail.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cms.local.installation import BASE_DIR

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FROM_NPM = BASE_DIR / ".venv" / "browser" / "chromium"
MISSING = "No Chromium: set CHROMIUM to one, install it (apt-get install chromium), or fetch one with `make browser`."


def find_chromium() -> Path | None:
    """The browser to use, or None."""
    if given := os.environ.get("CHROMIUM"):
        return Path(given)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return Path(found)
    return FROM_NPM if FROM_NPM.exists() else None


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Path of the browser."""
    path = find_chromium()
    if path is None or not path.exists():
        message = MISSING if path is None else f"CHROMIUM names {path}, which is not there."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator["Browser"]:
    """The browser, without a window."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; Django would refuse the database to tests that use it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium_path), args=[*arguments, "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: "Browser") -> Iterator["Page"]:
    """A fresh window, with no cookies. An error in a script of the page fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-GB")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors
