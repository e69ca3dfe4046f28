"""Who follows the change feed ends with exactly what is published, whatever becomes of the log meanwhile."""

import json
import os
from datetime import timedelta
from io import StringIO
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.clock import database_now
from delivery.compaction import begin_epoch, compact_changes
from delivery.errors import LogGone, LogMoved
from delivery.feed import Position, look_at_log, read_page
from delivery.models import Change, ChangeKind, LogHead, PublishedDocument
from delivery.verification import verify_log
from tests.factories.newsroom import edit, make_news, make_translation, make_video

pytestmark = pytest.mark.django_db

Key = tuple[str, str]
CHANGES = "/api/v1/changes/"


class Consumer:
    """A search index as it should be written: it keeps what the feed says, and starts again when it is told to."""

    def __init__(self, **only: str) -> None:
        self.kept: dict[Key, int] = {}
        self.token = ""
        self.restarts = 0
        self.only = only

    def step(self, limit: int = 100) -> bool:
        """Read one answer; whether there is more."""
        query = {"limit": str(limit), **self.only} | ({"since": self.token} if self.token else {})
        answer = Client().get(CHANGES, query)
        content = json.loads(answer.content)
        if answer.status_code == 410:
            assert content["restart"] == CHANGES
            self.kept, self.token = {}, ""
            self.restarts += 1
            return True
        assert answer.status_code == 200, content
        for entry in content["items"]:
            key = (entry["id"], entry["locale"])
            if entry["kind"] == "withdrawn":
                self.kept.pop(key, None)
            else:
                self.kept[key] = entry["sequence"]
        self.token = content["next"]
        return bool(content["has_more"])

    def follow(self, limit: int = 100) -> dict[Key, int]:
        """Read to the end; what it has then."""
        while self.step(limit):
            pass
        return self.kept


def present() -> dict[Key, int]:
    rows = PublishedDocument.objects.values_list("story_id", "locale", "sequence")
    return {(str(story), locale): sequence for story, locale, sequence in rows}


def compact() -> int:
    """Everything that is there becomes a snapshot. An hour ahead: the test's transaction is older than its changes."""
    return compact_changes(timedelta(hours=-1))


def age(days: int = 100) -> None:
    """Let time pass for the log as it is."""
    for change in Change.objects.all():
        Change.objects.filter(pk=change.pk).update(at=change.at - timedelta(days=days))


@pytest.fixture
def content() -> list[Any]:
    """Six stories, one changed, one withdrawn, one translated."""
    pages = [make_news(f"Story {number}") for number in range(5)]
    pages[0] = edit(pages[0], title="Changed")
    pages[1].unpublish()
    make_translation(pages[2])
    make_video("Film")
    return pages


def test_replay_from_the_beginning_gives_what_is_published(content: Any) -> None:
    assert Consumer().follow() == present()
    assert compact() > 0
    for limit in (1, 2, 1000):
        assert Consumer().follow(limit) == present()
    assert list(verify_log()) == []


def test_compaction_leaves_one_entry_for_each_document(content: Any) -> None:
    compact()
    snapshot = Change.objects.filter(sequence__lt=LogHead.objects.get().compacted)
    assert {change.sequence for change in snapshot} <= set(present().values())
    assert compact() == 0


def test_reader_at_the_end_never_notices_a_compaction(content: Any) -> None:
    reader = Consumer()
    reader.follow()
    compact()
    make_news("After")
    assert reader.follow() == present()
    assert reader.restarts == 0


def test_reader_in_the_middle_of_the_log_is_told_to_start_again(content: Any) -> None:
    reader = Consumer()
    reader.step(2)
    compact()
    assert reader.follow() == present()
    assert reader.restarts == 1


def test_reader_in_the_middle_of_a_snapshot_goes_on_until_there_is_another(content: Any) -> None:
    compact()
    reader, slow = Consumer(), Consumer()
    reader.step(2)
    slow.step(2)
    content[3].unpublish()
    edit(content[2], title="Changed as well")
    assert reader.follow(2) == present()
    compact()
    assert slow.follow(2) == present()
    assert (reader.restarts, slow.restarts) == (0, 1)


def test_log_that_is_compacted_between_two_looks_is_looked_at_again(content: Any) -> None:
    log = look_at_log(Position())
    compact()
    with pytest.raises(LogMoved):
        read_page(log, Position(), 100)


def test_reader_of_an_empty_log_has_seen_nothing_and_misses_nothing() -> None:
    Change.objects.all().delete()
    PublishedDocument.objects.all().delete()
    LogHead.objects.all().delete()
    reader = Consumer()
    reader.follow()
    make_news("First")
    compact()
    begin_epoch()
    assert reader.follow() == present()
    assert reader.restarts == 0


def test_new_epoch_is_told_to_everybody(content: Any) -> None:
    reader = Consumer()
    reader.follow()
    call_command("begin_epoch", stdout=StringIO())
    assert reader.follow() == present()
    assert reader.restarts == 1


def test_bent_token_is_gone(content: Any) -> None:
    reader = Consumer()
    reader.follow()
    position = Position.of(reader.token)
    for bent in (
        Position(position.sequence + 1, 0, position.mark),
        Position(position.sequence - 1, 0, position.mark),
        Position(position.sequence, 3, position.mark),
        Position(position.sequence, 0, b"12345678"),
    ):
        with pytest.raises(LogGone):
            look_at_log(bent)


