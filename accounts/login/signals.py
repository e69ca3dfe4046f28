"""What follows when somebody has shown that an address is his."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import AccountSettings, KnownAddress, MediaAccount, User
from accounts.profiles import address_changed
from accounts.staff import tell_newsroom
from home.mail import post


@receiver(email_confirmed)
def take_address(email_address: EmailAddress, **_signal: Any) -> None:
    """The account is his who confirmed first: others that wait for the same address are forgotten."""
    user = User.objects.select_for_update(of=("self",)).get(pk=email_address.user_id)
    before = user.media_email
    User.objects.filter(is_media=True, media_email=None, emailaddress__email=email_address.email).exclude(
        pk=user.pk
    ).delete()
    user.media_email = email_address.email
    user.save(update_fields=["media_email"])
    KnownAddress.change(user.media_account, before, email_address.email)
    if before is None:
        _welcome(user.media_account)
    elif before != user.media_email:
        address_changed(user.media_account, before)


def _welcome(account: MediaAccount) -> None:
    chosen = AccountSettings.load()
    if not chosen.needs_approval:
        MediaAccount.objects.filter(pk=account.pk).update(approved_at=timezone.now())
    elif account.user.media_email:
        post("account_pending", account.user.media_email, account.language, {"name": account.name})
    tell_newsroom("new_account", account, waits=chosen.needs_approval)
