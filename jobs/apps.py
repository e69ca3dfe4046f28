"""The room's entry in Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """`jobs`: see docs/architecture.md."""

    name = "jobs"
    label = "jobs"
