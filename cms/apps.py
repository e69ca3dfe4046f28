"""The project itself as an app: it holds groups and rights, commands and templates."""

from django.apps import AppConfig


class CmsConfig(AppConfig):
    """`cms`: see docs/architecture.md."""

    name = "cms"
    label = "cms"
