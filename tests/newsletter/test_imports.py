"""Tables of addresses: who is subscribed by one, who never is, and what is left when a worker dies half-way."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.models import JobState
from newsletter import acts, erasure
from newsletter.errors import BadTable
from newsletter.imports import running
from newsletter.imports.reading import lines_of, table_of
from newsletter.models import (
    Author,
    Contact,
    Import,
    NewsletterList,
    RefusedLine,
    Subscriber,
    Subscription,
    SubscriptionChange,
    Suppression,
)
from tests.newsletter.conftest import ADA, Chimp, Reader

CONSENT = "The stand at the boat show, cards signed in May."


def upload(one: NewsletterList, *lines: str, **stated: Any) -> Import:
    """A table with these lines below `e-mail;language`, which waits."""
    table = "\r\n".join(["e-mail;language", *lines]).encode()
    return running.begin(one, table, "cards.csv", consent=CONSENT, language="en", **stated)


def done(job: Import) -> Import:
    """The same when it is over."""
    assert running.run_next()
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    return job


def reasons(job: Import) -> dict[int, str]:
    return dict(job.refused_lines.values_list("line", "reason"))


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("e-mail,language\nada@press.example,fr\n", [(2, "ada@press.example", "fr")]),
        ("\ufeffNom;Courriel;Langue\r\nAda;ada@press.example;Français\r\n", [(2, "ada@press.example", "fr")]),
        ("Nom;Adresse;E-mail\nAda;1, quai du Port;ada@press.example", [(2, "ada@press.example", "")]),
        ("Nom;Adresse\nAda;ada@press.example", [(2, "ada@press.example", "")]),
        ("Nom;Adresse\nBen;\nAda;ada@press.example", [(2, "", ""), (3, "ada@press.example", "")]),
        ("Name\tE-mail\rAda\tada@press.example", [(2, "ada@press.example", "")]),
        ("ada@press.example\n\nben@press.example", [(1, "ada@press.example", ""), (3, "ben@press.example", "")]),
        ('e-mail,name\nada@press.example,"Ada\nben@press.example,Ben', [(2, ADA, ""), (3, "ben@press.example", "")]),
        ('"ada@press.example";"en"', [(1, "ada@press.example", "en")]),
    ],
)
def test_tables_of_all_programs_are_read(content: str, read: list[tuple[int, str, str]]) -> None:
    table = table_of(content.encode())
    assert [(line.number, line.address, line.language) for line in lines_of(table.text)] == read


def test_a_table_of_an_old_excel_is_read() -> None:
    table = table_of("Prénom;Adresse électronique\nÉlodie;elodie@press.example".encode("windows-1252"))
    assert [line.address for line in lines_of(table.text)] == ["elodie@press.example"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04\x00\x00", "no text"),
        (b"e-mail\nada@press.example\0", "no text"),
        (b"\x81\x8d\xff", "no text"),
        (b"e-mail\n" + b"a" * 6000, "Line 2 is too long"),
        (b"name,town\nAda,Valmer", "No column has addresses"),
        (b"Nom;Adresse;Contact\nAda;1, quai du Port;ada@press.example", "column “Adresse” has no e-mail"),
        (b"e-mail,name\n,Ada\nben,Ben", "column “e-mail” has no e-mail"),
        (b"", "nothing in the table"),
        (b"e-mail\n", "nothing in the table"),
        (b"a" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (b"e-mail\n" + b"a@b.example\n" * 200_001, "more than 200,000 lines"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, reason: str) -> None:
    with pytest.raises(BadTable, match=reason):
        table_of(content)


@pytest.mark.django_db
def test_people_of_a_table_are_subscribed_with_the_proof_of_their_consent(weekly: NewsletterList) -> None:
    job = done(upload(weekly, "Ada@Press.example;fr", "ben@press.example;"))
    assert (job.taken, job.already, job.refused) == (2, 0, 0)
    ada = Subscriber.objects.get(email=ADA)
    assert ada.language == "fr"
    assert Subscriber.objects.get(email="ben@press.example").language == "en"
    subscription = ada.subscriptions.get()
    assert (subscription.is_active, subscription.changed_by) == (True, Author.NEWSROOM)
    assert SubscriptionChange.objects.get(subscriber=ada).imported == job
    assert not job.table


@pytest.mark.django_db
def test_each_line_that_subscribes_nobody_is_told_with_its_reason(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    lines = [ADA, "no address", "ben@press.example", "BEN@press.example ", "@", "x" * 300 + "@press.example"]
    job = done(upload(weekly, *lines))
    assert (job.taken, job.already, job.refused) == (1, 1, 4)
    assert reasons(job) == {3: "invalid", 5: "duplicate", 6: "invalid", 7: "invalid"}


@pytest.mark.django_db
def test_nobody_who_left_is_brought_back(reader: Reader, weekly: NewsletterList, press: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    reader.post("subscriptions/unsubscribe/", {"token": token})
    for one in (weekly, press):
        job = done(upload(one, ADA))
        assert (job.taken, reasons(job)) == (0, {2: "suppressed"})
    assert reader.gets(token) == []


@pytest.mark.django_db
def test_nobody_who_was_erased_is_brought_back(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    erasure.erase(ADA)
    job = done(upload(weekly, f"{ADA};fr"))
    assert (job.taken, reasons(job)) == (0, {2: "suppressed"})
    assert not Subscriber.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("goes", ["leaves", "is erased"])
def test_nobody_is_brought_back_by_the_address_that_they_had_before(
    reader: Reader, chimp: Chimp, weekly: NewsletterList, goes: str
) -> None:
    token = reader.subscribe("weekly")
    chimp.settle()
    chimp.double.changes_address(chimp.id, ADA, "ada@gazette.example")
    chimp.settle()
    if goes == "leaves":
        reader.post("subscriptions/unsubscribe/", {"token": token})
    else:
        # Also what was moved before anybody kept the address of before.
        Suppression.objects.all().delete()
        erasure.erase("ada@gazette.example")
    chimp.settle()
    job = done(upload(weekly, ADA))
    chimp.settle()
    assert (job.taken, reasons(job)) == (0, {2: "suppressed"})
    assert chimp.status() == ""
    # They themselves may.
    assert reader.gets(reader.subscribe("weekly")) == ["weekly"]


@pytest.mark.django_db
def test_who_gets_another_list_can_be_given_this_one(
    reader: Reader, weekly: NewsletterList, press: NewsletterList
) -> None:
    token = reader.subscribe("press")
    assert done(upload(weekly, ADA)).taken == 1
    assert reader.gets(token) == ["press", "weekly"]


@pytest.mark.django_db
def test_mailchimp_is_told_and_its_refusals_hold(chimp: Chimp, weekly: NewsletterList) -> None:
    for email in ("ben@press.example", "cleo@press.example"):
        chimp.double.person_signs_up(chimp.id, email)
        chimp.double.person_unsubscribes(chimp.id, email)
    # Of Cleo it was heard before; of Ben it is only when he is to be added.
    chimp.double.webhooks.drop()
    job = upload(weekly, ADA, "ben@press.example")
    done(job)
    chimp.settle()
    assert chimp.status() == "subscribed"
    assert chimp.groups() == {"Weekly"}
    assert chimp.status("ben@press.example") == "unsubscribed"
    assert list(Subscription.objects.filter(is_active=True).values_list("subscriber__email", flat=True)) == [ADA]
    again = done(upload(weekly, "ben@press.example"))
    assert reasons(again) == {2: "suppressed"}


@pytest.mark.django_db
def test_a_lot_of_lines_takes_as_many_queries_as_one_line(chimp: Chimp, weekly: NewsletterList) -> None:
    counts = []
    for first, number in ((0, 1), (1, 60)):
        job = upload(weekly, *(f"reader{each}@press.example" for each in range(first, first + number)), "no address")
        with CaptureQueriesContext(connection) as queries:
            assert done(job).taken == number
        counts.append(len(queries))
        assert reasons(job) == {number + 2: "invalid"}
    assert counts[0] == counts[1]
    assert Contact.objects.filter(audience=chimp.audience).count() == 61


class Killed(BaseException):
    """As when a worker is killed."""


@pytest.mark.django_db
@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_worker_that_is_killed_half_way_loses_no_line_and_takes_none_twice(
    weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    monkeypatch.setattr(running, "CHUNK", 10)
    people = [f"reader{number}@press.example" for number in range(45)]
    job = upload(weekly, *people, people[0], "no address")
    subscribe, lots = acts.subscribe_new, []

    def dying(*args: Any) -> None:
        lots.append(args)
        if len(lots) == 3 and dies == "before":
            raise Killed
        subscribe(*args)
        if len(lots) == 3:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(acts, "subscribe_new", dying)
        with pytest.raises(Killed):
            running.run_next()
    assert SubscriptionChange.objects.count() == 20
    Import.objects.update(leased_until="2020-01-01T00:00Z")
    job = done(job)
    assert (job.taken, job.already, job.refused) == (45, 0, 2)
    assert SubscriptionChange.objects.count() == Subscription.objects.count() == 45
    assert reasons(job) == {47: "duplicate", 48: "invalid"}


@pytest.mark.django_db
def test_a_failure_is_told_and_what_was_done_stays(weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(weekly, ADA)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_take", lambda *_: 1 / 0)
        running.run_next()
    job.refresh_from_db()
    assert (job.state, job.position) == (JobState.QUEUED, 0)
    assert "ZeroDivisionError" in job.error
    Import.objects.update(due_at="2020-01-01T00:00Z")
    assert done(job).taken == 1
    assert not RefusedLine.objects.exists()
