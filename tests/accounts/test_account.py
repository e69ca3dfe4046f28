"""`account/`: who is logged in, what he may change, what he accepts, what he downloaded."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.decisions import Act, Details, decide, decisions_on
from accounts.models import AccountSettings, MediaAccount, Undertaking, UsageEntry
from home.mail.letters import write_letter
from home.models import Mail
from tests.accounts.conftest import PASSWORD, Person
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db

YESTERDAY = timedelta(days=-1)


def make_terms(version: str = "2026-11", kind: str = "usage", since: timedelta = YESTERDAY) -> Undertaking:
    return Undertaking.objects.create(
        kind=kind, version=version, text_en="Name us.", text_fr="Nommez-nous.", in_force_from=timezone.now() + since
    )


def test_who_is_not_logged_in_has_no_account_and_reads_what_is_public() -> None:
    answer = Person().api("GET", "account/")
    assert answer.status_code == 200
    told = answer.json()
    assert (told.pop("opens"), told.pop("has_to_accept")) == (["public"], [])
    assert told == {"account": None, "quota": None, "newsletters": None}
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies


def test_account_tells_who_it_is_and_what_it_opens(person: Person) -> None:
    person.enter()
    told = person.who()
    assert told["account"]["email"] == "ana@press.example"
    assert told["account"]["organisation"] == "Radio Corvane"
    assert (told["account"]["level"], told["opens"]) == ("registered", ["public", "registered"])
    assert told["quota"]["left"] == told["quota"]["limit"] > 0
    MediaAccount.objects.update(accredited_until=timezone.localdate())
    assert person.who()["opens"] == ["public", "registered", "accredited"]
    MediaAccount.objects.update(blocked_at=timezone.now())
    assert (person.who()["account"]["level"], person.who()["opens"]) == ("blocked", [])


def test_owner_changes_his_profile(person: Person) -> None:
    person.enter()
    answer = person.api("PATCH", "account/", {"name": " Ana D. ", "country": "FR", "kind": "press", "language": "fr"})
    assert answer.status_code == 200, answer.content
    account = MediaAccount.objects.get()
    assert (account.name, account.country, account.kind, account.language) == ("Ana D.", "FR", "press", "fr")
    assert account.organisation == "Radio Corvane"


@pytest.mark.parametrize(
    "field",
    "is_staff is_superuser is_media approved_at blocked_at level accredited_until quota media_email email note user "
    "user_id username password registered_at".split(),
)
def test_nothing_else_can_be_set_from_outside(field: str) -> None:
    person = Person().enter()
    before = MediaAccount.objects.values().get(), person.who()
    answer = person.api("PATCH", "account/", {"name": "Eve", field: "accredited"})
    assert answer.status_code == 422
    assert [one["parameter"] for one in answer.json()["errors"]] == [field]
    assert (MediaAccount.objects.values().get(), person.who()) == before


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"name": None},
        {"name": "a\nb"},
        {"name": "a\0b"},
        {"name": "\ud800"},
        {"name": "a" * 121},
        {"country": "XX"},
        {"country": "fr"},
        {"kind": "spy"},
        {"language": "de"},
    ],
)
def test_values_that_cannot_be_are_refused_by_name(change: Any) -> None:
    answer = Person().enter().api("PATCH", "account/", change)
    assert answer.status_code == 422
    assert [one["parameter"] for one in answer.json()["errors"]] == list(change)


def test_page_of_another_site_changes_nothing() -> None:
    person = Person().enter()
    assert person.api("PATCH", "account/", {"name": "Eve"}, x_csrftoken="bent").status_code == 403
    assert person.api("PATCH", "account/", {"name": "Eve"}, x_csrftoken="bent", x_session_token="").status_code == 403
    assert MediaAccount.objects.get().name == "Ana Duarte"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "account/", {"name": "Eve"}),
        ("DELETE", "account/", {"password": "x"}),
        ("GET", "account/downloads/", None),
        ("GET", "account/export/", None),
        ("POST", "account/undertakings/", {"kind": "usage", "version": "1"}),
    ],
)
def test_who_is_not_logged_in_is_told_so(method: str, path: str, body: Any) -> None:
    answer = Person(language="fr").api(method, path, body)
    assert answer.status_code == 401
    assert "Connectez-vous" in answer.json()["detail"]


def test_terms_are_read_by_everybody_in_his_language() -> None:
    make_terms("2026-10", since=timedelta(days=-9))
    make_terms("2026-11")
    make_terms("2027-01", since=timedelta(days=1))
    answer = Person(language="fr").api("GET", "account/undertakings/")
    (terms,) = answer.json()["items"]
    assert (terms["kind"], terms["version"], terms["text"]) == ("usage", "2026-11", "Nommez-nous.")
    assert terms["accepted_at"] is None
    assert answer["Cache-Control"] == "private, no-store"


def test_new_terms_close_until_they_are_accepted(person: Person) -> None:
    person.enter()
    make_terms("2026-10", since=timedelta(days=-9))
    make_terms("2026-11")
    assert person.who()["opens"] == ["public"]
    assert person.who()["has_to_accept"] == [{"kind": "usage", "version": "2026-11"}]
    old = person.api("POST", "account/undertakings/", {"kind": "usage", "version": "2026-10"})
    assert old.status_code == 409
    assert "2026-11" in old.json()["detail"]
    for _again in range(2):
        answer = person.api("POST", "account/undertakings/", {"kind": "usage", "version": "2026-11"})
        assert answer.status_code == 200, answer.content
        assert answer.json()["accepted_at"]
    assert (person.who()["opens"], person.who()["has_to_accept"]) == (["public", "registered"], [])
    assert person.api("GET", "account/undertakings/").json()["items"][0]["accepted_at"]


def test_terms_of_accreditation_close_only_what_is_for_accredited_media() -> None:
    person = Person().enter()
    make_terms(kind="accreditation", version="2026-07")
    assert person.who()["opens"] == ["public", "registered"]
    refused = person.api("POST", "account/undertakings/", {"kind": "accreditation", "version": "2026-07"})
    assert refused.status_code == 409
    decide(Act.ACCREDIT, person.account.pk, make_editor("Senior editors"), None, Details(until=timezone.localdate()))
    mail = Mail.objects.latest("pk")
    letter = write_letter(mail.template, "en", mail.context)
    assert "opens once you have accepted the terms" in letter.text
    assert settings.HEADLESS_FRONTEND_URLS["account_terms"] in letter.text
    assert person.who()["opens"] == ["public", "registered"]
    assert person.who()["has_to_accept"] == [{"kind": "accreditation", "version": "2026-07"}]
    person.api("POST", "account/undertakings/", {"kind": "accreditation", "version": "2026-07"})
    assert person.who()["opens"] == ["public", "registered", "accredited"]


def test_own_downloads_come_newest_first_page_by_page() -> None:
    person = Person().enter()
    other = MediaAccount.objects.create_confirmed("bo@press.example")
    moment = timezone.now()
    for number in range(5):
        # Two of the same moment, and one of somebody else.
        UsageEntry.objects.create(
            account=other if number == 4 else person.account,
            action="download",
            title=f"Video {number}",
            at=moment + timedelta(minutes=number // 2),
        )
    titles, path = [], "account/downloads/?limit=2"
    while path:
        answer = person.api("GET", path).json()
        titles += [one["title"] for one in answer["items"]]
        path = f"account/downloads/?limit=2&cursor={answer['next']}" if answer["next"] else ""
    assert titles == ["Video 3", "Video 2", "Video 1", "Video 0"]


@pytest.mark.parametrize("level", ["accredited", "pending"])
def test_newsroom_learns_that_an_account_has_another_address(level: str) -> None:
    AccountSettings.objects.update_or_create(defaults={"told_by_mail": "desk@openseas.example"})
    facts: Any = {"approved_at": None} if level == "pending" else {"accredited_until": timezone.localdate()}
    person = Person().enter(**facts)
    person.change_address("bo@press.example")
    account = MediaAccount.objects.get()
    (entry,) = decisions_on(account)
    assert str(entry.comment).endswith("ana@press.example → bo@press.example")
    assert bool(account.profile_changed_at) == (level == "accredited")
    told = list(Mail.objects.filter(template="profile_changed"))
    assert [mail.to for mail in told] == ["desk@openseas.example"] * (level == "accredited")
    for mail in told:
        letter = write_letter(mail.template, mail.language, mail.context)
        assert "ana@press.example" in letter.text
        assert "bo@press.example" in letter.text
    assert person.api("DELETE", "account/", {"password": PASSWORD}).status_code == 204
    assert "press.example" not in str(list(ModelLogEntry.objects.values()))
