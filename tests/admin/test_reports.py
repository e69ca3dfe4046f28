"""What who publishes finds under "Reports": what went out, and what is held up."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import schedule
from delivery.models import Change, ParkedPublication, PublishedDocument, Refresh
from news import documents as news_documents
from tests.factories.newsroom import edit, make_news, make_translation, make_video

pytestmark = pytest.mark.django_db

REPORTS = ["publications_report", "held_up_report"]


@pytest.fixture
def media_desk(log_in: Callable[[str], Client]) -> Client:
    return log_in("Media desk")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = settings.VIDEOS_DIR = str(tmp_path)


def rows(client: Client, report: str, **query: Any) -> list[Any]:
    """The report's rows."""
    response = client.get(reverse(report), query)
    assert response.status_code == 200
    return list(response.context["object_list"])


def queries(client: Client, report: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse(report)).status_code == 200
    return len(captured)


@pytest.mark.parametrize("report", REPORTS)
def test_who_sees_the_reports(log_in: Callable[[str], Client], report: str) -> None:
    address = reverse(report)
    for group in ("Senior editors", "Media desk"):
        client = log_in(group)
        assert client.get(address).status_code == 200, group
        assert client.get(f"{address}results/").status_code == 200, group
        assert address in client.get(reverse("wagtailadmin_home")).content.decode(), group
    for group in ("Editors", "Translators", "Newsletter"):
        client = log_in(group)
        assert client.get(address).status_code == 302, group
        assert client.get(f"{address}results/").status_code == 302, group
        assert address not in client.get(reverse("wagtailadmin_home")).content.decode(), group


# Publications


def test_publications_tell_what_went_out_and_lead_to_the_page(senior: Client) -> None:
    page = make_news("Winter patrol")
    french = make_translation(page, "Patrouille d’hiver")
    edit(page, title="Winter patrol, continued").unpublish()

    told = [(row.kind, row.locale, row.title) for row in rows(senior, "publications_report", collection="news")]
    assert ("new", "fr", "Patrouille d’hiver") in told
    assert told[-1][:2] == ("new", "en")
    assert ("withdrawn", "en", "Winter patrol, continued") in told

    html = senior.get(reverse("publications_report")).content.decode()
    assert reverse("wagtailadmin_pages:edit", args=[french.pk]) in html
    assert "Update" in html
    assert french.slug in html


def test_publications_are_filtered(senior: Client) -> None:
    make_translation(make_news("Winter patrol"))
    make_video("Ice")
    Change.objects.filter(collection="videos").update(at=timezone.now() - timedelta(days=10))

    def found(**query: Any) -> set[str]:
        return {row.title for row in rows(senior, "publications_report", kind="new", **query)}

    assert found() >= {"Winter patrol", "Une histoire", "Ice"}
    assert found(locale="fr", collection="news") == {"Une histoire"}
    assert found(collection="videos") == {"Ice"}
    week_ago = f"{timezone.now() - timedelta(days=7):%Y-%m-%d}"
    assert "Ice" in found(at_to=week_ago)
    assert "Ice" not in found(at_from=week_ago)
    assert rows(senior, "publications_report", kind="withdrawn") == []


def test_refreshes_are_told_to_who_asks_for_them(senior: Client) -> None:
    make_news("Winter patrol")
    make_video("Ice")
    Change.objects.filter(collection="videos").update(kind="refresh")
    assert {row.collection for row in rows(senior, "publications_report")} >= {"news"}
    assert "refresh" not in {row.kind for row in rows(senior, "publications_report")}
    assert {row.kind for row in rows(senior, "publications_report", kind="refresh")} == {"refresh"}
    assert {row.kind for row in rows(senior, "publications_report", kind=["refresh", "new"])} == {"refresh", "new"}


def test_a_page_that_is_gone_is_told_by_its_address(senior: Client) -> None:
    page = make_news("Winter patrol")
    path = PublishedDocument.objects.get(page_id=page.pk).path
    page.delete()
    gone = rows(senior, "publications_report", kind="withdrawn")[0]
    assert (gone.title, gone.edit_url) == (path, None)


