"""What allauth's views take, where it would believe an address that nobody has confirmed."""

from typing import Any

from allauth.headless.account import inputs


class SignupInput(inputs.SignupInput):
    """Registration."""

    def validate_unique_email(self, value: str) -> str:
        """No address is taken: an account is whose code came back, and who only registered keeps it from nobody. For
        an address that has an account the same is done, and takes as long: only the mail is another one.
        """
        self.account_already_exists = False
        return value


class RequestPasswordResetInput(inputs.RequestPasswordResetInput):
    """A code for another password."""

    def clean_email(self) -> str:
        """Nobody becomes the owner of what a stranger registered under his address: he registers himself."""
        email: str = super().clean_email()
        self.users: list[Any] = [user for user in self.users if user.media_email]
        return email


class VerifyEmailInput(inputs.VerifyEmailInput):
    """A code that came by mail."""

    def clean_key(self) -> str:
        """Of a registration that was forgotten, or never was one, no code is right."""
        key: str = super().clean_key()
        if self.process and not self.process.user:
            raise inputs.get_account_adapter().validation_error("incorrect_code")
        return key
