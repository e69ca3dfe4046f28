"""A senior editor decides about media accounts in a real browser, and looks at what they used."""

from typing import TYPE_CHECKING

import pytest
from wagtail.users.models import UserProfile

from accounts.models import Level, MediaAccount
from tests.e2e.test_newsroom import log_in, shoot
from tests.factories.accounts import make_account, make_pending, make_session, make_terms, make_token, use
from tests.factories.newsroom import make_editor

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.timeout(300), pytest.mark.browser]


def test_media_accounts(newsroom: str, browser_page: "Page") -> None:
    user = make_editor("Senior editors", "solene")
    account = make_account(note="Met in Valmer.")
    for name in ("Bo Lind", "Chloé Masson"):
        make_pending(name, organisation="Nordposten", country="SE", kind="press", email=f"{name[:2]}@press.example")
    make_session(account, "Mozilla/5.0 (X11; Linux x86_64) Firefox/151.0")
    make_token(account)
    terms = make_terms("2026-11", -1)
    account.accept(terms)
    use(account, action="clip", start="83.48", end="90", size_bytes=1_000_000, rendition="1080p")
    page = browser_page
    log_in(page, newsroom, "solene")
    page.get_by_role("link", name="Media accounts (2)").wait_for()
    shoot(page, "media-accounts-home-en")

    page.get_by_role("link", name="Media accounts (2)").click()
    page.get_by_text("2 accounts wait for approval").wait_for()
    for name in ("Bo Lind", "Chloé Masson"):
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    shoot(page, "media-accounts-en")
    page.get_by_role("link", name="Approve the selected media accounts").click()
    shoot(page, "media-accounts-approve-en")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("2 accounts are approved.").wait_for()

    page.get_by_role("link", name="Ana Duarte").click()
    shoot(page, "media-account-en")
    page.get_by_role("link", name="Block").click()
    page.fill("#id_reason", "Sold our pictures.")
    shoot(page, "media-account-block-en")
    page.get_by_role("button", name="Block").click()
    page.get_by_text("its sessions and tokens have ended").wait_for()
    assert MediaAccount.objects.get(pk=account.pk).level == Level.BLOCKED
    page.get_by_role("button", name="Unblock").click()
    page.get_by_text("can log in again").wait_for()
    page.get_by_role("link", name="Accredit", exact=True).click()
    page.get_by_label("Accredited until").wait_for()
    shoot(page, "media-account-accredit-en")

    for url, name in (("undertakings/", "undertakings"), ("undertakings/new/", "undertaking-new"),
                      (f"undertakings/inspect/{terms.pk}/", "undertaking"), ("reports/usage/", "usage"),
                      ("settings/accounts/accountsettings/", "account-settings")):  # fmt: skip
        page.goto(f"{newsroom}/admin/{url}")
        shoot(page, f"{name}-en")

    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": "fr"})
    for url, name in ((f"media-accounts/{account.pk}/", "media-account"), ("media-accounts/", "media-accounts")):
        page.goto(f"{newsroom}/admin/{url}")
        shoot(page, f"{name}-fr")
