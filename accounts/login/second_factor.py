"""Second factors: their secrets are kept encrypted, under a key that follows from SECRET_KEY."""

import base64
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.headless.mfa import inputs
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import BaseAuthenticateForm
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from home.mail.letters import newsroom_name


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps, passkeys and recovery codes. They are named after the newsroom and the account's address, and
    bound to the host of the settings: the request's `Host` is anybody's to choose.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": _("Recovery codes are for accounts with an authenticator app or a passkey."),
        "unverified_email": _("Confirm your address first: until then the account takes no second factor."),
    }

    def get_totp_issuer(self) -> str:
        """The newsroom, as its site texts call it."""
        return newsroom_name((get_language() or settings.LANGUAGE_CODE)[:2])

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom passkeys are for."""
        return {"id": settings.PASSKEY_DOMAIN, "name": self.get_totp_issuer()}

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.media_email)

    def encrypt(self, text: str) -> str:
        """As it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was encrypted, also under a key of before (SECRET_KEY_FALLBACKS)."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def use_up(user_id: int, code: str) -> bool:
    """A code that was right is not right again for as long as it would be: allauth remembers it for one step of three,
    and forgets the one that turned the app on. False where it was used up before.
    """
    seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return bool(cache.add(f"accounts.used-up:{user_id}:{normalize_user_code(code)}", True, seconds))


class UsedUp(BaseAuthenticateForm):
    """A code is good once."""

    def clean_code(self) -> str:
        """Raises ValidationError."""
        code = super().clean_code()
        if not use_up(self.user.pk, code):
            raise SecondFactorAdapter().validation_error("incorrect_code")
        return str(code)


class AuthenticateInput(UsedUp, inputs.AuthenticateInput):
    """The second factor of a login."""


class ReauthenticateInput(UsedUp, inputs.ReauthenticateInput):
    """The second factor before a change."""


def _cipher() -> MultiFernet:
    digests = [
        salted_hmac("accounts.login.second_factor", "", secret, algorithm="sha256").digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
