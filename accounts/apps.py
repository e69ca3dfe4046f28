"""The room's entry in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """`accounts`: see docs/architecture.md."""

    name = "accounts"
    label = "accounts"
