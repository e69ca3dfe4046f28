"""The index follows documents, whoever writes them; and is written anew when it has to be."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from delivery.models import PublishedDocument
from delivery.transaction import publishing
from search import indexing
from search.models import Entry, Word
from search.tasks import index_missing
from tests.factories.newsroom import make_news, make_translation
from tests.search.conftest import Search

pytestmark = pytest.mark.django_db(transaction=True)


def told(command: str, *arguments: Any) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_every_document_has_an_entry_and_loses_it_with_itself(search: Search) -> None:
    page = make_news("Harbour")
    make_translation(page, "Port")
    assert Entry.objects.count() == PublishedDocument.objects.count()
    page.delete()
    assert Entry.objects.count() == PublishedDocument.objects.count()
    assert list(indexing.differences()) == []


def test_an_entry_that_is_missing_is_noticed_and_written(search: Search) -> None:
    make_news("Harbour")
    Entry.objects.all().delete()
    with pytest.raises(CommandError, match="differences"):
        told("verify_documents")
    assert search.titles("harbour") == []
    index_missing()
    assert search.titles("harbour") == ["Harbour"]
    assert "every document" in told("verify_documents")


def test_an_older_entry_is_renewed_by_the_task(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    make_news("Harbour")
    Entry.objects.update(version=0, vector="'nothing'")
    index_missing()
    assert search.titles("harbour") == ["Harbour"]


def test_the_index_can_be_written_anew_and_the_command_be_repeated(search: Search) -> None:
    make_news("Harbour")
    Word.objects.all().delete()
    for _time in range(2):
        assert "0 differ" in told("rebuild_search")
    assert search.answer("harbuor")["suggestion"] == "harbour"
    assert told("rebuild_search", "--missing").startswith("0 documents")


def test_a_publication_that_is_taken_back_is_not_found(search: Search) -> None:
    page = make_news("Harbour", publish=False)

    def publish_and_fail() -> None:
        with publishing():
            page.save_revision().publish()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()
    assert search.titles("harbour") == []


@pytest.mark.parametrize("said", ["x" * 50_000, "word " * 60_000, "é" * 3000 + " " + "ü-" * 5000])
def test_no_text_is_too_long_to_be_published(search: Search, said: str) -> None:
    body = [{"type": "text", "value": f"<p>{said}</p>", "id": "11111111-0000-4000-8000-000000000001"}]
    make_news("Harbour", body=body)
    assert search.titles("harbour") == ["Harbour"]


def test_texts_of_many_different_words_fit(search: Search) -> None:
    words = " ".join(f"w{number}{chr(97 + number % 26)}ording{number}" for number in range(20_000))
    make_news("Harbour", body=[{"type": "text", "value": words, "id": "11111111-0000-4000-8000-000000000001"}])
    assert search.titles("harbour") == ["Harbour"]
