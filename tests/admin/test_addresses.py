"""Where the admin's links to a page lead: to the frontend."""

import re

import pytest
from django.urls import reverse

from home.models import HomePage
from tests.admin.conftest import Person, form_of
from tests.factories.newsroom import make_news, make_translation, section

pytestmark = pytest.mark.django_db

FRONTEND = "http://localhost:3000"


def test_a_page_knows_its_address_in_the_frontend() -> None:
    page = make_news("Winter patrol")
    french = make_translation(page, "Patrouille d’hiver")
    assert page.url == page.full_url == f"{FRONTEND}/en/news/winter-patrol/"
    assert french.url == french.full_url == f"{FRONTEND}/fr/actualites/patrouille-dhiver/"
    home = HomePage.objects.get(locale__language_code="fr")
    assert home.url == f"{FRONTEND}/fr/"


def test_view_live_leads_to_the_frontend(senior: Person) -> None:
    page = make_news("Winter patrol")
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    pages = [edit, reverse("wagtailadmin_explore", args=[section().pk]), reverse("wagtailadmin_home")]
    for address in pages:
        html = senior.get(address).content.decode()
        links = re.findall(r'href="([^"]*winter-patrol[^"]*)"', html)
        assert all(link.startswith(f"{FRONTEND}/en/news/") for link in links), address
    assert f'href="{FRONTEND}/en/news/winter-patrol/"' in senior.get(edit).content.decode()
    form = form_of(senior.get(edit)) | {"action-publish": "1"}
    html = senior.post(edit, form, follow=True).content.decode()
    assert f'href="{FRONTEND}/en/news/winter-patrol/"' in html
    assert "View live" in html
