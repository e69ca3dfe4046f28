"""Where allauth asks us: who a new account is, what its password has to be, and what mails say."""

import uuid
from functools import cache
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.flows.password_reset_by_code import PASSWORD_RESET_VERIFICATION_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.headless.adapter import DefaultHeadlessAdapter
from django.conf import settings
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import canonical, masked, refuse_no_address
from accounts.callers import address_of
from accounts.errors import AccountBlocked
from accounts.login.mails import account_with, keep_session, post_code, post_to
from accounts.login.resets import bind_reset
from accounts.models import KnownAddress, MediaAccount, User
from accounts.tokens import end_tokens

# allauth's notices of a password, whichever way it was changed.
PASSWORD_NOTICES = {"account/email/password_reset", "account/email/password_changed", "account/email/password_set"}


@cache
def media_validators() -> list[Any]:
    """What a media account's password has to pass, all at once. Made once: one reads 20,000 common passwords."""
    return get_password_validators(settings.MEDIA_PASSWORD_VALIDATORS)


def display(user: User) -> str:
    """What allauth calls an account."""
    return user.get_full_name()


class AccountAdapter(DefaultAccountAdapter):
    """For media accounts; editors never come here (`accounts.wall`)."""

    # allauth asks for the present password where a wrong one was given; and some of its French is not set as ours is.
    error_messages = DefaultAccountAdapter.error_messages | {
        "enter_current_password": _("This is not the account's password."),
        "duplicate_email": _("This is the account's address already."),
    }

    def new_user(self, request: HttpRequest) -> User:
        """A media account, of which nothing is known yet."""
        return User(username=f"media-{uuid.uuid4().hex}", is_media=True)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """It has one: nobody is asked for any."""

    def clean_email(self, email: str) -> str:
        """One form for one address. Raises ValidationError for what is none."""
        address = canonical(email)
        refuse_no_address(address)
        return address

    def clean_password(self, password: str, user: Any = None) -> str:
        """Raises ValidationError, with every rule that is broken."""
        validate_password(password, user, media_validators())
        return password

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the rest of the server counts it."""
        return address_of(request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """One at a time for an address: two who try to have it confirmed are not both right."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [email_address.email])
        return bool(super().confirm_email(request, email_address))

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """The code with which an address is confirmed: a new account's, or the one that an account changes to. For
        an address that has an account there is none: its owner is told.
        """
        address = emailconfirmation.email_address
        keep_session(request)
        owner, account = account_with(address.email), address.user.media_account
        if owner:
            _tell_owner(address.email, owner)
            return
        if not signup:
            KnownAddress.ask(account, address.email)
        template = "registration_code" if signup else "email_change_code"
        code = emailconfirmation.key
        post_code(request, template, address.email, EMAIL_VERIFICATION_CODE_SESSION_KEY, code, account)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Codes for a new password, and what is said to an address without an account, or with a closed one."""
        if template_prefix == "account/email/password_reset_code":
            bind_reset(self.request.session, account_with(email))
            post_code(self.request, "reset_code", email, PASSWORD_RESET_VERIFICATION_SESSION_KEY, context["code"])
        elif template_prefix == "account/email/unknown_account":
            bind_reset(self.request.session, account_with(email))
            keep_session(self.request)
            if owner := account_with(email):
                _tell_owner(email, owner)
            else:
                told = {"signup_url": settings.HEADLESS_FRONTEND_URLS["account_signup"]}
                post_to(email, "reset_unknown", told, None)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Who logs in with the right password, or passkey, is told that the account is blocked."""
        raise AccountBlocked

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """What changed in how somebody logs in, to the address that the account had before."""
        account, context = user.media_account, context or {}
        address = email or user.media_email
        if template_prefix in PASSWORD_NOTICES:
            # Who had to reset it may have lost it to somebody, who may have made tokens.
            ended = end_tokens(account) if template_prefix == "account/email/password_reset" else 0
            told = {"when": timezone.now().isoformat(), "tokens_ended": ended > 0}
            post_to(address, "password_changed", told, account)
        elif template_prefix == "account/email/email_changed":
            told = {"old": masked(context["from_email"]), "new": masked(context["to_email"])}
            post_to(address, "email_changed", told, account)
        else:
            post_to(address, "security_changed", {"what": template_prefix.rpartition("/")[2]}, account)


def _tell_owner(email: str, account: MediaAccount) -> None:
    if account.blocked_at:
        return post_to(email, "account_is_blocked", {}, account)
    pages = settings.HEADLESS_FRONTEND_URLS
    told = {"login_url": pages["account_login"], "reset_url": pages["account_reset_password"]}
    return post_to(email, "account_exists", told, account)


class HeadlessAdapter(DefaultHeadlessAdapter):
    """What allauth's answers say of an account."""

    error_messages = DefaultHeadlessAdapter.error_messages | {"unknown_email": _("The account has no such address.")}