def test_command_says_what_it_would_delete_and_deletes_it(content: Any) -> None:
    age()
    before = Change.objects.count()
    out = StringIO()
    call_command("compact_changes", "--dry-run", stdout=out)
    assert Change.objects.count() == before
    call_command("compact_changes", "--keep-days=200", stdout=StringIO())
    assert Change.objects.count() == before
    call_command("compact_changes", stdout=out)
    would, did = [int(line.split()[0]) for line in out.getvalue().splitlines()]
    assert would == did == before - Change.objects.count() > 0


def test_filtered_reader_gets_what_it_asks_for_and_its_token_goes_past_the_rest(content: Any) -> None:
    french, films = Consumer(locale="fr"), Consumer(type="videos")
    everything = present()
    assert french.follow(1) == {key: value for key, value in everything.items() if key[1] == "fr"}
    assert len(films.follow(1)) == PublishedDocument.objects.filter(collection="videos").count()
    head = LogHead.objects.get().sequence
    assert Position.of(french.token).sequence == Position.of(films.token).sequence == head


def lose(sequence: int) -> None:
    Change.objects.get(pk=sequence).delete()


@pytest.mark.parametrize(
    "damage",
    [
        lambda: lose(LogHead.objects.get().sequence - 1),
        lambda: lose(PublishedDocument.objects.earliest("sequence").sequence),
        lambda: lose(LogHead.objects.get().compacted),
        lambda: LogHead.objects.update(compacted=LogHead.objects.get().sequence),
        lambda: LogHead.objects.update(sequence=LogHead.objects.get().sequence - 1),
    ],
)
def test_damaged_log_is_reported(content: Any, damage: Any) -> None:
    compact()
    make_news("After")
    for number in range(3):
        edit(content[4], title=f"Again {number}")
    assert list(verify_log()) == []
    damage()
    assert list(verify_log()) != []


class Newsroom:
    """A change log that is written by hand, with backups; and what is public."""

    def __init__(self) -> None:
        Change.objects.all().delete()
        LogHead.objects.all().delete()
        LogHead.objects.create()
        self.begun = database_now() - timedelta(days=1000)
        self.tick = count()
        self.public: dict[Key, int] = {}
        self.backup()

    def append(self, number: int, *, withdraw: bool = False) -> None:
        """Publish, change or withdraw one of a few stories."""
        key = (str(UUID(int=number)), "en")
        if withdraw and key not in self.public:
            return
        head = LogHead.objects.get()
        head.sequence += 1
        head.save()
        kind = ChangeKind.WITHDRAWN if withdraw else ChangeKind.UPDATE if key in self.public else ChangeKind.NEW
        at = self.begun + timedelta(days=head.sequence, microseconds=next(self.tick))
        Change.objects.create(
            sequence=head.sequence, at=at, kind=kind, story_id=key[0], locale="en", collection="news", path="/"
        )
        self.public.pop(key, None)
        if not withdraw:
            self.public[key] = head.sequence

    def compact(self, number: int) -> None:
        """Up to an entry that many before the head."""
        at = self.begun + timedelta(days=LogHead.objects.get().sequence - number + 0.5)
        with transaction.atomic():  # now() is the outer transaction's
            compact_changes(database_now() - at)

    def backup(self) -> None:
        self.kept = (list(Change.objects.values()), LogHead.objects.values().get(), dict(self.public))

    def restore(self) -> None:
        changes, head, public = self.kept
        Change.objects.all().delete()
        Change.objects.bulk_create(Change(**change) for change in changes)
        LogHead.objects.update(**head)
        self.public = dict(public)


STORIES = st.integers(1, 4)
ACTS = st.one_of(
    st.tuples(st.just("append"), STORIES),
    st.tuples(st.just("append"), STORIES),
    st.tuples(st.just("withdraw"), STORIES),
    st.tuples(st.just("compact"), st.integers(0, 5)),
    st.tuples(st.just("backup"), st.just(0)),
    st.tuples(st.just("restore"), st.just(0)),
    st.tuples(st.just("read"), st.integers(1, 4)),
    st.tuples(st.just("read"), st.integers(1, 4)),
)


@pytest.mark.timeout(3600 if os.environ.get("SOAK") else 120)
@settings(
    max_examples=2000 if os.environ.get("SOAK") else 60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ACTS, min_size=5, max_size=40))
def test_no_reader_is_ever_silently_wrong(db: None, acts: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        newsroom = Newsroom()
        readers = [Consumer(), Consumer(), Consumer()]
        for act, number in acts:
            match act:
                case "append":
                    newsroom.append(number)
                case "withdraw":
                    newsroom.append(number, withdraw=True)
                case "compact":
                    newsroom.compact(number)
                case "backup":
                    newsroom.backup()
                case "restore":
                    newsroom.restore()
                case "read":
                    for reader, limit in zip(readers[: number % 3 + 1], (number, 1, 100), strict=False):
                        reader.step(limit)
        for reader in [*readers, Consumer()]:
            assert reader.follow(2) == newsroom.public
        transaction.set_rollback(True)
