"""What is kept of a person is shown to him; and he can have it forgotten."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import KnownAddress, MediaAccount, UsageEntry, User
from accounts.wall import media_session
from home.mail import post
from home.models import Mail
from jobs.models import JobState
from newsletter.models import Author, NewsletterList, Subscriber
from tests.accounts.conftest import PASSWORD, Person, confirmed, last_mail
from tests.accounts.test_account import make_terms
from tests.factories.accounts import log_in
from tests.factories.footage import make_indexed_video
from videos.models import Clip, ClipRequest, Order

pytestmark = pytest.mark.django_db


def make_subscriber(*emails: str) -> None:
    """They get a newsletter."""
    weekly = NewsletterList.objects.create(slug="weekly", name_en="Weekly", name_fr="Hebdomadaire")
    for email in emails:
        person = Subscriber.objects.create(email=email)
        person.subscriptions.create(list=weekly, is_active=True, changed_at=timezone.now(), changed_by=Author.PERSON)


@pytest.fixture
def video(patrol: Any, files: Any) -> str:
    return str(make_indexed_video(patrol).translation_key)


def order_clip(person: Person, video: str, start: int = 1) -> str:
    answer = person.api("POST", f"videos/{video}/clips/", {"start": start, "end": start + 1})
    assert answer.status_code in (200, 202), answer.content
    return str(answer.json()["id"])


def test_export_has_everything_that_is_kept(person: Person, video: str) -> None:
    person.enter(note="Wrote to us in May.")
    terms = make_terms()
    person.account.accept(terms)
    UsageEntry.objects.create(account=person.account, action="download", title="Winter patrol")
    clip = order_clip(person, video)
    order = person.api("POST", "orders/", {"clips": [{"video": video, "start": 2, "end": 3, "label": "Quay"}]})
    person.api("PATCH", "account/", {"organisation": "Nordposten"})
    answer = person.api("GET", "account/export/")
    assert answer.status_code == 200, answer.content
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"
    told = answer.json()
    assert told["profile"]["name"] == "Ana Duarte"
    assert told["profile"]["note"] == "Wrote to us in May."
    assert told["addresses"] == [{"email": "ana@press.example", "is_confirmed": True}]
    assert [one["what"] for one in told["decisions"]] == ["profile"]
    assert "Radio Corvane → Nordposten" in told["decisions"][0]["about"]
    assert [one["version"] for one in told["acceptances"]] == [terms.version]
    assert [one["title"] for one in told["usage"]] == ["Winter patrol"]
    assert [one["ip"] for one in told["sessions"]] == ["192.0.2.1"]
    assert clip in [one["id"] for one in told["elsewhere"]["clips"]]
    assert [one["id"] for one in told["elsewhere"]["orders"]] == [order.json()["id"]]
    text = answer.content.decode()
    assert person.account.user.password not in text
    assert not any(session.session_key in text for session in Session.objects.all())


def test_erasure_leaves_nothing_of_the_person(person: Person, video: str) -> None:
    person.enter()
    elsewhere = Person().begin()
    elsewhere.log_in()
    person.account.accept(make_terms())
    UsageEntry.objects.create(account=person.account, organisation="Radio Corvane", action="download", title="Patrol")
    order_clip(person, video)
    person.api("POST", "orders/", {"clips": [{"video": video, "start": 2, "end": 3}]})
    answer = person.api("DELETE", "account/", {"password": PASSWORD})
    assert answer.status_code == 204, answer.content
    assert (User.objects.filter(is_media=True).count(), Order.objects.count(), ClipRequest.objects.count()) == (0, 0, 0)
    assert {clip.state for clip in Clip.objects.all()} == {JobState.CANCELLED}
    entry = UsageEntry.objects.get()
    assert (entry.title, entry.organisation, entry.account) == ("Patrol", "", None)
    assert not Session.objects.exists()
    for one in (person, elsewhere):
        assert one.who()["account"] is None
    assert [(mail.template, mail.to) for mail in Mail.objects.all()] == [("account_erased", "ana@press.example")]
    assert Person().begin().register(accepts="2026-11").status_code == 401
    assert last_mail() == "registration_code"


def test_clip_that_somebody_else_waits_for_stays(video: str) -> None:
    person, other = Person().enter(), Person().enter("bo@press.example")
    own, shared = order_clip(person, video, 1), order_clip(person, video, 2)
    assert order_clip(other, video, 2) == shared
    Clip.objects.filter(pk=own).update(state=JobState.DONE, file_name="clips/own.mp4", expires_at=timezone.now())
    assert person.api("DELETE", "account/", {"password": PASSWORD}).status_code == 204
    assert other.api("GET", f"clips/{shared}/").json()["status"] == "queued"
    assert not Clip.objects.filter(pk=own, expires_at__gt=timezone.now()).exists()


@pytest.mark.parametrize("body", [{"password": "Tide-and-Lantern-8"}, {"password": ""}, {"password": None}, {}])
def test_without_the_password_nothing_is_erased(body: Any) -> None:
    person = Person().enter()
    answer = person.api("DELETE", "account/", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "password"
    assert MediaAccount.objects.exists()
    assert person.api("DELETE", "account/", {"password": PASSWORD}, x_csrftoken="bent").status_code == 403
    assert MediaAccount.objects.exists()


def test_passwords_cannot_be_guessed_here() -> None:
    person = Person().enter()
    answers = [person.api("DELETE", "account/", {"password": f"guess {number}"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert person.api("DELETE", "account/", {"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(("seconds_ago", "status"), [(1, 204), (900, 401)])
def test_account_without_a_password_needs_a_recent_login(seconds_ago: int, status: int) -> None:
    person = Person().begin()
    account = MediaAccount.objects.create_confirmed("ana@press.example")
    log_in(person.http, account.user)
    session = media_session(person.http.cookies[settings.MEDIA_SESSION_COOKIE_NAME].value)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time() - seconds_ago}]
    session.save()
    assert person.api("DELETE", "account/", {}).status_code == status
    assert MediaAccount.objects.exists() == (status == 401)


def test_what_is_kept_of_addresses_of_before_is_shown_and_goes_too() -> None:
    person = Person().enter()
    make_subscriber("ana@press.example", "other@press.example")
    person.change_address("new@press.example")
    person.ask_for_address("pending@press.example")
    post("reset_unknown", "pending@press.example", "en", {})
    told = person.api("GET", "account/export/").json()
    assert {one["email"]: one["is_confirmed"] for one in told["addresses"]} == {
        "new@press.example": True,
        "ana@press.example": True,
        "pending@press.example": False,
    }
    assert {one["kind"] for one in told["mails"]} == {"email_change_code", "email_changed"}
    assert len(told["mails"]) == 3
    assert [one["newsletter"] for one in told["elsewhere"]["newsletters"]] == ["weekly"]
    assert person.api("DELETE", "account/", {"password": PASSWORD}).status_code == 204
    assert {(mail.template, mail.to) for mail in Mail.objects.all()} == {
        ("account_erased", "new@press.example"),
        ("reset_unknown", "pending@press.example"),
    }
    assert [one.email for one in Subscriber.objects.all()] == ["other@press.example"]
    assert not KnownAddress.objects.exists()


def test_address_that_is_somebody_elses_now_is_his() -> None:
    person = Person().enter()
    make_subscriber("ana@press.example")
    person.change_address("new@press.example")
    confirmed("ana@press.example")
    told = person.api("GET", "account/export/").json()
    assert [one["email"] for one in told["addresses"]] == ["new@press.example"]
    assert told["elsewhere"]["newsletters"] == []
    assert person.api("DELETE", "account/", {"password": PASSWORD}).status_code == 204
    assert Subscriber.objects.get().email == "ana@press.example"