def test_publications_link_only_to_pages_that_one_may_edit(media_desk: Client) -> None:
    make_news("Winter patrol")
    make_video("Ice")
    linked = {row.title: bool(row.edit_url) for row in rows(media_desk, "publications_report", kind="new")}
    assert linked["Ice"]
    assert not linked["Winter patrol"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_publications_are_exported_in_words(senior: Client, form: str) -> None:
    make_news("Winter patrol")
    response = senior.get(reverse("publications_report"), {"export": form})
    assert response.status_code == 200
    content = response.getvalue()
    if form == "csv":
        assert ",New,News,en,Winter patrol,/en/" in content.decode()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_of_an_export_is_a_formula(senior: Client, form: str) -> None:
    make_news("=HYPERLINK(1)")
    content = senior.get(reverse("publications_report"), {"export": form}).getvalue()
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert "=HYPERLINK(1)" not in cells


# Held up


def park(title: str, **fields: Any) -> Any:
    """A page whose scheduled publication failed."""
    page = make_news(title, publish=False)
    revision = page.save_revision()
    revision.approved_go_live_at = timezone.now() - timedelta(minutes=3)
    revision.save()
    values = {"error": TRACEBACK, "attempts": 4, "next_attempt_at": timezone.now() + timedelta(minutes=16)}
    ParkedPublication.objects.create(pk=page.pk, **values | fields)
    return page


TRACEBACK = """Traceback (most recent call last):
  File "/srv/delivery/sync.py", line 12, in render
    raise
django.db.utils.OperationalError: canceling statement due to lock timeout
CONTEXT:  while locking tuple
"""


def test_what_is_held_up_is_told_in_words_and_tried_again(senior: Client) -> None:
    page = park("Winter patrol")
    html = senior.get(reverse("held_up_report")).content.decode()
    assert "The database could not be reached, or had too much to do." in html
    assert "OperationalError: canceling statement due to lock timeout" in html
    assert "/srv/" not in html
    assert "Just now" not in html  # it is tried in a quarter of an hour
    assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in html
    again = reverse("try_publication_again", args=[page.pk])
    assert f'action="{again}"' in html

    assert schedule.publish_due() == 0
    assert senior.get(again).status_code == 405
    response = senior.post(again)
    assert response.status_code == 302
    assert schedule.publish_due() == 1
    assert PublishedDocument.objects.filter(page_id=page.pk).exists()
    assert rows(senior, "held_up_report") == []
    assert "Nothing is held up" in senior.get(reverse("held_up_report")).content.decode()


def test_the_button_works_with_csrf_checks(senior: Any) -> None:
    page = park("Winter patrol")
    client = Client(enforce_csrf_checks=True)
    client.force_login(senior.user)
    html = client.get(reverse("held_up_report")).content.decode()
    token = html.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    again = reverse("try_publication_again", args=[page.pk])
    assert client.post(again).status_code == 403
    assert client.post(again, {"csrfmiddlewaretoken": token}).status_code == 302
    assert ParkedPublication.objects.get().next_attempt_at <= timezone.now()


def test_what_fails_again_comes_back(senior: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = park("Winter patrol", attempts=1)

    def broken(*_arguments: Any, **_words: Any) -> Any:
        raise FileNotFoundError("harbour.jpg")

    monkeypatch.setattr(news_documents, "image_to_json", broken)
    senior.post(reverse("try_publication_again", args=[page.pk]))
    assert schedule.publish_due() == 0
    row = rows(senior, "held_up_report")[0]
    assert row.attempts == 2
    assert row.next_attempt_at > timezone.now()
    assert str(row.reason) == "A file that the page shows is missing."


def test_what_the_clock_will_not_try_is_not_held_up(senior: Client) -> None:
    published, deleted = park("Published by hand"), park("Deleted")
    published.save_revision().publish()
    deleted.delete()
    assert rows(senior, "held_up_report") == []
    response = senior.post(reverse("try_publication_again", args=[published.pk]), follow=True)
    assert "It is not held up any more." in response.content.decode()


def test_an_end_of_publication_is_held_up_too(senior: Client) -> None:
    page = make_news("Winter patrol")
    page.expire_at = timezone.now() - timedelta(minutes=1)
    page.save()
    ParkedPublication.objects.create(pk=page.pk, error="x", next_attempt_at=timezone.now() + timedelta(hours=1))
    assert "End of publication" in senior.get(reverse("held_up_report")).content.decode()


def test_titles_under_embargo_are_for_who_may_publish_the_page(media_desk: Client, editor: Client) -> None:
    page = park("A secret rescue")
    assert "A secret rescue" not in media_desk.get(reverse("held_up_report")).content.decode()
    before = ParkedPublication.objects.get().next_attempt_at
    for client in (media_desk, editor):
        assert client.post(reverse("try_publication_again", args=[page.pk])).status_code == 302
    assert ParkedPublication.objects.get().next_attempt_at == before


def test_documents_that_wait_are_counted(senior: Client) -> None:
    for number in range(3):
        make_news(f"Story {number}")
    PublishedDocument.objects.filter(collection="news").update(depends_on=["image:7"])
    last = PublishedDocument.objects.filter(collection="news").order_by("pk").last()
    assert last is not None
    Refresh.objects.all().delete()
    Refresh.objects.create(dependency="image:7")
    Refresh.objects.create(dependency="image:7", cursor=last.pk - 1)
    Refresh.objects.create(dependency="topic:nobody")
    shown = senior.get(reverse("held_up_report")).context["refreshes"]
    assert [(str(row.changed), row.documents) for row in shown] == [("A picture", 3), ("A picture", 1), ("A topic", 0)]


@pytest.mark.parametrize(
    ("traceback", "name"),
    [
        ("", ""),
        ("nonsense", "nonsense"),
        ("Traceback:\nKeyError: 'x'\n\nDuring handling:\nhome.errors.Bad: worse", "Bad: worse"),
        ("django.core.exceptions.ValidationError: {'slug': ['x']}", "ValidationError: {'slug': ['x']}"),
        ("a.b.LeaseLost", "LeaseLost: "),
    ],
)
def test_the_last_error_of_a_traceback_counts(traceback: str, name: str) -> None:
    from home.wagtail_hooks.held_up import reason

    words, technical = reason(traceback)
    assert str(words)
    assert technical == name


# All of them


def fill(report: str, start: int, end: int) -> None:
    for number in range(start, end):
        if report == "publications_report":
            make_news(f"Story {number}")
        else:
            park(f"Story {number}")
            Refresh.objects.create(dependency=f"image:{number}")


@pytest.mark.parametrize("report", REPORTS)
def test_ten_rows_more_cost_no_query(senior: Client, report: str) -> None:
    fill(report, 0, 5)
    senior.get(reverse(report))
    few, shown = queries(senior, report), len(rows(senior, report))
    fill(report, 5, 15)
    assert len(rows(senior, report)) == shown + 10
    assert queries(senior, report) == few
