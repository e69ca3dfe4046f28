"""What can go wrong with accounts. None of these knows HTTP."""

from django.utils.translation import gettext_lazy as _

from delivery.errors import ToldError


class AccountsError(ToldError):
    """Root of this room's errors."""


class Busy(AccountsError):
    """Another request of the same session is not done yet."""

    message = _("Another request of yours is not done yet. Send this again in a moment.")
    retry_after = 1


class Crowded(AccountsError):
    """Enough people ask for the same at the moment."""

    message = _("Many people ask for this at the moment. Send it again in a moment.")
    retry_after = 1


class TooManyTries(AccountsError):
    """Tried too often. `retry_after`: seconds after which it may be tried again."""

    message = _("Too many tries. Try again in %(seconds)s seconds.")
    message_in_minutes = _("Too many tries. Try again in %(minutes)s minutes.")

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds, minutes=-(-seconds // 60))
        self.retry_after = seconds
        if seconds > 120:
            self.message = self.message_in_minutes


class TooLong(AccountsError):
    """More than anything that is asked here can have."""

    message = _("This request is too long.")


class NotText(AccountsError):
    """Something that no text can be, or that is nested too deep."""

    message = _("This request cannot be read: it has something in it that is no text, or is nested too deep.")


class NotAllowedBack(AccountsError):
    """An address to return to that lies on none of the frontends."""

    message = _("“next” is no path on a frontend of this newsroom.")


class NobodyCounts(AccountsError):
    """Tries cannot be counted at the moment, so nobody may try."""

    message = _("This is not available at the moment. Try again in a few seconds.")
    retry_after = 5


class NeedsLogin(AccountsError):
    """Something that only who is logged in has."""

    message = _("Log in to a media account and try again.")


class NeedsRecentLogin(AccountsError):
    """An account without a password, whose owner has to have logged in a moment ago."""

    message = _("This account has no password: log in again, and repeat this within five minutes.")


class LoginTooOld(NeedsRecentLogin):
    """What outlives a session, asked for by one whose owner has not shown for a while who he is."""

    message = _("Confirm your password, or log in again, and repeat this within five minutes.")


class NotInForce(AccountsError):
    """An undertaking that does not hold now: an old version, or one that never was. `version`: the one that does."""

    message = _("This version is not in force. The one that is: “%(version)s”.")


class NotAccredited(AccountsError):
    """Terms of accreditation are for who is accredited."""

    message = _("These terms are for accredited accounts. Yours is not.")


class AccountBlocked(AccountsError):
    """The newsroom closed this account."""

    message = _("The newsroom has blocked this account. Write to it if you think that this is a mistake.")


class TooManyDownloads(AccountsError):
    """`limit`: downloads and clips within a day; `retry_after`: seconds after which there is room for more."""

    message = _("You can have %(limit)s downloads and clips within 24 hours. Go on in %(minutes)s minutes.")

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(limit=limit, minutes=-(-retry_after // 60))
        self.retry_after = retry_after


class TokenRefused(AccountsError):
    """A token does not open this. `challenge`: what is wrong, for programs (RFC 6750, 3.1)."""

    challenge = "invalid_token"


class BadToken(TokenRefused):
    """No token: it never was, was removed, or has ended; nobody learns which."""

    message = _("This API token is wrong, has ended, or was removed.")


class TokenOnlyReads(TokenRefused):
    """A token was sent with a request that changes something."""

    message = _("API tokens only read: GET and HEAD.")
    challenge = "insufficient_scope"


class OutsideScopes(TokenRefused):
    """A token was sent to an address that its scopes do not have, or that no token opens."""

    message = _("This API token does not open this address. Log in, or make a token with other scopes.")
    challenge = "insufficient_scope"


class TooManyTokens(AccountsError):
    """`limit`: tokens that an account may have."""

    message = _("An account has %(limit)s API tokens at most. Remove one first.")


class NoSuchToken(AccountsError):
    """A token that the account does not have."""

    message = _("This account has no such API token.")


class DecidedMeanwhile(AccountsError):
    """Others decided about the account since its page was opened. `acts`: what, who and when."""

    message = _("Meanwhile somebody else decided about this account: %(acts)s. Look at it again before you decide.")

    def __init__(self, acts: list[str]) -> None:
        super().__init__(acts=", ".join(acts))


class DoesNotFit(AccountsError):
    """The account is at a level where this cannot be done."""

    message = _("This cannot be done with %(name)s any more, whose level is now: %(level)s.")

    def __init__(self, name: str, level: object) -> None:
        super().__init__(name=name, level=level)


class PartIsGone(AccountsError):
    """A session or token that is to be ended has ended."""

    message = _("This was over already.")
