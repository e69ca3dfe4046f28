"""What the newsroom decides about an account: each act is written down, and told to whom it is about.

An act fits some levels only, and is done to the account as its page showed it: who decides about one that somebody else
decided about meanwhile is told so, and looks again. Their order is the log's, whose entries are never changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from wagtail.log_actions import log
from wagtail.log_actions import registry as logs

from accounts.errors import DecidedMeanwhile, DoesNotFit, PartIsGone
from accounts.models import Level, MediaAccount, User
from accounts.tokens import end_tokens
from accounts.wall import end_sessions
from home.mail import post


class Act(models.TextChoices):
    """What can be done. As its address says."""

    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")
    ACCREDIT = "accredit", _("Accredit")
    END_ACCREDITATION = "end-accreditation", _("End the accreditation")
    BLOCK = "block", _("Block")
    UNBLOCK = "unblock", _("Unblock")
    NOTE = "note", _("Change the note")
    END_ACCESS = "end-access", _("End all sessions and tokens")
    END_SESSION = "end-session", _("End the session")
    END_TOKEN = "end-token", _("End the token")
    END_FACTORS = "end-factors", _("Remove the second factors")

    @property
    def logged_as(self) -> str:
        """Its name in Wagtail's log."""
        return f"accounts.{self.value}"


ALWAYS = (Act.NOTE, Act.END_ACCESS, Act.END_SESSION, Act.END_TOKEN, Act.END_FACTORS)
# Whoever does it takes a protection away: administrators alone, once they know who asks.
FOR_ADMINISTRATORS = (Act.END_FACTORS,)
FITTING = {
    Level.PENDING: (Act.APPROVE, Act.REFUSE),
    Level.REGISTERED: (Act.ACCREDIT, Act.BLOCK),
    Level.ACCREDITED: (Act.ACCREDIT, Act.END_ACCREDITATION, Act.BLOCK),
    Level.BLOCKED: (Act.UNBLOCK,),
}


@dataclass(frozen=True)
class Details:
    """What an act needs besides. `reason`: is told to the account. `until`: a last day. `part`: id of what is ended."""

    reason: str = ""
    until: date | None = None
    note: str = ""
    part: int = 0


@dataclass(frozen=True)
class Told:
    """What is told of an act: in the log, and in a mail to the account, if any."""

    logged: dict[str, Any] = field(default_factory=dict)
    template: str = ""
    context: dict[str, str] = field(default_factory=dict)


def acts_for(account: MediaAccount) -> tuple[Act, ...]:
    """Those that fit its level, besides those that always fit."""
    return FITTING[account.level]


def decisions_on(account: MediaAccount) -> Any:
    """Entries of Wagtail's log, the newest first."""
    return logs.get_logs_for_instance(account).select_related("user")


def last_decision(account: MediaAccount) -> int:
    """Stands for the account as it is now: what `decide` takes as `seen`."""
    return int(decisions_on(account).aggregate(last=models.Max("pk"))["last"] or 0)


def decide(act: Act, account_id: int, by: User, seen: int | None, details: Details | None = None) -> MediaAccount:
    """Do it; the account as it is then. `seen`: what was decided when `by` looked; None: whatever it is now.

    Raises MediaAccount.DoesNotExist, DecidedMeanwhile, DoesNotFit for what its level does not allow, and PartIsGone.
    """
    with transaction.atomic():
        accounts = MediaAccount.objects.confirmed().select_related("user").select_for_update(of=("self",))
        account = accounts.get(pk=account_id)
        if seen is not None and (missed := list(decisions_on(account).filter(pk__gt=seen))):
            raise DecidedMeanwhile([_in_words(entry) for entry in missed])
        if act not in (*acts_for(account), *ALWAYS):
            raise DoesNotFit(account.name, account.level.label)
        told = WORK[act](account, details or Details())
        # Who decides saw the profile as it is.
        account.profile_changed_at = None
        account.save()
        log(account, act.logged_as, user=by, data=told.logged)
        if told.template:
            context = {"name": account.name} | told.context
            post(told.template, str(account.user.media_email), account.language, context)
    return account


