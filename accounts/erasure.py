"""An account goes, and everything that tells of its owner. Its address can register again."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from accounts.errors import NeedsLogin, NeedsRecentLogin
from accounts.limits import Limit
from accounts.models import MediaAccount, User, mails_to
from accounts.rooms import about_to_be_erased
from accounts.wall import end_sessions, is_recent
from delivery.errors import BadParameter
from home.mail import post

TRIES = Limit("erasures by account", "5/5minutes")


def erase(account_id: int, password: str | None, session: SessionBase) -> None:
    """For ever: profile, acceptances, tokens, sessions; what other rooms keep; the name on what was downloaded.

    `session`: the owner's, of which an account without a password has to be a recent one. Raises NeedsLogin,
    BadParameter, NeedsRecentLogin, TooManyTries, NobodyCounts.
    """
    TRIES.take(str(account_id))
    with transaction.atomic():
        account = MediaAccount.objects.select_for_update(of=("self",)).select_related("user").filter(pk=account_id)
        found = account.first()
        if found is None:
            raise NeedsLogin
        _refuse_strangers(found.user, password, session)
        about_to_be_erased.send(sender=MediaAccount, account=found)
        _forget(found)
    session.flush()


def _refuse_strangers(user: User, password: str | None, session: SessionBase) -> None:
    if user.has_usable_password():
        if not user.check_password(password):
            raise BadParameter("password", _("This is not the account's password."), "wrong_password")
    elif not is_recent(session):
        raise NeedsRecentLogin


def _forget(account: MediaAccount) -> None:
    address = account.user.media_email
    end_sessions(account.user)
    account.usage.update(name="", email="", organisation="", country="", kind="")
    # The admin's history says who did what, and has the name of whom it was done to.
    kind = ContentType.objects.get_for_model(MediaAccount)
    ModelLogEntry.objects.filter(content_type=kind, object_id=str(account.pk)).update(label="—", data={})
    if address:
        # What was sent goes at once, and not after a month; the last mail is the one that says so.
        mails_to(account).delete()
        User.objects.filter(is_media=True, media_email=None, emailaddress__email=address).delete()
        post("account_erased", address, account.language, {"name": account.name})
    account.user.delete()
