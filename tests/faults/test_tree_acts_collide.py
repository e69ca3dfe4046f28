"""Two editors change the tree of pages at the same moment; one waits for the other, and neither fails by it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, connection

from delivery.transaction import publishing
from home.models import HomePage
from news.models import NewsIndexPage, NewsPage, RelatedStory
from tests.factories.newsroom import make_news, section

pytestmark = pytest.mark.django_db(transaction=True)


class Meeting:
    """Two acts, each of which stops once it holds its first row of pages, until the other holds one too.

    Not for ever: who waits for a lock that the other has taken first never gets there.
    """

    def __init__(self, *acts: Callable[[], Any]) -> None:
        self.acts = acts
        self.arrived = threading.Barrier(len(acts))
        self.errors: list[OperationalError] = []

    def hold(self) -> None:
        """Carry out both at once. Raises what the database said, if it took one of them back."""
        threads = [threading.Thread(target=self._carry_out, args=[act]) for act in self.acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def _carry_out(self, act: Callable[[], Any]) -> None:
        holds = False

        def stop_at_the_first_row(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal holds
            result = execute(sql, params, many, context)
            if not holds and '"wagtailcore_page"' in sql and (sql.startswith("UPDATE") or "FOR UPDATE" in sql):
                holds = True
                with suppress(threading.BrokenBarrierError):
                    self.arrived.wait(timeout=3)
            return result

        try:
            with connection.execute_wrapper(stop_at_the_first_row), publishing():
                act()
        except OperationalError as error:
            self.errors.append(error)
        except ObjectDoesNotExist:
            pass  # the other took it away, and says so
        finally:
            connection.close()


@pytest.fixture
def story_in_news(transactional_db: None) -> NewsPage:
    """A story in the first section."""
    return make_news("Winter patrol")


@pytest.fixture
def archive(story_in_news: NewsPage) -> NewsIndexPage:
    """Another section."""
    page = NewsIndexPage(title="Archive", slug="archive", live=False, locale=section().locale)
    HomePage.objects.get(locale__language_code="en").add_child(instance=page)
    page.save_revision().publish()
    return page


def test_one_moves_a_story_that_another_deletes(story_in_news: NewsPage, archive: NewsIndexPage) -> None:
    page = story_in_news
    Meeting(
        lambda: NewsPage.objects.get(pk=page.pk).move(archive, pos="last-child"),
        lambda: NewsPage.objects.get(pk=page.pk).delete(),
    ).hold()


def test_one_moves_a_story_that_another_mentions_in_a_new_one(story_in_news: NewsPage, archive: NewsIndexPage) -> None:
    page = story_in_news

    def write() -> None:
        news = NewsIndexPage.objects.get(pk=page.get_parent().pk)
        fresh = NewsPage(title="Spring patrol", live=False, locale=news.locale, related=[RelatedStory(story=page)])
        news.add_child(instance=fresh)
        fresh.save_revision().publish()

    Meeting(lambda: NewsPage.objects.get(pk=page.pk).move(archive, pos="last-child"), write).hold()
    assert NewsPage.objects.count() == 2
