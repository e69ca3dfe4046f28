"""The project itself as an app: foundation, groups and rights, commands and templates."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CmsConfig(AppConfig):
    """`cms`: see docs/architecture.md. First in INSTALLED_APPS, so its templates win; its work after `migrate` is
    connected to the last app, when all tables and permissions are there.
    """

    name = "cms"
    label = "cms"

    def ready(self) -> None:
        """Lay the foundation after each complete `migrate`."""
        post_migrate.connect(after_migrate, dispatch_uid="cms.after_migrate")


def after_migrate(app_config: AppConfig, using: str, **_kwargs: Any) -> None:
    """Foundation and rights, once every app has its tables and permissions."""
    from django.apps import apps
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    # Apps without models get no signal.
    if app_config is not [app for app in apps.get_app_configs() if app.models_module][-1]:
        return
    executor = MigrationExecutor(connections[using])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    from cms.foundation import lay_foundation
    from cms.groups import apply_rights

    lay_foundation()
    apply_rights()
