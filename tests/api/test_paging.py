"""Cursors: nothing is skipped and nothing repeated, whatever the dates and whatever is published meanwhile."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from delivery.context import frontend_root
from delivery.cursors import decode_cursor, encode_cursor
from delivery.errors import BadParameter
from delivery.models import PublishedDocument, Story
from tests.api.conftest import Api

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
# Few dates for many stories, so that most share theirs with others; a microsecond is a difference.
moments = st.integers(0, 5).map(lambda number: FIRST + timedelta(microseconds=number))
orders = st.sampled_from(["-published_at", "published_at"])
microseconds = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


def publish(story_id: UUID, moment: datetime) -> str:
    """A document as the API reads it, without a page."""
    from wagtail.models import Locale

    english = Locale.objects.get(language_code="en")
    story = Story.objects.create(id=story_id, collection="news", original_locale=english)
    PublishedDocument.objects.create(
        story=story,
        locale="en",
        collection="news",
        page_id=0,
        path=f"/en/news/{story_id}/",
        slug=str(story_id),
        title="A story",
        card=b'{"id":"%s"}' % str(story_id).encode(),
        body=b"{}",
        etag=story_id.hex[:24],
        renderer_version=1,
        sequence=0,
        first_published_at=moment,
        published_at=moment,
        updated_at=moment,
    )
    return str(story_id)


class Paging(TestCase):
    """Hypothesis' own test case: each example in a transaction of its own."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.dictionaries(st.uuids(version=4), moments, min_size=1, max_size=15),
        st.lists(st.tuples(st.uuids(version=4), moments), max_size=4, unique_by=lambda entry: entry[0]),
        st.integers(1, 5),
        orders,
    )
    def test_every_story_comes_once_while_others_are_published(
        self, before: dict[UUID, datetime], meanwhile: list[tuple[UUID, datetime]], limit: int, order: str
    ) -> None:
        frontend_root()
        api = Api()
        meanwhile = [(story_id, moment) for story_id, moment in meanwhile if story_id not in before]
        known = {publish(story_id, moment) for story_id, moment in before.items()}
        seen: list[str] = []
        cursor = ""
        while True:
            answer = api.json(f"news/?limit={limit}&order={order}" + (f"&cursor={cursor}" if cursor else ""))
            seen += [item["id"] for item in answer["items"]]
            if meanwhile:
                publish(*meanwhile.pop())
            if answer["next"] is None:
                break
            cursor = answer["next"]
        assert len(seen) == len(set(seen))
        assert known <= set(seen)
        dates = dict(PublishedDocument.objects.filter(collection="news").values_list("story_id", "published_at"))
        keys = [(dates[UUID(one)], one) for one in seen]
        assert keys == sorted(keys, reverse=order.startswith("-"))

    @settings(max_examples=100, deadline=None)
    @given(st.one_of(st.text(alphabet="ABCabc019-_=+/. %\x00é", max_size=70), st.binary(max_size=40).map(bytes.hex)))
    @example("")
    def test_cursor_of_somebody_else_is_never_an_error_of_ours(self, cursor: str) -> None:
        from urllib.parse import quote

        frontend_root()
        response = Api().get(f"news/?cursor={quote(cursor)}")
        assert response.status_code == 422
        assert connection.is_usable()


@given(orders, microseconds, st.uuids())
def test_cursor_comes_back_as_it_was_made(order: str, moment: datetime, story_id: UUID) -> None:
    assert decode_cursor(order, encode_cursor(order, moment, story_id)) == (moment, story_id)


@given(microseconds, st.uuids(), st.integers(0, 200), st.characters(codec="ascii"))
def test_bent_cursor_is_refused_or_names_an_entry(moment: datetime, story_id: UUID, place: int, letter: str) -> None:
    cursor = encode_cursor("-published_at", moment, story_id)
    place %= len(cursor)
    bent = cursor[:place] + letter + cursor[place + 1 :]
    try:
        entry = decode_cursor("-published_at", bent)
    except BadParameter:
        return
    assert encode_cursor("-published_at", *entry) == bent


def test_cursor_of_the_other_order_is_refused() -> None:
    cursor = encode_cursor("published_at", FIRST, UUID(int=1))
    with pytest.raises(BadParameter):
        decode_cursor("-published_at", cursor)
