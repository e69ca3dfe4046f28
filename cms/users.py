"""Wagtail's users as an app, with the viewset that knows editors only. In a module of its own, as Django wants it."""

from wagtail.users.apps import WagtailUsersAppConfig


class EditorsConfig(WagtailUsersAppConfig):
    """`wagtail.users`, in INSTALLED_APPS."""

    user_viewset = "accounts.wagtail_hooks.editors.EditorViewSet"
