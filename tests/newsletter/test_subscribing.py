"""What people do: they subscribe, confirm, choose and leave, and nobody else does it for them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from home.mail.letters import message_for
from newsletter import erasure
from newsletter.models import ConsentText, NewsletterList, SignUp, Subscription, SubscriptionChange, Suppression
from tests.newsletter.conftest import ADA, Reader, last_mail, mails, token_in

pytestmark = pytest.mark.django_db


def test_open_lists_are_told_in_the_readers_language(
    reader: Reader, weekly: NewsletterList, press: NewsletterList
) -> None:
    NewsletterList.objects.filter(pk=press.pk).update(is_open=False)
    answer = reader.get("lists/?locale=fr").json()
    assert answer["items"] == [
        {"slug": "weekly", "name": "La semaine en mer", "description": "Le vendredi.", "language": None}
    ]
    assert answer["consent"]["version"] == "1"
    assert "désabonner" in answer["consent"]["text"]


def test_lists_can_be_kept_by_caches(reader: Reader, weekly: NewsletterList) -> None:
    answer = reader.get("lists/")
    assert answer["Cache-Control"].startswith("public")
    assert reader.get("lists/", **{"if-none-match": answer["ETag"]}).status_code == 304


def test_who_confirms_gets_it(reader: Reader, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    assert reader.gets(token) == ["weekly"]
    assert Subscription.objects.get().is_active


def test_without_a_confirmation_nobody_is_subscribed(reader: Reader, weekly: NewsletterList) -> None:
    reader.sign_up("weekly")
    assert not Subscription.objects.exists()


def test_mails_are_in_the_language_that_was_asked_for(reader: Reader, weekly: NewsletterList) -> None:
    reader.sign_up("weekly", locale="fr")
    letter = last_mail()
    assert letter.subject == "Confirmez votre abonnement"
    assert "La semaine en mer" in letter.text


def test_the_proof_of_consent_is_kept(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    proof = SignUp.objects.get()
    assert proof.consent.version == "1"
    assert (proof.asked_from, proof.confirmed_from) == ("192.0.2.0/24", "192.0.2.0/24")
    assert proof.confirmed_at is not None
    assert proof.confirmed_at > proof.asked_at


@pytest.mark.parametrize(("sent", "kept"), [("1", "1"), (None, "2")])
def test_the_proof_names_the_text_that_was_seen_though_a_newer_one_is_in_force(
    reader: Reader, weekly: NewsletterList, sent: str | None, kept: str
) -> None:
    assert reader.get("lists/").json()["consent"]["version"] == "1"
    ConsentText.objects.create(version="2", text_en="I agree.", text_fr="J’accepte.")
    order = {"email": ADA, "lists": ["weekly"], "consent_version": sent}
    assert reader.post("subscriptions/", order).status_code == 202
    assert SignUp.objects.get().consent.version == kept


@pytest.mark.parametrize("version", ["0", "", "1 ", "x" * 41, 1, "1\0"])
def test_a_text_of_consent_that_never_was_is_refused(reader: Reader, weekly: NewsletterList, version: object) -> None:
    reader.get("lists/")
    answer = reader.post("subscriptions/", {"email": ADA, "lists": ["weekly"], "consent_version": version})
    assert answer.status_code == 422
    assert "consent_version" in answer.content.decode()
    assert not SignUp.objects.exists()
    assert not mails()


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("path", ["confirm/", "unsubscribe/"])
def test_a_scanner_that_follows_links_changes_nothing(
    reader: Reader, weekly: NewsletterList, method: str, path: str
) -> None:
    reader.sign_up("weekly")
    confirm = token_in(last_mail())
    address = f"/api/v1/newsletter/subscriptions/{path}?token="
    assert getattr(Client(), method)(address + confirm).status_code == 405
    assert not Subscription.objects.exists()
    reader.confirm(confirm)
    leave = token_in(last_mail())
    assert getattr(Client(), method)(address + leave).status_code == 405
    assert reader.gets(leave) == ["weekly"]


def test_a_link_confirms_once(reader: Reader, weekly: NewsletterList) -> None:
    reader.sign_up("weekly")
    confirm = token_in(last_mail())
    reader.confirm(confirm)
    leave = token_in(last_mail())
    assert reader.post("subscriptions/unsubscribe/", {"token": leave}).status_code == 204
    # Somebody opens the old mail again.
    assert reader.confirm(confirm).status_code == 204
    assert reader.gets(leave) == []


def test_a_link_that_is_too_old_says_so(reader: Reader, weekly: NewsletterList) -> None:
    reader.sign_up("weekly")
    SignUp.objects.update(asked_at=F("asked_at") - timedelta(days=7, seconds=1))
    answer = reader.confirm()
    assert answer.status_code == 410
    assert "7 days" in answer.json()["detail"]
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("token", ["x", "11:aaaa", "é", "0" * 200])
@pytest.mark.parametrize("path", ["confirm/", "unsubscribe/"])
def test_tokens_that_were_made_up_are_refused(reader: Reader, token: str, path: str) -> None:
    answer = reader.post(f"subscriptions/{path}", {"token": token})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "bad_token"


def test_a_token_is_good_for_nothing_else(reader: Reader, weekly: NewsletterList) -> None:
    leave = reader.subscribe("weekly")
    assert reader.confirm(leave).status_code == 422
    reader.sign_up("weekly")
    assert reader.post("subscriptions/unsubscribe/", {"token": token_in(last_mail())}).status_code == 422


def test_one_click_needs_no_page_no_cookie_and_no_login(reader: Reader, weekly: NewsletterList) -> None:
    leave = reader.subscribe("weekly")
    header = message_for(mails()[-1]).message()["List-Unsubscribe"]
    path = header[header.index("/api/") :].rstrip(">")
    form = "application/x-www-form-urlencoded"
    answer = Client(enforce_csrf_checks=True).post(path, "List-Unsubscribe=One-Click", form)
    assert answer.status_code == 204
    assert not answer.cookies
    assert reader.gets(leave) == []


def test_mail_programs_see_that_they_can_leave_with_one_click(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    message = message_for(mails()[-1]).message()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/api/v1/newsletter/subscriptions/unsubscribe/?token=" in message["List-Unsubscribe"]


def test_a_form_that_does_not_mean_it_changes_nothing(reader: Reader, weekly: NewsletterList) -> None:
    leave = reader.subscribe("weekly")
    path = f"/api/v1/newsletter/subscriptions/unsubscribe/?token={leave}"
    assert Client().post(path, "a=b", "application/x-www-form-urlencoded").status_code == 422
    assert reader.gets(leave) == ["weekly"]


def test_leaving_again_is_fine(reader: Reader, weekly: NewsletterList) -> None:
    leave = reader.subscribe("weekly")
    for _time in range(2):
        assert reader.post("subscriptions/unsubscribe/", {"token": leave}).status_code == 204
    assert SubscriptionChange.objects.count() == 2


def test_an_answer_does_not_tell_who_gets_what(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    known = reader.post("subscriptions/", {"email": ADA, "lists": ["weekly"], "locale": "en"})
    unknown = reader.post("subscriptions/", {"email": "bob@press.example", "lists": ["weekly"], "locale": "en"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert [mail.template for mail in (mails()[-1], mails("bob@press.example")[-1])] == ["newsletter_confirm"] * 2


def test_a_flood_for_one_address_sends_few_mails(weekly: NewsletterList) -> None:
    spellings = [ADA, "ADA@press.example", "ａｄａ@press.example", "Ada@PRESS.example"]
    for number in range(12):
        Reader(f"198.51.{number}.1").sign_up("weekly", email=spellings[number % 4])
    assert len(mails()) == 3


def test_a_flood_from_one_network_is_stopped(reader: Reader, weekly: NewsletterList) -> None:
    for number in range(30):
        reader.sign_up("weekly", email=f"reader{number}@press.example")
    answer = reader.post("subscriptions/", {"email": "one.more@press.example", "lists": ["weekly"]})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "parameter", "code"),
    [
        ({"email": "nobody", "lists": ["weekly"]}, "email", "email"),
        ({"email": "a@b.example\r\nBcc: c@d.example", "lists": ["weekly"]}, "email", "email"),
        ({"email": ADA, "lists": ["daily"]}, "lists", "unknown_list"),
        ({"email": ADA, "lists": ["closed"]}, "lists", "unknown_list"),
        ({"email": ADA, "lists": ["\0"]}, "lists", "unknown_list"),
        ({"email": ADA, "lists": []}, "lists", "too_short"),
        ({"email": ADA, "lists": ["weekly"], "locale": "de"}, "locale", "literal_error"),
        ({"email": ADA, "lists": ["weekly"], "status": "subscribed"}, "status", "extra_forbidden"),
        ({"lists": ["weekly"]}, "email", "missing"),
    ],
)
def test_what_cannot_be_is_named(
    reader: Reader, weekly: NewsletterList, press: NewsletterList, body: Any, parameter: str, code: str
) -> None:
    NewsletterList.objects.filter(pk=press.pk).update(slug="closed", is_open=False)
    answer = reader.post("subscriptions/", body)
    assert answer.status_code == 422, answer.content
    assert [(one["parameter"], one["code"]) for one in answer.json()["errors"]] == [(parameter, code)]
    assert not SignUp.objects.exists()


def test_on_their_own_page_people_leave_at_once_and_confirm_what_is_new(
    reader: Reader, weekly: NewsletterList, press: NewsletterList
) -> None:
    token = reader.subscribe("weekly")
    answer = reader.post("preferences/", {"token": token, "lists": ["press"], "locale": "fr"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["to_confirm"] == ["press"]
    assert answer.json()["email"] == "a…a@press.example"
    # Their page is in the language that they have chosen.
    assert answer.json()["items"][0]["name"] == "Points presse"
    assert reader.gets(token) == []
    reader.confirm()
    assert reader.gets(token) == ["press"]


def test_who_may_ask_for_no_more_mails_leaves_all_the_same_and_is_told(
    reader: Reader, weekly: NewsletterList, press: NewsletterList
) -> None:
    token = reader.subscribe("weekly")
    for number in range(29):
        reader.sign_up("weekly", email=f"reader{number}@press.example")
    answer = reader.post("preferences/", {"token": token, "lists": ["press"]})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["to_confirm"], answer.json()["not_asked"]) == ([], ["press"])
    assert reader.gets(token) == []


def test_only_what_a_mail_asks_for_is_to_be_confirmed(
    reader: Reader, weekly: NewsletterList, press: NewsletterList
) -> None:
    token = reader.subscribe("weekly")
    answers = [reader.post("preferences/", {"token": token, "lists": ["weekly", "press"]}).json() for _ in range(3)]
    assert [answer["to_confirm"] for answer in answers] == [["press"], ["press"], []]
    assert [answer["not_asked"] for answer in answers] == [[], [], ["press"]]


def test_what_is_left_out_stays(reader: Reader, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    answer = reader.post("preferences/", {"token": token, "locale": "fr"}).json()
    assert answer["locale"] == "fr"
    assert reader.gets(token) == ["weekly"]


def test_a_list_that_was_closed_goes_on_and_can_be_left(reader: Reader, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    NewsletterList.objects.update(is_open=False)
    assert reader.gets(token) == ["weekly"]
    reader.post("preferences/", {"token": token, "lists": []})
    assert reader.get(f"preferences/?token={token}").json()["items"] == []


def test_sign_ups_that_nobody_confirmed_are_forgotten(reader: Reader, weekly: NewsletterList) -> None:
    from newsletter.tasks import forget_sign_ups

    reader.sign_up("weekly")
    forget_sign_ups()
    assert SignUp.objects.count() == 1
    SignUp.objects.update(asked_at=F("asked_at") - timedelta(days=8))
    forget_sign_ups()
    assert not SignUp.objects.exists()


def test_the_link_of_somebody_who_was_erased_says_so(reader: Reader, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    erasure.erase(ADA)
    answer = reader.get(f"preferences/?token={token}", accept_language="fr")
    assert answer.status_code == 410
    assert "effacée" in answer.content.decode()


def test_who_was_erased_comes_back_by_their_own_confirmation_alone(reader: Reader, weekly: NewsletterList) -> None:
    token = reader.subscribe("weekly")
    erasure.erase(ADA)
    assert not SignUp.objects.exists()
    assert reader.get(f"preferences/?token={token}").status_code == 410
    assert Suppression.objects.count() == 1
    fresh = reader.subscribe("weekly")
    assert reader.gets(fresh) == ["weekly"]
    assert not Suppression.objects.exists()
