"""What can go wrong with newsletters. None of these knows HTTP."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from delivery.errors import BadParameter, ToldError


class NewsletterError(ToldError):
    """Root of this room's errors."""


class BadLink(BadParameter):
    """What a mailed link has in it was not made here, or was cut short."""

    def __init__(self) -> None:
        reason = _("This link is not complete. Open it again from the mail, or copy all of it.")
        super().__init__("token", reason, "bad_token")


class UnknownList(BadParameter):
    """A newsletter that is closed, or never was. `slug`: as it was called."""

    message = _("There is no newsletter of this name that can be subscribed to: “%(reason)s”.")

    def __init__(self, slug: str) -> None:
        super().__init__("lists", slug, "unknown_list")


class UnknownConsent(BadParameter):
    """A version of the text of consent that never was. `version`: as it was called."""

    message = _("There is no text of consent of this version: “%(reason)s”. Show the one that the lists come with.")

    def __init__(self, version: str) -> None:
        super().__init__("consent_version", version, "unknown_consent")


class LinkOver(NewsletterError):
    """A confirmation that came too late."""

    message = _("This link was good for %(days)s days. Subscribe again to get a new one.")


class Erased(NewsletterError):
    """A link to what somebody gets, who was erased."""

    message = _("Your address has been erased, and gets nothing any more. Subscribe again if you wish.")


class BadTable(NewsletterError):
    """What was uploaded is no table of addresses that can be read. `reason`: in words."""

    message = "%(reason)s"

    def __init__(self, reason: object) -> None:
        super().__init__(reason=reason)


class MailchimpError(NewsletterError):
    """Root of what goes wrong between us and Mailchimp."""


class NoKey(MailchimpError):
    """There is no key to Mailchimp: everything waits."""

    message = _("There is no key to Mailchimp.")


class Away(MailchimpError):
    """Mailchimp does not answer, or not now. `retry_after`: seconds that it asked us to wait, 0 if it did not say.

    What was asked may have been done all the same.
    """

    message = _("Mailchimp cannot be reached: %(reason)s")

    def __init__(self, reason: str, retry_after: float = 0) -> None:
        super().__init__(reason=reason)
        self.retry_after = retry_after


class Refused(MailchimpError):
    """Mailchimp will not do this. `title`: its word for why; `status`: of HTTP."""

    message = "%(title)s: %(detail)s"

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title=title, detail=detail)
        self.status, self.title, self.detail = status, title, detail


class CampaignStopped(NewsletterError):
    """A campaign of which we do not tell Mailchimp any more. `title`: why, in a word; `detail`: for technicians."""

    message = "%(title)s: %(detail)s"

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(title=title, detail=detail)
        self.title, self.detail = title, detail


class EditionError(NewsletterError):
    """An edition that cannot be planned so. `code`: why; `hindrances`: what keeps it from going out."""

    message = "%(why)s"
    reasons: ClassVar[dict[str, Any]] = {
        "gone_out": _("This edition has gone out. Nothing changes it any more."),
        "too_soon": _("Choose a time that is at least five minutes ahead."),
        "too_late": _("Choose a time within a year."),
        "not_a_quarter": _("Mailchimp sends at :00, :15, :30 and :45. Choose one of these."),
        "hindered": _("This edition may not go out."),
    }

    def __init__(self, code: str, hindrances: Sequence[Any] = ()) -> None:
        super().__init__(why=self.reasons[code])
        self.code, self.hindrances = code, hindrances
