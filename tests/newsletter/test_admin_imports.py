"""Tables of addresses in the admin: uploaded, followed, and what became of each line."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jobs.models import JobState
from newsletter import tasks
from newsletter.imports import running
from newsletter.models import Import, NewsletterList, Subscriber
from tests.admin.conftest import Person, migrations_table
from tests.newsletter.conftest import ADA, Reader
from tests.newsletter.desk import desk, html, page, woken

__all__ = ["desk", "migrations_table", "woken"]
pytestmark = pytest.mark.django_db

CONSENT = "Cards signed at the boat show."


def upload(desk: Person, one: NewsletterList, content: bytes, **changed: Any) -> Any:
    """Send the form."""
    file = SimpleUploadedFile("cards.csv", content, "text/csv")
    form = {"list": one.pk, "file": file, "language": "en", "consent": CONSENT} | changed
    return desk.post(page("newsletter_imports:add"), form, follow=True)


def test_a_table_is_uploaded_and_its_lines_are_told(
    desk: Person, reader: Reader, weekly: NewsletterList, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    reader.subscribe("weekly")
    table = f"e-mail;langue\n{ADA};fr\nben@press.example;fr\nBen@press.example;fr\nnobody;en\n"
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(desk, weekly, table.encode())
    assert woken == ["newsletter.tasks.run_imports"]
    shown = answer.content.decode()
    assert "<progress" in shown
    assert "0 of 5 lines, 0 %" in shown
    assert CONSENT in shown
    tasks.run_imports()
    job = Import.objects.get()
    assert job.by == desk.user
    shown = html(desk, page("newsletter_imports:inspect", job.pk))
    assert "<progress" not in shown
    for told in ("<dt>Subscribed</dt><dd>1</dd>", "<dt>Already there</dt><dd>1</dd>", "<dt>Refused</dt><dd>2</dd>"):
        assert told in shown
    assert "<td>4</td><td>The same address stands further up</td>" in shown
    assert "<td>5</td><td>No valid address</td>" in shown
    file: Any = desk.get(page("newsletter_imports:refused", job.pk))
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert lines == ["\ufeffLine,Reason", "4,The same address stands further up", "5,No valid address"]
    person = Subscriber.objects.get(email="ben@press.example")
    assert CONSENT in html(desk, page("newsletter_subscribers:inspect", person.pk))
    assert "cards.csv" in html(desk, page("newsletter_imports"))


def test_who_follows_an_import_gets_what_changes_alone(desk: Person, weekly: NewsletterList) -> None:
    upload(desk, weekly, ADA.encode())
    url = page("newsletter_imports:inspect", Import.objects.get().pk)
    part = desk.get(url, headers={"x-requested-with": "XMLHttpRequest"}).content.decode()
    assert "<progress" in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04\x00", "This is no text"),
        (b"name\nAda", "No column has addresses"),
        (b"e-mail\n" + b"x" * 9000, "Line 2 is too long"),
        (b"e-mail\n" + b"a@b.example\n" * 900_000, "larger than 10 MB"),
    ],
)
def test_what_is_no_table_is_refused_at_its_field(
    desk: Person, weekly: NewsletterList, content: bytes, told: str
) -> None:
    shown = upload(desk, weekly, content).content.decode()
    assert told in shown
    assert CONSENT in shown
    assert not Import.objects.exists()


def test_an_import_needs_to_say_where_the_consent_comes_from(desk: Person, weekly: NewsletterList) -> None:
    assert "This field is required" in upload(desk, weekly, ADA.encode(), consent=" ").content.decode()
    assert not Import.objects.exists()


def test_the_newsletter_that_one_comes_from_is_chosen(desk: Person, weekly: NewsletterList) -> None:
    shown = html(desk, f"{page('newsletter_imports:add')}?list={weekly.pk}")
    assert f'<option value="{weekly.pk}" selected>' in shown


def test_what_failed_goes_on_at_a_press(desk: Person, weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(desk, weekly, ADA.encode())
    Import.objects.update(attempts=Import.most_attempts - 1)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_take", lambda *_: 1 / 0)
        tasks.run_imports()
    job = Import.objects.get()
    assert job.state == JobState.FAILED
    assert "It stopped after 0 of 1 lines" in html(desk, page("newsletter_imports:inspect", job.pk))
    assert "goes on" in desk.post(reverse("newsletter_imports:go_on", args=[job.pk]), follow=True).content.decode()
    tasks.run_imports()
    job.refresh_from_db()
    assert (job.state, job.taken) == (JobState.DONE, 1)
    told = desk.post(reverse("newsletter_imports:go_on", args=[job.pk]), follow=True).content.decode()
    assert "has not failed" in told


def test_a_table_left_by_a_dead_worker_is_found_again(desk: Person, weekly: NewsletterList, woken: list[str]) -> None:
    upload(desk, weekly, ADA.encode())
    Import.objects.update(state=JobState.RUNNING, attempts=1, leased_until="2020-01-01T00:00Z")
    woken.clear()
    tasks.sweep_imports()
    assert woken == ["newsletter.tasks.run_imports"]
    tasks.run_imports()
    assert Import.objects.get().taken == 1
