"""The newsroom's own name in the admin, and words that help."""

from datetime import UTC, datetime

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from wagtail.admin.panels import Panel

from news.models import NewsPage
from tests.admin.conftest import Person
from videos.models import VideoPage

pytestmark = pytest.mark.django_db


@override_settings(WAGTAIL_SITE_NAME="Open Seas Newsroom")
def test_the_newsrooms_name_is_on_every_page(client: Client, editor: Person) -> None:
    login = client.get(reverse("wagtailadmin_login")).content.decode()
    home = editor.get(reverse("wagtailadmin_home")).content.decode()
    for html in (login, home):
        assert "- Open Seas Newsroom</title>" in html
        assert "cms/mark.svg" in html
    assert "Wagtail" not in login.split("<main")[1]
    assert "whats-new-in-wagtail" not in home


@pytest.mark.parametrize("model", [NewsPage, VideoPage])
def test_groups_of_fields_are_explained(model: type[NewsPage | VideoPage]) -> None:
    def groups(panel: Panel) -> list[Panel]:
        inside = [group for child in getattr(panel, "children", []) for group in groups(child)]
        return inside + [panel] * (panel.__class__.__name__ in ("MultiFieldPanel", "InlinePanel"))

    content = model.edit_handler.children[0]
    silent = [str(group.heading) for group in groups(content) if not group.help_text]
    assert silent == []


def test_dates_are_those_of_the_whole_world() -> None:
    moment = datetime(2026, 4, 3, 15, 5, tzinfo=UTC)
    with translation.override("en"):
        assert date_format(moment, "SHORT_DATETIME_FORMAT") == "3 Apr 2026, 15:05"
    with translation.override("fr"):
        assert date_format(moment, "SHORT_DATETIME_FORMAT") == "03/04/2026 15:05"
