"""The admin as a whole: what its menus leave out."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks


@hooks.register("construct_help_menu")
def without_news_of_wagtail(request: HttpRequest, menu_items: list[Any]) -> None:
    """Editors work in a newsroom; which version of Wagtail it runs on is not their news."""
    menu_items[:] = [item for item in menu_items if not item.name.startswith("whats-new-in-wagtail")]
