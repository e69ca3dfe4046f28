"""What can go wrong with accounts. None of these knows HTTP."""

from django.utils.translation import gettext_lazy as _

from delivery.errors import ToldError


class AccountsError(ToldError):
    """Root of this room's errors."""


class Busy(AccountsError):
    """Another request of the same session is not done yet."""

    message = _("Another request of yours is not done yet. Send this again in a moment.")


class TooManyTries(AccountsError):
    """Tried too often. `seconds`: after which it may be tried again."""

    message = _("Too many tries. Try again in %(seconds)s seconds.")

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class NotAllowedBack(AccountsError):
    """An address to return to that lies on none of the frontends."""

    message = _("“next” is no path on a frontend of this newsroom.")


class NobodyCounts(AccountsError):
    """Tries cannot be counted at the moment, so nobody may try."""

    message = _("This is not available at the moment. Try again in a few seconds.")
