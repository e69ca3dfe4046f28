"""Wagtail's own section "Users" is about editors: media accounts are in none of its lists, and not found by their ids.

`cms.users` names the viewset to Wagtail. The actions on several users take the place of Wagtail's.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from wagtail import hooks
from wagtail.users.views.bulk_actions import AssignRoleBulkAction, DeleteBulkAction, SetActiveStateBulkAction
from wagtail.users.views.users import IndexView, UserViewSet

from accounts.models import User


class Editors(IndexView):
    """The list."""

    def get_base_queryset(self) -> Any:
        return super().get_base_queryset().filter(is_media=False)


class EditorViewSet(UserViewSet):
    """Everything that can be done with one user, whatever pages Wagtail adds."""

    index_view_class = Editors

    def get_urlpatterns(self) -> list[URLPattern]:
        """Each page about one user is about an editor."""
        patterns: list[URLPattern] = super().get_urlpatterns()
        for pattern in patterns:
            pattern.callback = _about_editors(pattern.callback)
        return patterns


def _about_editors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def checked(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        """Raises Http404."""
        if "pk" in options and User.objects.filter(pk=unquote(str(options["pk"])), is_media=True).exists():
            raise Http404
        return view(request, *arguments, **options)

    return checked


class OfEditors:
    """Of an action on several users: media accounts are not among them."""

    @classmethod
    def get_queryset(cls, model: type[User], object_ids: Sequence[Any]) -> list[User]:
        """Raises Http404."""
        found = list(model.objects.filter(pk__in=object_ids, is_media=False))
        if not found:
            raise Http404
        return found


# After Wagtail's own: the last of a name is the one that is used.
for action in (AssignRoleBulkAction, DeleteBulkAction, SetActiveStateBulkAction):
    hooks.register("register_bulk_action", type(f"Editors{action.__name__}", (OfEditors, action), {}), order=1)
