"""What an account's owner changes of who he is: written down, and told to the newsroom."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from accounts.errors import NeedsLogin
from accounts.models import Level, MediaAccount
from accounts.staff import tell_newsroom

LOGGED_AS = "accounts.profile"
# What the newsroom decided by.
DECIDED_BY = ("name", "organisation", "country", "kind")
# As the log calls it. It is the user's, and shown by a code.
ADDRESS = "email"


def change_profile(account_id: int, fields: dict[str, Any]) -> None:
    """Keep them. `fields`: valid values by name. Raises NeedsLogin where the account is gone."""
    with transaction.atomic():
        accounts = MediaAccount.objects.select_for_update(of=("self",)).select_related("user")
        account = accounts.filter(pk=account_id).first()
        if account is None:
            raise NeedsLogin
        before = _as_decided(account)
        for name, value in fields.items():
            setattr(account, name, value)
        now = _as_decided(account)
        changes = [[name, before[name], now[name]] for name in DECIDED_BY if before[name] != now[name]]
        if changes and account.level != Level.PENDING:
            account.profile_changed_at = timezone.now()
        account.save()
        if changes:
            log(account, LOGGED_AS, user=account.user, data={"changes": changes})
        if account.profile_changed_at and changes:
            tell_newsroom("profile_changed", account, old_name=before["name"], old_organisation=before["organisation"])


def address_changed(account: MediaAccount, before: str) -> None:
    """Tell of an account that has another address now: who it is may be another one. `before`: the one it had."""
    if account.level != Level.PENDING:
        account.profile_changed_at = timezone.now()
        account.save(update_fields=["profile_changed_at"])
    log(account, LOGGED_AS, user=account.user, data={"changes": [[ADDRESS, before, account.user.media_email]]})
    if account.profile_changed_at:
        same = {"old_name": account.name, "old_organisation": account.organisation}
        tell_newsroom("profile_changed", account, **same, old_email=before)


def _as_decided(account: MediaAccount) -> dict[str, str]:
    return {name: str(getattr(account, name)) for name in DECIDED_BY}
