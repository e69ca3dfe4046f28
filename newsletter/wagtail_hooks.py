"""The room's door for the newsroom: a group of the menu, a page for each of `admin`'s modules."""

from typing import Any

from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSetGroup

from newsletter.admin import audiences, consents, edition_acts, editions, exports, imports, lists, refused, subscribers
from newsletter.admin.stories import StoryChooser, story_chooser


class NewsletterGroup(ModelViewSetGroup):
    """Each is shown to those who may see what it is about."""

    menu_label = _("Newsletters")
    menu_icon = "mail"
    menu_name = "newsletters"
    menu_order = 860
    items = (
        editions.pages,
        lists.pages,
        subscribers.pages,
        imports.pages,
        refused.pages,
        audiences.pages,
        consents.pages,
    )


@hooks.register("register_admin_viewset")
def newsletters() -> NewsletterGroup:
    """Their pages and their place in the menu."""
    return NewsletterGroup()


@hooks.register("register_admin_viewset")
def stories() -> StoryChooser:
    """What editions choose from."""
    return story_chooser


@hooks.register("register_admin_urls")
def edition_urls() -> list[URLPattern]:
    """What is done with editions, and how their mails look."""
    return edition_acts.urls


hooks.register("register_bulk_action", refused.TryAgain)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What is done to people's subscriptions, and with their addresses."""
    actions.register_action(exports.EXPORTED, _("Subscribers exported"), _("Subscribers exported"))
    actions.register_action(subscribers.UNSUBSCRIBED, _("Unsubscribed"), _("Unsubscribed by the newsroom"))
    actions.register_action(subscribers.ERASED, _("Erased"), _("Erased by the newsroom"))
