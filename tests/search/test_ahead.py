"""What goes out soon is indexed ahead, so that a thousand stories can be found in the second in which they go out."""

import pytest

from delivery.prepared import release_due
from search import indexing
from search.contents import contents_of
from search.models import PreparedEntry
from tests.clock import Clock
from tests.delivery.test_prepared import FIVE_MINUTES, prepare, scheduled
from tests.search.conftest import Search

pytestmark = pytest.mark.django_db


def test_what_goes_out_soon_is_indexed_ahead_and_found_by_nobody_before(
    search: Search, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled("Harbour", summary="As it was prepared")
    other = scheduled("Harbour changed")
    prepare()
    assert PreparedEntry.objects.count() == 2
    assert search.titles("harbour") == []
    other.title = "Harbour, otherwise"
    other.save_revision().publish()
    clock.go_on(FIVE_MINUTES)
    written = []
    monkeypatch.setattr(indexing, "contents_of", lambda one, captions: written.append(one.title) or contents_of(one))
    release_due()
    assert set(search.titles("harbour")) == {"Harbour", "Harbour, otherwise"}
    assert "Harbour" not in written
    assert not PreparedEntry.objects.exists()
    assert list(indexing.differences()) == []


def test_what_was_prepared_for_nothing_is_forgotten() -> None:
    page = scheduled("Harbour")
    prepare()
    page.delete()
    indexing.forget_prepared()
    assert not PreparedEntry.objects.exists()
