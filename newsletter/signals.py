"""What happens elsewhere and concerns subscribers."""

from typing import Any

from django.dispatch import receiver

from accounts.models import MediaAccount, own_addresses
from accounts.rooms import about_to_be_erased, asked_for_everything
from newsletter import erasure


@receiver(about_to_be_erased)
def account_goes(account: MediaAccount, **_signal: Any) -> None:
    """Who erases an account gets no newsletter any more, and nobody knows that they did."""
    for email in own_addresses(account):
        erasure.erase(email)


@receiver(asked_for_everything)
def account_asks(account: MediaAccount, **_signal: Any) -> dict[str, list[dict[str, Any]]]:
    """An account's owner sees it all."""
    kept = [erasure.kept_of(email) for email in own_addresses(account)]
    return {name: [row for one in kept for row in one[name]] for name in kept[0]} if kept else {}
