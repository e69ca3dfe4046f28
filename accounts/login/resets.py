"""A reset of a password under way is for the account as it was when somebody asked: not for what it became since."""

from allauth.account.internal.flows.password_reset_by_code import PASSWORD_RESET_VERIFICATION_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.decisions import Act, decisions_on
from accounts.models import MediaAccount

ASKED_FOR = "reset_asked_for"
ENDING = [act.logged_as for act in (Act.BLOCK, Act.REFUSE, Act.UNBLOCK, Act.END_ACCESS)]


def bind_reset(session: SessionBase, account: MediaAccount | None) -> None:
    """The code that is made now is good as long as the account keeps its address, its password and its access."""
    session[ASKED_FOR] = _as_it_is(account)


def forget_outdated_reset(session: SessionBase) -> None:
    """Somebody who asked before one of these changed has to ask again. Holds the account as it is until then."""
    state = session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY)
    if not state or not state.get("user_id"):
        return
    with transaction.atomic():
        accounts = MediaAccount.objects.select_related("user").select_for_update()
        account = accounts.filter(pk=state["user_id"]).first()
        if not constant_time_compare(session.get(ASKED_FOR, ""), _as_it_is(account)):
            del session[PASSWORD_RESET_VERIFICATION_SESSION_KEY]


def _as_it_is(account: MediaAccount | None) -> str:
    """No secret can be told from it. Of nobody as much is asked as of somebody."""
    ended = decisions_on(account or MediaAccount(pk=0)).filter(action__in=ENDING).count()
    if account is None:
        return ""
    user = account.user
    return salted_hmac(ASKED_FOR, f"{user.pk} {user.media_email} {user.password} {ended}").hexdigest()
