"""What happens elsewhere and concerns subscribers."""

from typing import Any

from django.dispatch import receiver

from accounts.models import MediaAccount
from accounts.rooms import about_to_be_erased, asked_for_everything
from newsletter import erasure


@receiver(about_to_be_erased)
def account_goes(account: MediaAccount, **_signal: Any) -> None:
    """Who erases an account gets no newsletter any more, and nobody knows that they did."""
    if account.user.media_email:
        erasure.erase(account.user.media_email)


@receiver(asked_for_everything)
def account_asks(account: MediaAccount, **_signal: Any) -> dict[str, list[dict[str, Any]]]:
    """An account's owner sees it all."""
    return erasure.kept_of(account.user.media_email) if account.user.media_email else {}
