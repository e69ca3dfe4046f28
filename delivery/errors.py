"""What can go wrong when documents are written or read. None of these knows HTTP."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ToldError(Exception):
    """What every room's errors are made of. `str()` is a sentence for people, in the language that is active."""

    message: Promise | str = _("Something is wrong with what was asked.")

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(details)

    def __str__(self) -> str:
        return str(self.message) % self.details


class DeliveryError(ToldError):
    """Root of this room's errors."""


class NotPublished(DeliveryError):
    """There is no such document: never was, not yet, or no more; nobody learns which."""

    message = _("There is nothing published here.")


class BadParameter(DeliveryError):
    """A query parameter cannot be used. `parameter`: its name; `reason`: a translated sentence."""

    message: Promise | str = "%(reason)s"

    def __init__(self, parameter: str, reason: object, code: str = "invalid") -> None:
        super().__init__(reason=reason)
        self.parameter = parameter
        self.code = code


class BadParameters(DeliveryError):
    """Several parameters cannot be used. `each`: what is wrong with one."""

    message = _("Some parameters cannot be used; each is named below.")

    def __init__(self, each: list[BadParameter]) -> None:
        super().__init__()
        self.each = each


class LogGone(DeliveryError):
    """A token of the feed that cannot be continued: of another epoch, older than what is kept, or ahead of the log.

    `restart`: path in the API at which to start again.
    """

    message = _("This token cannot be continued. Start again without a token, and forget what you have.")
    restart = "/api/v1/changes/"


class LogMoved(DeliveryError):
    """The change log was compacted between two looks at it. Look again."""


class LogUnreachable(DeliveryError):
    """The database that holds the change log is away."""


class ServedElsewhere(DeliveryError):
    """An event stream was asked for where none is served: the front server must lead to `cms.streams`."""

    message = _("Event streams are served by a process of their own, which this server does not lead to.")


class UnknownRenderer(DeliveryError):
    """A page class for which no collection registered a renderer. `model`: its label."""

    message = _("No renderer is registered for %(model)s.")
