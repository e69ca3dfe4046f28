"""The command that says whether the public reads what the pages say, and the one that mends it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from delivery.models import Change, PublishedDocument
from tests.factories.newsroom import make_news, make_translation

pytestmark = pytest.mark.django_db


def verify() -> str:
    out = StringIO()
    call_command("verify_documents", stdout=out)
    return out.getvalue()


def failing() -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_documents", stdout=out)
    return out.getvalue()


def test_everything_is_as_it_should_be() -> None:
    make_translation(make_news("Fine"))
    assert "every document is as a fresh render makes it" in verify()


@pytest.mark.parametrize(
    ("field", "value"), [("title", "Bent"), ("body", b"{}"), ("terms", ["topic:bent"]), ("path", "/en/bent/")]
)
def test_a_bent_document_is_reported_and_mended(field: str, value: object) -> None:
    make_news("Straight")
    document = PublishedDocument.objects.get(slug="straight")
    if field == "body":
        document.etag = "0"
    setattr(document, field, value)
    document.save()
    assert "/en/news/straight/: differs in" in failing()
    call_command("rebuild_documents", stdout=StringIO())
    verify()


def test_a_lost_document_is_reported_and_mended() -> None:
    make_news("Lost")
    PublishedDocument.objects.filter(slug="lost").delete()
    assert "/en/news/lost/: is public, but not stored" in failing()
    call_command("rebuild_documents", stdout=StringIO())
    verify()


def test_a_document_that_must_not_be_public_is_reported_and_removed() -> None:
    page = make_news("Leak")
    type(page).objects.filter(pk=page.pk).update(live=False)
    assert "is stored, but must not be public" in failing()
    call_command("rebuild_documents", stdout=StringIO())
    verify()


def test_a_gap_in_the_log_is_reported() -> None:
    make_news("One")
    Change.objects.order_by("sequence")[2].delete()
    assert "1 numbers are missing" in failing()
