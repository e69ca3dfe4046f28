"""Everything that is kept of a person (GDPR, articles 15 and 20)."""

from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from wagtail.log_actions import registry as logs

from accounts.models import Acceptance, ApiToken, KnownAddress, MediaAccount, UsageEntry, mails_to
from accounts.rooms import kept_elsewhere
from home.models import Mail


@dataclass(frozen=True)
class Kept:
    """Rows of this room, and `elsewhere` what other rooms keep, by name. Nothing in it is a secret."""

    account: MediaAccount
    addresses: list[EmailAddress]
    known_addresses: list[KnownAddress]
    acceptances: list[Acceptance]
    usage: list[UsageEntry]
    tokens: list[ApiToken]
    sessions: list[UserSession]
    second_factors: list[Authenticator]
    mails: list[Mail]
    decisions: list[Any]
    elsewhere: dict[str, list[dict[str, Any]]]


def everything_kept(account: MediaAccount) -> Kept:
    """What is kept of an account's owner, newest first."""
    return Kept(
        account,
        list(EmailAddress.objects.filter(user=account.user).order_by("-primary", "email")),
        list(account.known_addresses.order_by("-since")),
        list(account.acceptances.select_related("undertaking").order_by("-accepted_at")),
        list(account.usage.all()),
        list(account.tokens.all()),
        UserSession.objects.purge_and_list(account.user),
        list(Authenticator.objects.filter(user=account.user).order_by("-created_at")),
        list(mails_to(account).order_by("-pk")),
        list(logs.get_logs_for_instance(account)),
        kept_elsewhere(account),
    )
