"""Where allauth asks us: who a new account is, what its password has to be, and what mails say."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.flows.password_reset_by_code import PASSWORD_RESET_VERIFICATION_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.headless.adapter import DefaultHeadlessAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from accounts.addresses import canonical
from accounts.callers import address_of
from accounts.login.mails import post_code, post_to
from accounts.models import User

# allauth's notices, and the mail that says the same.
NOTICES = {
    "account/email/password_reset": "password_changed",
    "account/email/password_changed": "password_changed",
    "account/email/email_changed": "email_changed",
}


def media_validators() -> list[Any]:
    """What a media account's password has to pass, all at once."""
    return get_password_validators(settings.MEDIA_PASSWORD_VALIDATORS)


def display(user: User) -> str:
    """What allauth calls an account."""
    return user.get_full_name()


class AccountAdapter(DefaultAccountAdapter):
    """For media accounts; editors never come here (`accounts.wall`)."""

    def new_user(self, request: HttpRequest) -> User:
        """A media account, of which nothing is known yet."""
        return User(username=f"media-{uuid.uuid4().hex}", is_media=True)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """It has one: nobody is asked for any."""

    def clean_email(self, email: str) -> str:
        """One form for one address."""
        return canonical(email)

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
        """The code with which an address is confirmed: a new account's, or the one that an account changes to."""
        address = emailconfirmation.email_address
        template = "registration_code" if signup else "email_change_code"
        post_code(
            request,
            template,
            address.email,
            EMAIL_VERIFICATION_CODE_SESSION_KEY,
            emailconfirmation.key,
            address.user.media_account,
        )

    def send_account_already_exists_mail(self, email: str) -> None:
        """Somebody registers with an address that has an account. As much work as a new account, so as long."""
        make_password(uuid.uuid4().hex)
        post_to(email, "account_exists", {})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Codes for a new password, and what is said to an address without an account."""
        if template_prefix == "account/email/password_reset_code":
            post_code(self.request, "reset_code", email, PASSWORD_RESET_VERIFICATION_SESSION_KEY, context["code"])
        elif template_prefix == "account/email/unknown_account":
            has_account = User.objects.filter(media_email=email).exists()
            post_to(email, "account_exists" if has_account else "reset_unknown", {})
        elif template := NOTICES.get(template_prefix):
            post_to(email, template, {"when": timezone.now().isoformat()})
        else:
            post_to(email, "security_changed", {"what": template_prefix.rpartition("/")[2]})


class HeadlessAdapter(DefaultHeadlessAdapter):
    """What allauth's answers say of an account."""
