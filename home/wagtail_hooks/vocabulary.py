"""The newsroom's vocabulary and texts in the admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from home.models import SiteTexts, Topic, UsageTerms


class TopicViewSet(SnippetViewSet):
    """Topics: a short, managed list."""

    model = Topic
    icon = "tag"
    menu_label = _("Topics")
    menu_name = "topics"
    menu_order = 310
    add_to_admin_menu = True
    list_display = ["name", "slug", "locale"]
    search_fields = ["name"]


class UsageTermsViewSet(SnippetViewSet):
    """What others may do with pictures and videos."""

    model = UsageTerms
    icon = "doc-full"
    add_to_settings_menu = True


class SiteTextsViewSet(SnippetViewSet):
    """Names, menus and standing texts."""

    model = SiteTexts
    icon = "site"
    add_to_settings_menu = True


for viewset in (TopicViewSet, UsageTermsViewSet, SiteTextsViewSet):
    register_snippet(viewset)
