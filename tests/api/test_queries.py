"""What a read costs the database: the same for five documents as for a hundred, and next to nothing for a 304."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from delivery.models import LogHead, PublishedDocument, Story
from tests.api.conftest import Api
from tests.factories.newsroom import make_news, make_topic, make_translation, make_video
from tests.factories.showcase import DAY, numbered, set_public_date

pytestmark = pytest.mark.django_db
CountQueries = Callable[[int], AbstractContextManager[Any]]

LISTS = {"news/": 1, "news/?count=true": 2, "news/?topic=rescue&tag=storm&kind=news": 2, "videos/": 1}
SINGLE = ["navigation/", "site/", "topics/", "resolve/?path=/en/news/"]


def copies(page: Any, number: int) -> None:
    """More published documents like that of `page`, without pages behind them."""
    document = PublishedDocument.objects.get(page_id=page.pk)
    for count in range(number):
        story = Story.objects.create(
            id=numbered(count), collection=document.collection, original_locale=page.locale, public_date=DAY
        )
        document.pk, document.story, document.path = None, story, f"/{document.collection}/{count}/"
        document.save(force_insert=True)


@pytest.mark.parametrize("size", [5, 100])
@pytest.mark.parametrize(("path", "queries"), LISTS.items())
def test_list(api: Api, django_assert_num_queries: CountQueries, path: str, queries: int, size: int) -> None:
    if path.startswith("news"):
        page = make_news("Storm", publish=False)
        page.topics.set([make_topic()])
        page.tags.add("storm")
        page.save_revision().publish()
    else:
        page = make_video()
    copies(page, size - 1)
    with django_assert_num_queries(queries):
        answer = api.json(f"{path}{'&' if '?' in path else '?'}limit=100")
    assert len(answer["items"]) == size


def test_list_that_the_caller_has(api: Api, django_assert_num_queries: CountQueries) -> None:
    copies(make_news(), 20)
    etag = api.get("news/")["ETag"]
    with django_assert_num_queries(1):
        assert api.get("news/", if_none_match=etag).status_code == 304


def test_document_by_id_and_slug(api: Api, django_assert_num_queries: CountQueries) -> None:
    page = make_news("Storm")
    for key in (page.slug, page.translation_key):
        for headers in ({}, {"if_none_match": api.get(f"news/{key}/")["ETag"]}):
            with django_assert_num_queries(1):
                assert api.get(f"news/{key}/", **headers).status_code == (304 if headers else 200)


def test_fallback(api: Api, django_assert_num_queries: CountQueries) -> None:
    page = make_news("Storm")
    make_translation(make_news("Other"))
    with django_assert_num_queries(1):
        assert api.json(f"news/{page.translation_key}/?locale=fr&fallback=default")["is_fallback"]
    with django_assert_num_queries(1):
        assert len(api.json("news/?locale=fr&fallback=default")["items"]) == 2


@pytest.mark.parametrize("path", SINGLE)
def test_what_is_put_together(api: Api, django_assert_max_num_queries: CountQueries, path: str) -> None:
    make_news(topics=[make_topic()])
    _with_menu()
    for headers in ({}, {"if_none_match": api.get(path)["ETag"]}):
        with django_assert_max_num_queries(1):
            assert api.get(path, **headers).status_code == (304 if headers else 200)


def test_former_path(api: Api, django_assert_num_queries: CountQueries) -> None:
    page = make_news("Storm")
    page.slug = "gale"
    page.save_revision().publish()
    with django_assert_num_queries(2):
        assert api.json("resolve/?path=/en/news/storm/")["redirect"] == "/en/news/gale/"


def test_feed(api: Api, django_assert_num_queries: CountQueries) -> None:
    for number in range(5):
        make_news(f"Story {number}")
    with django_assert_num_queries(2):
        answer = api.json("changes/")
    with django_assert_num_queries(1):
        assert api.json(f"changes/?since={answer['next']}")["items"] == []
    etag = api.get("changes/?limit=2")["ETag"]
    with django_assert_num_queries(1):
        assert api.get("changes/?limit=2", if_none_match=etag).status_code == 304
    assert LogHead.objects.get().sequence == answer["items"][-1]["sequence"]


def test_what_nobody_can_read(api: Api, django_assert_max_num_queries: CountQueries) -> None:
    page = make_news("Secret", publish=False)
    with django_assert_max_num_queries(3):
        assert api.problem(f"news/{page.translation_key}/")["status"] == 404


def test_page_number_makes_no_difference(api: Api, django_assert_num_queries: CountQueries) -> None:
    page = make_news()
    set_public_date(page, DAY)
    copies(page, 30)
    cursor = api.json("news/?limit=10")["next"]
    with django_assert_num_queries(1):
        assert len(api.json(f"news/?limit=10&cursor={cursor}")["items"]) == 10


def _with_menu() -> None:
    from home.models import MenuItem, SiteTexts
    from tests.factories.newsroom import section

    texts = SiteTexts.objects.get(locale__language_code="en")
    for number in range(4):
        MenuItem.objects.create(
            site_texts=texts, label=f"Entry {number}", page=section(), locale=texts.locale, sort_order=number
        )
