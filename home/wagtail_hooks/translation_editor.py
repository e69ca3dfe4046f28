"""What the editors of pages, snippets and translations offer for translations."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail import hooks
from wagtail.admin import messages
from wagtail_localize.models import get_edit_url

from home.translation.rights import may_publish
from home.wagtail_hooks.translation_urls import NEEDS_PUBLISHER, NO_ALIASES

RESTART, CONVERT = "localize-restart-translation", "localize-convert-to-alias"


@hooks.register("before_edit_page", order=-1)
@hooks.register("before_edit_snippet", order=-1)
def guard_linking(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """wagtail-localize's two buttons, before it sees them."""
    if request.method != "POST":
        return None
    if CONVERT in request.POST:
        messages.error(request, NO_ALIASES)
    elif RESTART in request.POST and not may_publish(request.user, instance):
        messages.error(request, NEEDS_PUBLISHER)
    else:
        return None
    return redirect(get_edit_url(instance))


@hooks.register("construct_page_action_menu")
@hooks.register("construct_snippet_action_menu")
def hide_linking(menu_items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """No alias for anybody; a fresh link to the original for those who may publish."""
    instance = context.get("page") or context.get("instance")
    hidden = {CONVERT} if instance and may_publish(request.user, instance) else {CONVERT, RESTART}
    menu_items[:] = [item for item in menu_items if item.name not in hidden]