def _approve(account: MediaAccount, details: Details) -> Told:
    account.approved_at = timezone.now()
    return Told(template="account_approved", context=_way_in())


def _block(account: MediaAccount, details: Details) -> Told:
    """What it had is gone for good: unblocked, it can log in again, and no more."""
    account.blocked_at, account.accredited_until = timezone.now(), None
    User.objects.filter(pk=account.pk).update(is_active=False)
    _end_access(account)
    return Told({"reason": details.reason}, "account_blocked", {"reason": details.reason})


def _unblock(account: MediaAccount, details: Details) -> Told:
    account.blocked_at = None
    # A login that was under way when it was blocked may have left something behind.
    _end_access(account)
    User.objects.filter(pk=account.pk).update(is_active=True)
    return Told(template="account_unblocked", context=_way_in())


def _accredit(account: MediaAccount, details: Details) -> Told:
    assert details.until is not None
    account.accredited_until = details.until
    with override(account.language):
        told = {"until": date_format(details.until, "DATE_FORMAT")}
    if account.has_to_accept():
        told["terms_url"] = settings.HEADLESS_FRONTEND_URLS["account_terms"]
    return Told({"until": details.until}, "account_accredited", told)


def _end_accreditation(account: MediaAccount, details: Details) -> Told:
    account.accredited_until = None
    return Told(template="accreditation_ended")


def _note(account: MediaAccount, details: Details) -> Told:
    """The log does not keep it: whoever asks for it to be forgotten, gets it forgotten."""
    account.note = details.note
    return Told()


def _end_all(account: MediaAccount, details: Details) -> Told:
    _end_access(account)
    return Told(template="access_ended")


def _end_session(account: MediaAccount, details: Details) -> Told:
    session = UserSession.objects.filter(user=account.user, pk=details.part).first()
    if session is None:
        raise PartIsGone
    session.end()
    return Told({"part": session.user_agent}, "access_ended", {"session": session.user_agent})


def _end_token(account: MediaAccount, details: Details) -> Told:
    token = account.tokens.filter(pk=details.part).first()
    if token is None:
        raise PartIsGone
    token.delete()
    return Told({"part": str(token)}, "access_ended", {"token": str(token)})


def _end_factors(account: MediaAccount, details: Details) -> Told:
    """Authenticator app, passkeys and recovery codes: the password alone is asked for then."""
    factors = Authenticator.objects.filter(user=account.user)
    kinds = ", ".join(sorted({str(kind) for kind in factors.values_list("type", flat=True)}))
    if not kinds:
        raise PartIsGone
    factors.delete()
    return Told({"part": kinds}, "security_changed", {"what": "factors_removed"})


def _way_in() -> dict[str, str]:
    return {"login_url": settings.HEADLESS_FRONTEND_URLS["account_login"]}


def _end_access(account: MediaAccount) -> None:
    end_sessions(account.user)
    end_tokens(account)


def _in_words(entry: Any) -> str:
    at = date_format(timezone.localtime(entry.timestamp), "SHORT_DATETIME_FORMAT")
    return f"{entry.formatter.label} ({entry.user_display_name}, {at})"


WORK: dict[Act, Callable[[MediaAccount, Details], Told]] = {
    Act.APPROVE: _approve,
    Act.REFUSE: _block,
    Act.ACCREDIT: _accredit,
    Act.END_ACCREDITATION: _end_accreditation,
    Act.BLOCK: _block,
    Act.UNBLOCK: _unblock,
    Act.NOTE: _note,
    Act.END_ACCESS: _end_all,
    Act.END_SESSION: _end_session,
    Act.END_TOKEN: _end_token,
    Act.END_FACTORS: _end_factors,
}
