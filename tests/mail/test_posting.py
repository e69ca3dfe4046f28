"""What may be posted, and what is refused before it is written down."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.utils import timezone

from home import mail
from home.mail.letters import message_for
from home.models import Mail, SiteTexts
from tests.mail.conftest import TO, post_notice

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "to",
    [
        "",
        "amelie",
        "amelie@gazette.example\nBcc: all@example.org",
        "amelie@gazette.example\r\n",
        "amelie@gazette.example, all@example.org",
        "Amélie <amelie@gazette.example>",
        f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.example",
    ],
)
def test_what_is_not_one_plain_address_gets_no_mail(to: str) -> None:
    with pytest.raises(ValidationError):
        mail.post("account_pending", to, "en", {})
    assert not Mail.objects.exists()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\x0b", "\x00", "\x85"])
def test_a_name_with_line_breaks_begins_neither_a_header_nor_a_line(end: str) -> None:
    name = f"Eve{end}Bcc: all@example.org{end}{end}You have won"
    context = {"name": name, "email": "eve@example.org", "organisation": name, "admin_url": mail.server_url("/admin/")}
    row = mail.post("new_account", TO, "en", context)
    message = message_for(row).message()
    assert "Bcc" not in message
    text = str(message_for(row).body)
    assert "Name: Eve Bcc: all@example.org You have won\nE-mail address: eve@example.org\nOrganisation: Eve" in text


def test_a_newsrooms_name_with_line_breaks_begins_no_header() -> None:
    SiteTexts.objects.update(organisation="Open\r\nBcc: all@example.org\r\nSeas")
    message = message_for(post_notice()).message()
    assert "Bcc" not in message
    assert message["From"] == '"Open Bcc: all@example.org Seas" <newsroom@openseas.example>'


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "/login/", "http://localhost:3000.evil/"])
def test_a_link_to_somewhere_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="login_url"):
        mail.post("account_approved", TO, "en", {"login_url": url})


def test_links_to_the_frontend_and_to_the_admin_are_made_from_settings(settings: Any) -> None:
    settings.FRONTEND_URL = "https://openseas.example"
    row = mail.post("account_approved", TO, "en", {"login_url": mail.frontend_url("/login/?from=mail")})
    assert "\nhttps://openseas.example/login/?from=mail\n" in str(message_for(row).body)


@pytest.mark.parametrize(
    "options",
    [
        {"language": "de"},
        {"context": {"code": "1"}},
        {"good_until": datetime(2030, 1, 1)},  # noqa: DTZ001
        {"renewal": "nobody", "good_until": timezone.now() + timedelta(hours=1)},
        {"context": {"when": timezone.now()}},
    ],
)
def test_what_could_not_be_sent_is_refused_at_once(options: dict[str, Any]) -> None:
    given: dict[str, Any] = {"language": "en", "context": {}} | options
    with pytest.raises((ValueError, TypeError)):
        mail.post("account_pending", TO, given.pop("language"), given.pop("context"), **given)


def test_a_mail_that_does_not_exist_is_refused_at_once() -> None:
    with pytest.raises(TemplateDoesNotExist):
        mail.post("no_such_mail", TO, "en", {})


def test_what_is_rolled_back_sends_no_mail() -> None:
    with transaction.atomic():
        post_notice()
        transaction.set_rollback(True)
    assert not Mail.objects.exists()
