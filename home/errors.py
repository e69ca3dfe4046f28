"""What can go wrong with content that all rooms share. None of these knows HTTP."""

from django.utils.translation import gettext_lazy as _

from delivery.errors import ToldError


class HomeError(ToldError):
    """Root of this room's errors."""


class UnusablePO(HomeError):
    """An uploaded file that is no PO file of its translation. Nothing of it was taken over."""


class NoFile(UnusablePO):
    """Nothing was uploaded."""

    message = _("Choose a PO file first.")


class PONotText(UnusablePO):
    """Another encoding, or no text at all."""

    message = _("This file is not a text in UTF-8. Save it in UTF-8 and upload it again.")


class POTooLarge(UnusablePO):
    """`limit`: in megabytes."""

    message = _("This file is larger than %(limit)s MB. Export one from this page and fill that in.")


class POBroken(UnusablePO):
    """Not the syntax of PO files. `line`: where."""

    message = _("This is no valid PO file: line %(line)s cannot be read.")


class POForeign(UnusablePO):
    """Made for another translation, or by another program."""

    message = _("This is no PO file of this translation. Export one from this page and fill that in.")


class MachineSilent(HomeError):
    """The service for machine translation refused, failed or was too slow. `service`: its name."""

    message = _("%(service)s does not answer. Nothing was translated; try again later, or translate by hand.")
