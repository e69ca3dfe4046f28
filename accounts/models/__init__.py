"""Tables of the accounts room, a file a family."""

from accounts.models.known_addresses import KnownAddress, mails_to, own_addresses
from accounts.models.people import Acceptance, Level, MediaAccount, User
from accounts.models.settings import AccountSettings
from accounts.models.tokens import ApiToken, Scope
from accounts.models.undertakings import Undertaking
from accounts.models.usage import UsageEntry

__all__ = [
    "Acceptance",
    "AccountSettings",
    "ApiToken",
    "KnownAddress",
    "Level",
    "MediaAccount",
    "Scope",
    "Undertaking",
    "UsageEntry",
    "User",
    "mails_to",
    "own_addresses",
]
