"""What can go wrong when somebody searches. None of these knows HTTP."""

from django.utils.translation import gettext_lazy as _

from delivery.errors import ToldError


class SearchError(ToldError):
    """Root of this room's errors."""


class SearchTookTooLong(SearchError):
    """The database gave up."""

    message = _("This search takes too long. Ask for less: fewer words, or a filter.")


class SearchAway(SearchError):
    """The search server does not answer."""

    message = _("Search does not answer at the moment. Try again in a minute.")
