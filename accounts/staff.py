"""Mails to the newsroom about accounts, where its settings name who is told."""

from typing import Any

from django.urls import reverse
from django.utils.translation import override

from accounts.models import AccountSettings, MediaAccount
from home.mail import language_of_staff, post, server_url


def tell_newsroom(template: str, account: MediaAccount, **more: Any) -> None:
    """A mail about the account to each who is told, in the language that he reads the admin in."""
    for address in AccountSettings.load().told_by_mail.split():
        language = language_of_staff(address)
        country: Any = account.country
        with override(language):
            told = {
                "name": account.name,
                "email": account.user.media_email or "",
                "organisation": account.organisation,
                "country": str(country.name),
                "kind": str(account.get_kind_display()),
                "admin_url": server_url(reverse("media_account", args=[account.pk])),
            }
        post(template, address, language, told | more)
