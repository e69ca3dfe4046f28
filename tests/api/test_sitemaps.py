"""Sitemaps: every published address, its languages, parts of a size that the protocol allows, and fresh news."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings

from delivery.context import frontend_root
from delivery.models import PublishedDocument
from home.models import SiteTexts
from tests.api.conftest import Api
from tests.api.test_queries import copies
from tests.factories.newsroom import make_news, make_translation

pytestmark = pytest.mark.django_db
CountQueries = Callable[[int], AbstractContextManager[Any]]

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
# https://www.w3.org/TR/NOTE-datetime
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def read(api: Api, path: str, root: str = "urlset") -> list[Any]:
    """The entries of a sitemap, which has to be as the protocol has it."""
    response = api.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml")
    assert len(response.content) <= 50 * 1024 * 1024
    assert response.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    tree = ElementTree.fromstring(response.content)
    entries: list[Any] = list(tree)
    assert tree.tag == SITEMAP + root
    assert {entry.tag for entry in entries} <= {SITEMAP + ("url" if root == "urlset" else "sitemap")}
    assert len(entries) <= 50_000
    addresses = [place(entry) for entry in entries]
    assert len(set(addresses)) == len(addresses)
    for entry, address in zip(entries, addresses, strict=True):
        names = [child.tag.removeprefix(SITEMAP) for child in entry]
        assert names[0] == "loc"
        assert set(names) <= {"loc", "lastmod", LINK, f"{NEWS}news"}
        assert len(address) < 2048
        assert urlsplit(address).scheme in ("http", "https")
        assert MOMENT.fullmatch(entry.findtext(f"{SITEMAP}lastmod", "2026-01-01T00:00:00Z"))
    return entries


def place(entry: Any) -> str:
    return entry.findtext(f"{SITEMAP}loc", "")


def languages(entry: Any) -> dict[str, str]:
    links = entry.findall(LINK)
    assert all(set(link.attrib) == {"rel", "hreflang", "href"} and link.get("rel") == "alternate" for link in links)
    return {link.get("hreflang", ""): link.get("href", "") for link in links}


def test_every_document_is_in_it_once(api: Api) -> None:
    make_translation(make_news("Storm"))
    paths = PublishedDocument.objects.values_list("path", flat=True)
    assert sorted(map(place, read(api, "/sitemap.xml"))) == sorted(frontend_root() + path for path in paths)


def test_languages_name_each_other_and_themselves(api: Api) -> None:
    make_translation(make_news("Storm"), "Tempête")
    entries = {place(entry): languages(entry) for entry in read(api, "/sitemap.xml")}
    storm, tempest = (f"{frontend_root()}{path}" for path in ("/en/news/storm/", "/fr/actualites/tempete/"))
    assert entries[storm] == entries[tempest] == {"en": storm, "fr": tempest, "x-default": storm}
    for own, links in entries.items():
        assert own in links.values()
        assert all(entries[other] == links for other in links.values())


def test_story_in_one_other_language_stands_for_all(api: Api) -> None:
    make_news("Tempête", locale="fr")
    url = f"{frontend_root()}/fr/actualites/tempete/"
    entry = next(entry for entry in read(api, "/sitemap.xml") if place(entry) == url)
    assert languages(entry) == {"fr": url, "x-default": url}


def test_many_stories_are_told_in_parts_with_their_languages_together(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.sitemaps.PART_LENGTH", 4)
    for number in range(12):
        make_translation(make_news(f"Story {number}"))
    parts = [place(entry) for entry in read(api, "/sitemap.xml", "sitemapindex")]
    assert all(part.startswith(f"{settings.BASE_URL}/sitemap-") for part in parts)
    entries = [entry for part in parts for entry in read(api, part.removeprefix(settings.BASE_URL))]
    assert len(entries) == PublishedDocument.objects.count()
    assert len({place(entry) for entry in entries}) == len(entries)
    for part in parts:
        found = {place(entry): languages(entry) for entry in read(api, part.removeprefix(settings.BASE_URL))}
        assert all(other in found for links in found.values() for other in links.values())


def test_part_that_there_is_not_is_404(api: Api) -> None:
    for part in ("zz", "0123", "A", "%00", ""):
        assert api.problem(f"/sitemap-{part}.xml")["status"] == 404
    PublishedDocument.objects.all().delete()
    assert api.problem("/sitemap-a.xml")["status"] == 404


def test_sitemap_costs_three_queries_and_one_for_who_has_it(api: Api, django_assert_num_queries: CountQueries) -> None:
    page = make_news()
    for more in (0, 49):
        copies(page, more)
        with django_assert_num_queries(3):
            response = api.get("/sitemap.xml")
        with django_assert_num_queries(1):
            assert api.get("/sitemap.xml", if_none_match=response["ETag"]).status_code == 304
        for etag in ("", api.get("/news-sitemap.xml")["ETag"]):
            with django_assert_num_queries(4):
                assert api.get("/news-sitemap.xml", if_none_match=etag).status_code == (304 if etag else 200)


def test_news_of_two_days_are_told_with_name_language_and_date(api: Api) -> None:
    SiteTexts.objects.filter(locale__language_code="fr").update(name="R & D « presse »")
    make_translation(make_news("Storm", first_published_at=datetime.now(UTC) - timedelta(hours=47)), "Tempête")
    make_news("Long ago", first_published_at=datetime.now(UTC) - timedelta(hours=49))
    entries = read(api, "/news-sitemap.xml")
    told = [
        (one.findtext(f"{NEWS}publication/{NEWS}name"), one.findtext(f"{NEWS}publication/{NEWS}language"))
        for one in (entry.find(f"{NEWS}news") for entry in entries)
    ]
    assert told == [("Newsroom", "en"), ("R & D « presse »", "fr")]
    assert [entry.findtext(f"{NEWS}news/{NEWS}title") for entry in entries] == ["Storm", "Tempête"]
    assert all(MOMENT.fullmatch(entry.findtext(f"{NEWS}news/{NEWS}publication_date", "")) for entry in entries)
    assert {frozenset(languages(entry)) for entry in entries} == {frozenset({"en", "fr", "x-default"})}


def test_news_sitemap_is_not_kept_past_the_hour_at_which_a_story_leaves_it(api: Api) -> None:
    make_news("Storm", first_published_at=datetime.now(UTC) - timedelta(hours=47, minutes=59, seconds=30))
    control = api.get("/news-sitemap.xml")["Cache-Control"]
    assert int(control.partition("s-maxage=")[2].partition(",")[0]) <= 30
    assert control.endswith("stale-while-revalidate=0")


def test_news_sitemap_is_not_kept_past_the_moment_at_which_a_story_enters_it(api: Api) -> None:
    PublishedDocument.objects.filter(page_id=make_news().pk).update(
        published_at=datetime.now(UTC) + timedelta(seconds=30)
    )
    assert "stale-while-revalidate=0" in api.get("/news-sitemap.xml")["Cache-Control"]


def test_news_sitemap_has_a_thousand_stories_at_most(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("news.feeds.NEWS_LENGTH", 3)
    for number in range(5):
        make_news(f"Story {number}")
    titles = [entry.findtext(f"{NEWS}news/{NEWS}title") for entry in read(api, "/news-sitemap.xml")]
    assert titles == ["Story 4", "Story 3", "Story 2"]


def test_news_sitemap_without_news_is_valid(api: Api) -> None:
    assert read(api, "/news-sitemap.xml") == []
