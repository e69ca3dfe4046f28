"""A newsletter's people as a file: who is in it, how far it is, and when it is gone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from jobs.models import JobState
from newsletter import erasure, exports, tasks
from newsletter.models import Author, Export, ExportPart, NewsletterList, Subscriber, Subscription
from tests.admin.conftest import Person, migrations_table
from tests.newsletter.conftest import ADA, Reader
from tests.newsletter.desk import desk, html, page, woken

__all__ = ["desk", "migrations_table", "woken"]
pytestmark = pytest.mark.django_db


def subscribe(one: NewsletterList, count: int, first: int = 0) -> None:
    """So many get a newsletter."""
    people = Subscriber.objects.bulk_create(
        Subscriber(email=f"reader{number:03}@press.example") for number in range(first, first + count)
    )
    what = {"list": one, "is_active": True, "changed_at": timezone.now(), "changed_by": Author.NEWSROOM}
    Subscription.objects.bulk_create(Subscription(subscriber=each, **what) for each in people)


def begun(one: NewsletterList) -> Export:
    return exports.begin(one, "en", None)


def lines_of(job: Export) -> list[str]:
    """The file, when it is written."""
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    return b"".join(exports.content_of(job)).decode().splitlines()


def test_an_export_is_wanted_followed_and_downloaded(
    desk: Person, reader: Reader, weekly: NewsletterList, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    token = reader.subscribe("weekly", locale="fr")
    reader.post("subscriptions/unsubscribe/", {"token": token})
    reader.subscribe("weekly", email="=cmd@press.example")
    url = page("newsletters:export", weekly.pk)
    assert "<progress" not in html(desk, url)
    with django_capture_on_commit_callbacks(execute=True):
        shown = desk.post(url, follow=True).content.decode()
    assert woken == ["newsletter.tasks.run_exports"]
    assert "0 of 2 lines, 0 %" in shown
    part = desk.get(url, headers={"x-requested-with": "XMLHttpRequest"}).content.decode()
    assert "<progress" in part
    assert "<html" not in part
    tasks.run_exports()
    job = Export.objects.get()
    shown = html(desk, url)
    assert "<progress" not in shown
    file = page("newsletters:exported_file", job.pk)
    assert file in shown
    answer: Any = desk.get(file)
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "\ufeffE-mail,Language,State,Since,By"
    assert lines[1].startswith(f"{ADA},fr,Left,")
    assert lines[1].endswith('"The person, here"')
    assert lines[2].startswith("'=cmd@press.example,en,Subscribed,")
    assert len(lines) == 3
    entry = ModelLogEntry.objects.get(action="newsletter.export")
    assert (entry.user, entry.data) == (desk.user, {"rows": 2})


def test_a_file_that_is_not_written_to_its_end_is_not_there(desk: Person, weekly: NewsletterList) -> None:
    assert desk.get(page("newsletters:exported_file", begun(weekly).pk)).status_code == 404


def test_who_may_not_see_subscribers_gets_no_file(weekly: NewsletterList) -> None:
    job = begun(weekly)
    tasks.run_exports()
    editor = Person("Editors")
    assert editor.get(page("newsletters:exported_file", job.pk)).status_code == 302
    assert editor.post(page("newsletters:export", weekly.pk)).status_code == 302
    assert Export.objects.count() == 1
    assert not ModelLogEntry.objects.filter(action="newsletter.export").exists()


def test_an_export_is_in_the_language_of_who_wants_it(weekly: NewsletterList) -> None:
    subscribe(weekly, 1)
    job = exports.begin(weekly, "fr", None)
    tasks.run_exports()
    lines = lines_of(job)
    assert lines[0] == "\ufeffAdresse électronique,Langue,État,Depuis,Par"
    assert ",Abonné," in lines[1]


def test_a_newsletter_of_nobody_is_exported(weekly: NewsletterList) -> None:
    job = begun(weekly)
    tasks.run_exports()
    assert lines_of(job) == ["\ufeffE-mail,Language,State,Since,By"]


def test_who_presses_twice_gets_one_export(desk: Person, weekly: NewsletterList) -> None:
    for _press in range(2):
        desk.post(page("newsletters:export", weekly.pk))
    assert Export.objects.count() == 1


class Killed(BaseException):
    """As when a worker is killed."""


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_worker_that_is_killed_half_way_leaves_nobody_out_and_nobody_twice(
    weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 10)
    subscribe(weekly, 30)
    job = begun(weekly)
    write, parts = exports._row, []

    def dying(one: Subscription) -> list[str]:
        parts.append(one)
        if len(parts) == 10 * after:
            raise Killed
        return write(one)

    with monkeypatch.context() as patch:
        patch.setattr(exports, "_row", dying)
        with pytest.raises(Killed):
            exports.run_next()
    assert ExportPart.objects.count() == after - 1
    Export.objects.update(leased_until="2020-01-01T00:00Z")
    tasks.sweep_exports()
    assert exports.run_next()
    lines = lines_of(job)
    assert lines[0].startswith("\ufeffE-mail")
    assert [line.split(",")[0] for line in lines[1:]] == [f"reader{number:03}@press.example" for number in range(30)]
    job.refresh_from_db()
    assert (job.position, job.percent) == (30, 100)


def test_an_export_left_by_a_dead_worker_is_found_again(weekly: NewsletterList, woken: list[str]) -> None:
    begun(weekly)
    Export.objects.update(state=JobState.RUNNING, attempts=1, leased_until="2020-01-01T00:00Z")
    tasks.sweep_exports()
    assert woken == ["newsletter.tasks.run_exports"]


def test_a_failure_is_told_and_a_new_export_can_be_wanted(desk: Person, weekly: NewsletterList) -> None:
    Export.objects.filter(pk=begun(weekly).pk).update(state=JobState.FAILED, error="ValueError: no")
    url = page("newsletters:export", weekly.pk)
    assert "It stopped after 0 of 0 lines" in html(desk, url)
    desk.post(url)
    assert Export.objects.filter(state=JobState.QUEUED).count() == 1


def test_more_people_cost_no_more_queries_a_part(weekly: NewsletterList) -> None:
    counts: list[int] = []
    for number in (1, 50):
        subscribe(weekly, number, first=100 * len(counts))
        begun(weekly)
        with CaptureQueriesContext(connection) as queries:
            assert exports.run_next()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_file_is_gone_after_a_day(desk: Person, weekly: NewsletterList) -> None:
    subscribe(weekly, 1)
    for _day in range(2):
        begun(weekly)
        tasks.run_exports()
    old, new = Export.objects.order_by("pk")
    Export.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(hours=25))
    tasks.sweep_exports()
    assert desk.get(page("newsletters:exported_file", old.pk)).status_code == 404
    assert desk.get(page("newsletters:exported_file", new.pk)).status_code == 200
    assert list(ExportPart.objects.values_list("export", flat=True)) == [new.pk]


def test_who_is_erased_is_in_no_file_any_more(reader: Reader, weekly: NewsletterList, press: NewsletterList) -> None:
    reader.subscribe("weekly")
    reader.subscribe("press", email="ben@press.example")
    for one in (weekly, press):
        begun(one)
        tasks.run_exports()
    erasure.erase(ADA)
    assert list(Export.objects.values_list("list__slug", flat=True)) == ["press"]
    assert ADA.encode() not in b"".join(bytes(part.content) for part in ExportPart.objects.all())
