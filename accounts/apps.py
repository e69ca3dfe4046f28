"""The room's entry in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """`accounts`: see docs/architecture.md."""

    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        """Have confirmed addresses heard of, and codes replaced that would come too late."""
        from accounts.login import mails, signals  # noqa: F401
