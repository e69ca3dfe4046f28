"""The mail page in a real browser; the smallest thing that shows that browser tests work here."""

import re
from typing import TYPE_CHECKING

import pytest

from cms.local.installation import Installation
from cms.local.mail import Mailbox

if TYPE_CHECKING:
    from playwright.sync_api import Page

MAIL = b"Subject: Your code\r\nFrom: a@example.org\r\nTo: b@example.org\r\n"
MAIL += b"Content-Type: text/html\r\n\r\n<p>246810</p><script>document.title = 'run'</script>"


@pytest.mark.browser
def test_mail_can_be_opened_and_its_scripts_do_not_run(services: Installation, browser_page: "Page") -> None:
    Mailbox(services.mail_dir).add(MAIL, ["b@example.org"])
    browser_page.goto(services.mail_url)
    browser_page.get_by_role("link", name="Your code").first.click()
    assert browser_page.get_by_role("heading", level=1).inner_text() == "Your code"
    assert browser_page.frame_locator("iframe").get_by_text("246810").is_visible()
    assert re.fullmatch("Your code – Mails", browser_page.title())
