"""Stories that go out soon are rendered ahead; nothing of it is read before, and nothing that changed goes out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction

from delivery.clock import database_now
from delivery.models import Change, NextChange, PreparedDocument, PublishedDocument, Refresh
from delivery.prepared import prepare_batch, release_due
from delivery.refresh import refresh_all
from delivery.schedule import publish_due
from delivery.stories import change_embargo, withdraw
from delivery.verification import verify_log, verify_story
from home.models import EditorialImage
from news.models import NewsPage, RelatedStory
from tests.clock import Clock
from tests.factories.newsroom import edit, make_image, make_news, make_topic, make_translation, section, story

pytestmark = pytest.mark.django_db

FIVE_MINUTES = timedelta(minutes=5)


def scheduled(title: str = "Soon", at: datetime | None = None, **fields: Any) -> NewsPage:
    """A story that goes out in five minutes."""
    page = make_news(title, publish=False, **fields)
    page.go_live_at = at or database_now() + FIVE_MINUTES
    page.save_revision().publish()
    return page


def prepare() -> None:
    with transaction.atomic():
        while prepare_batch(budget=1):
            pass


def changes() -> QuerySet[Change]:
    """What the feed says of news."""
    return Change.objects.filter(collection="news").order_by("sequence")


def readable(page: NewsPage, locale: str = "en") -> bool:
    return Client().get(f"/api/v1/news/{page.translation_key}/?locale={locale}").status_code == 200


def is_prepared(page: NewsPage) -> bool:
    return PreparedDocument.objects.filter(story_id=page.translation_key).exists()


def test_what_goes_out_soon_is_rendered_ahead_and_read_by_nobody() -> None:
    page, later = scheduled(), scheduled("Tomorrow", at=database_now() + timedelta(days=1))
    prepare()
    assert is_prepared(page)
    assert not is_prepared(later)
    assert not readable(page)
    assert changes().count() == 0


def test_it_goes_out_without_being_rendered_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    page = scheduled(summary="As it was prepared.")
    prepare()
    moment = PreparedDocument.objects.get().due_at

    def fail(*args: Any, **words: Any) -> Any:
        raise AssertionError("it was rendered at its moment")

    clock.go_on(FIVE_MINUTES)
    monkeypatch.setattr("delivery.sync.render", fail)
    release_due()
    assert readable(page)
    assert not PreparedDocument.objects.exists()
    assert [change.kind for change in changes()] == ["new"]
    document = PublishedDocument.objects.get(collection="news")
    assert document.published_at == document.first_published_at == moment
    monkeypatch.undo()
    publish_due()
    page.refresh_from_db()
    assert page.live
    assert changes().count() == 1
    assert not [*verify_story(page.translation_key), *verify_log()]


def test_a_hundred_cost_as_many_queries_as_one(clock: Clock) -> None:
    counts: list[int] = []
    for number in (1, 10):
        moment = database_now() + FIVE_MINUTES
        pages = [scheduled(f"Story {number} {one}", at=moment) for one in range(number)]
        prepare()
        clock.go_on(FIVE_MINUTES * len(counts) + FIVE_MINUTES)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            release_due()
        assert all(map(readable, pages))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def changed_title(page: NewsPage) -> None:
    page.title = "Another title"
    page.go_live_at = NewsPage.objects.get(pk=page.pk).go_live_at
    page.save_revision().publish()


def moved(page: NewsPage) -> None:
    other = section().copy(update_attrs={"slug": "archive", "title": "Archive"}, recursive=False, keep_live=True)
    other.save_revision().publish()
    page.move(other, pos="last-child")


ACTS: dict[str, tuple[Callable[[NewsPage], Any], bool]] = {
    # What happens between preparation and moment, and whether it goes out all the same.
    "nothing": (lambda page: None, True),
    "another title": (changed_title, True),
    "moved": (moved, True),
    "topic renamed": (lambda page: page.topics.first().delete(), True),
    "picture replaced": (lambda page: EditorialImage.objects.get().save(), True),
    "schedule called off": (lambda page: page.revisions.update(approved_go_live_at=None), False),
    "embargo": (lambda page: change_embargo(story(page), database_now() + timedelta(hours=1)), False),
    "withdrawn": (lambda page: withdraw(story(page), reason="Wrong"), False),
    "section unpublished": (lambda page: section().unpublish(), False),
    "section private": (
        lambda page: PageViewRestriction.objects.create(page=section(), restriction_type="login"),
        False,
    ),
    "deleted": (lambda page: page.delete(), False),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_changes_before_the_moment_counts(act: str, clock: Clock) -> None:
    happen, goes_out = ACTS[act]
    page = scheduled(hero_image=make_image())
    page.topics.set([make_topic()])
    page.go_live_at = database_now() + FIVE_MINUTES
    page.save_revision().publish()
    key = page.translation_key
    prepare()
    assert is_prepared(page)
    happen(page)
    prepare()
    clock.go_on(FIVE_MINUTES)
    release_due()
    publish_due()
    refresh_all()
    assert PublishedDocument.objects.filter(story_id=key).exists() == goes_out
    assert not [*verify_story(key), *verify_log()]
    assert Change.objects.filter(story_id=key).count() == goes_out


def test_both_languages_go_out_together_and_know_of_each_other(clock: Clock) -> None:
    moment = database_now() + FIVE_MINUTES
    page = scheduled(at=moment)
    translation = make_translation(page, publish=False)
    translation.go_live_at = moment
    translation.save_revision().publish()
    prepare()
    clock.go_on(FIVE_MINUTES)
    release_due()
    assert readable(page)
    assert readable(page, "fr")
    publish_due()
    assert [change.kind for change in changes()] == ["new", "new"]
    assert not list(verify_story(page.translation_key))


def test_one_that_cannot_be_rendered_holds_up_no_other(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [scheduled(title) for title in ("Good", "Bad", "Better")]
    from news import documents

    original = documents.__dict__["image_to_json"]

    def broken(image: Any, context: Any, **words: Any) -> Any:
        if context.page.title == "Bad":
            raise RuntimeError("no pixels")
        return original(image, context, **words)

    monkeypatch.setattr(documents, "image_to_json", broken)
    prepare()
    clock.go_on(FIVE_MINUTES)
    publish_due()
    assert [readable(page) for page in pages] == [True, False, True]
    assert NextChange.objects.get(pk=pages[1].translation_key).at > database_now()


def test_stories_that_mention_it_follow_at_once(clock: Clock) -> None:
    page = scheduled("Target")
    other = make_news("Other", related=[RelatedStory(story=page)])
    prepare()
    clock.go_on(FIVE_MINUTES)
    release_due()
    assert not Refresh.objects.exists()
    assert Client().get(f"/api/v1/news/{other.translation_key}/").json()["related"][0]["title"] == "Target"


def test_an_update_of_a_public_story_goes_out_at_its_moment(clock: Clock) -> None:
    page = make_news("Before")
    page.title = "After"
    page.go_live_at = database_now() + FIVE_MINUTES
    page.save_revision().publish()
    prepare()
    clock.go_on(FIVE_MINUTES)
    release_due()
    assert PublishedDocument.objects.get(collection="news").title == "After"
    assert PublishedDocument.objects.get(collection="news").updated_at == page.go_live_at
    publish_due()
    assert [change.kind for change in changes()] == ["new", "update"]
    assert not list(verify_story(page.translation_key))


def test_the_page_may_be_edited_between_its_moment_and_wagtails_record(clock: Clock) -> None:
    page = scheduled("First words")
    prepare()
    clock.go_on(FIVE_MINUTES)
    release_due()
    edit(page, title="Second words", go_live_at=None)
    publish_due()
    assert PublishedDocument.objects.get(collection="news").title == "Second words"
    assert not list(verify_story(page.translation_key))
