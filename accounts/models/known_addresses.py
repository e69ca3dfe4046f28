"""Which addresses an account had, and asked for: what is kept under them is its owner's, too."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import MediaAccount
from home.models import Mail

# What is sent to an address that somebody asks to change to, where nobody has an account with it.
ASKING = "email_change_code"


class KnownAddress(models.Model):
    """An address beside the account's present one, for as long as there is the account, or until it is another's."""

    account = models.ForeignKey(MediaAccount, models.CASCADE, related_name="known_addresses")
    email = models.EmailField(_("e-mail"))
    was_its_own = models.BooleanField(_("was shown to be its owner's"), default=False)
    since = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("known address")
        constraints = [models.UniqueConstraint(fields=["account", "email"], name="address_known_once")]
        indexes = [models.Index(fields=["email"], name="known_address")]

    @staticmethod
    def ask(account: MediaAccount, email: str) -> None:
        """Keep that its owner asked to change to it."""
        KnownAddress.objects.get_or_create(account=account, email=email)

    @staticmethod
    def change(account: MediaAccount, before: str | None, now: str) -> None:
        """Keep which one it had. The one that it has now is nobody else's any more."""
        KnownAddress.objects.filter(email=now).filter(Q(account=account) | Q(was_its_own=True)).delete()
        if before and before != now:
            KnownAddress.objects.update_or_create(account=account, email=before, defaults={"was_its_own": True})

    def __str__(self) -> str:
        return self.email


def own_addresses(account: MediaAccount) -> list[str]:
    """Those that were shown to be its owner's, and are nobody else's now; the present one first."""
    before = account.known_addresses.filter(was_its_own=True).order_by("-since").values_list("email", flat=True)
    return [email for email in (account.user.media_email, *before) if email]


def mails_to(account: MediaAccount) -> models.QuerySet[Mail]:
    """All to its addresses; to those that it only asked for, what it asked for."""
    is_own = Q(pk=None)
    for email in own_addresses(account):
        is_own |= Q(to__iexact=email)
    for asked in account.known_addresses.filter(was_its_own=False):
        is_own |= Q(to=asked.email, template=ASKING, created_at__gte=asked.since)
    return Mail.objects.filter(is_own)
