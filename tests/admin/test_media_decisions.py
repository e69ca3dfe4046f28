"""What the newsroom decides about media accounts: by whom, about whom, and who is told of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from wagtail.models import ModelLogEntry

from accounts.decisions import Act, last_decision
from accounts.models import ApiToken, Level, MediaAccount, User
from tests.admin.accounts import act, address, html, level_of, posted
from tests.factories.accounts import make_account, make_pending, make_session, make_token

pytestmark = pytest.mark.django_db


# Decisions


@pytest.mark.parametrize("language", ["en", "fr"])
def test_approving_opens_the_account_and_tells_it_in_its_language(senior: Client, language: str) -> None:
    account = make_pending(language=language)
    assert "is approved" in act(senior, account, "approve").content.decode()
    assert level_of(account) == Level.REGISTERED
    (told,) = posted()
    assert told[:3] == ("account_approved", "ana.duarte@press.example", language)


def test_refusing_needs_a_reason_that_the_account_is_told(senior: Client) -> None:
    account = make_pending()
    assert "This field is required" in act(senior, account, "refuse").content.decode()
    act(senior, account, "refuse", reason="Not a medium.")
    assert level_of(account) == Level.BLOCKED
    assert posted()[0][0] == "account_blocked"
    assert posted()[0][3]["reason"] == "Not a medium."


def test_blocking_ends_every_session_and_token_at_once(senior: Client) -> None:
    account, other = make_account(accredited_until=timezone.localdate()), make_account("Bo Lind")
    keys, kept = [make_session(account), make_session(account, "An app")], make_session(other)
    make_token(account)
    make_token(other, "Another")
    act(senior, account, "block", reason="Sold our pictures.")
    assert level_of(account) == Level.BLOCKED
    assert not Session.objects.filter(session_key__in=keys).exists()
    assert Session.objects.filter(session_key=kept).exists()
    assert [token.account_id for token in ApiToken.objects.all()] == [other.pk]
    assert not User.objects.get(pk=account.pk).is_active


def test_unblocking_gives_back_the_login_and_nothing_else(senior: Client) -> None:
    account = make_account(accredited_until=timezone.localdate() + timedelta(days=90))
    make_session(account)
    make_token(account)
    act(senior, account, "block", reason="A mistake.")
    make_session(account, "A login that was under way")
    act(senior, account, "unblock")
    account.refresh_from_db()
    assert (account.level, account.accredited_until) == (Level.REGISTERED, None)
    assert User.objects.get(pk=account.pk).is_active
    assert not UserSession.objects.exists()
    assert not account.tokens.exists()


def test_who_was_refused_and_is_unblocked_waits_again(senior: Client) -> None:
    account = make_pending()
    act(senior, account, "refuse", reason="Who is this?")
    act(senior, account, "unblock")
    assert level_of(account) == Level.PENDING


def test_blocked_account_cannot_log_in_until_it_is_unblocked(senior: Client) -> None:
    from tests.accounts.conftest import Person

    cache.clear()
    account = make_account(email="ana@press.example")
    act(senior, account, "block", reason="A mistake.")
    told = Person().begin().log_in(password="Tide-and-Lantern-7")
    assert told.status_code == 403
    assert "blocked this account" in told.json()["errors"][0]["message"]
    assert Person().begin().log_in(password="Tide-and-Lantern-8").status_code == 400
    assert Person().begin().ask("POST", "auth/password/request", {"email": "ana@press.example"}).status_code == 401
    assert posted()[-1][:2] == ("account_is_blocked", "ana@press.example")
    act(senior, account, "unblock")
    assert Person().begin().log_in(password="Tide-and-Lantern-7").status_code == 200


def test_session_of_a_blocked_account_is_over_with_the_next_request(senior: Client) -> None:
    from tests.accounts.conftest import Person

    account, person = make_account(email="ana@press.example"), Person().begin()
    assert person.log_in(password="Tide-and-Lantern-7").status_code == 200
    act(senior, account, "block", reason="Sold our pictures.")
    assert person.ask("GET", "auth/session").status_code in (401, 410)


def test_accreditation_has_a_last_day_and_can_be_ended(senior: Client) -> None:
    account, day = make_account(language="fr"), timezone.localdate() + timedelta(days=90)
    yesterday = timezone.localdate() - timedelta(days=1)
    assert "This day is over" in act(senior, account, "accredit", until=f"{yesterday:%Y-%m-%d}").content.decode()
    act(senior, account, "accredit", until=f"{day:%Y-%m-%d}")
    assert level_of(account) == Level.ACCREDITED
    template, _to, language, context = posted()[-1]
    assert (template, language) == ("account_accredited", "fr")
    assert str(day.year) in context["until"]
    act(senior, account, "end-accreditation")
    assert level_of(account) == Level.REGISTERED
    assert posted()[-1][0] == "accreditation_ended"


def test_one_session_or_token_can_be_ended(senior: Client) -> None:
    account, other = make_account(), make_account("Bo Lind")
    first, second = make_session(account), make_session(account, "An app")
    token, foreign = make_token(account), make_token(other, "Another")
    part = UserSession.objects.get(session_key=second).pk
    act(senior, account, "end-session", part=part)
    assert list(Session.objects.values_list("session_key", flat=True).filter(session_key__in=[first, second])) == [
        first
    ]
    act(senior, account, "end-token", part=token.pk)
    assert list(ApiToken.objects.all()) == [foreign]
    assert [told[0] for told in posted()] == ["access_ended", "access_ended"]
    told = act(senior, account, "end-token", part=foreign.pk).content.decode()
    assert "This was over already" in told
    assert ApiToken.objects.filter(pk=foreign.pk).exists()


def test_note_is_kept_and_posts_nothing(senior: Client) -> None:
    account = make_account()
    act(senior, account, "note", note="Met in Valmer.")
    assert "Met in Valmer." in html(senior, address(account))
    assert not posted()


@pytest.mark.parametrize("name", [one.value for one in Act if one not in (Act.APPROVE, Act.UNBLOCK)])
def test_what_takes_something_away_asks_first(senior: Client, name: str) -> None:
    account = make_pending() if name == "refuse" else make_account(accredited_until=timezone.localdate())
    make_token(account)
    senior.get(address(account, name))
    assert ModelLogEntry.objects.count() == 0
    assert not posted()


def test_every_decision_is_in_the_log(senior: Any) -> None:
    account = make_pending()
    act(senior, account, "approve")
    act(senior, account, "block", reason="Sold our pictures.")
    entries = ModelLogEntry.objects.for_instance(account)
    assert [(entry.action, entry.user, entry.comment) for entry in entries] == [
        ("accounts.block", senior.user, "Sold our pictures."),
        ("accounts.approve", senior.user, ""),
    ]
    assert "Sold our pictures." in html(senior, address(account))
    assert "Ana Duarte" in html(senior, reverse("wagtailadmin_reports:site_history"))


def test_what_does_not_fit_is_not_done(senior: Client) -> None:
    account = make_pending()
    assert "cannot be done" in act(senior, account, "accredit", until="2099-01-01").content.decode()
    assert senior.get(address(account, "accredit")).status_code == 302
    assert senior.get(address(account, "promote")).status_code == 404
    assert level_of(account) == Level.PENDING
    assert not posted()


def test_administrators_remove_second_factors_and_the_owner_is_told(senior: Client, admin: Client) -> None:
    account = make_account()
    Authenticator.objects.create(user=account.user, type="totp", data={"secret": "x"})
    assert address(account, "end-factors") not in html(senior, address(account))
    act(senior, account, "end-factors")
    assert Authenticator.objects.exists()
    assert address(account, "end-factors") in html(admin, address(account))
    act(admin, account, "end-factors")
    assert not Authenticator.objects.exists()
    assert [(template, context["what"]) for template, _to, _lang, context in posted()] == [
        ("security_changed", "factors_removed")
    ]
    assert [entry.action for entry in ModelLogEntry.objects.for_instance(account)] == ["accounts.end-factors"]


# Two at once


def test_second_of_two_is_told_what_the_first_decided(senior: Client, log_in: Callable[[str], Client]) -> None:
    desk, account = log_in("Media desk"), make_pending()
    seen = last_decision(account)
    act(desk, account, "approve")
    told = senior.post(address(account, "refuse"), {"seen": seen, "reason": "Not a medium."}, follow=True)
    assert "Meanwhile somebody else decided" in told.content.decode()
    assert "Approve (media-desk" in told.content.decode()
    assert level_of(account) == Level.REGISTERED
    assert len(posted()) == 1


def test_what_the_second_wrote_is_not_lost(senior: Client, log_in: Callable[[str], Client]) -> None:
    desk, account = log_in("Media desk"), make_account()
    seen = last_decision(account)
    act(desk, account, "note", note="By the desk.")
    told = senior.post(address(account, "note"), {"seen": seen, "note": "By the senior editor."})
    assert "By the senior editor." in told.content.decode()
    assert MediaAccount.objects.get(pk=account.pk).note == "By the desk."
    again = {"seen": told.context["form"]["seen"].value(), "note": "Both."}
    senior.post(address(account, "note"), again)
    assert MediaAccount.objects.get(pk=account.pk).note == "Both."


def test_pressing_twice_does_it_once(senior: Client) -> None:
    account = make_pending()
    seen = last_decision(account)
    for _ in range(2):
        senior.post(address(account, "approve"), {"seen": seen})
    assert ModelLogEntry.objects.count() == len(posted()) == 1


# Several at once


def test_several_are_approved_at_once_and_the_others_named(senior: Client) -> None:
    waiting, done = [make_pending("Ana Duarte"), make_pending("Bo Lind")], make_account("Chloé Masson")
    query = "&".join(f"id={account.pk}" for account in [*waiting, done])
    url = f"{reverse('wagtail_bulk_action', args=['accounts', 'mediaaccount', 'approve'])}?{query}"
    told = html(senior, url)
    assert "stay as they are" in told
    assert "Chloé Masson" in told
    answer = senior.post(f"{url}&next={reverse('media_accounts')}", follow=True)
    assert "2 accounts are approved" in answer.content.decode()
    assert {level_of(account) for account in waiting} == {Level.REGISTERED}
    assert sorted(told[1] for told in posted()) == ["ana.duarte@press.example", "bo.lind@press.example"]


def bulk(name: str, **query: Any) -> str:
    url = reverse("wagtail_bulk_action", args=["accounts", "mediaaccount", name])
    return f"{url}?{urlencode(query | {'next': reverse('media_accounts')}, doseq=True)}"


def test_all_are_those_that_the_list_was_filtered_to(senior: Client) -> None:
    meant = make_pending("Zeta One"), make_pending("Zeta Two")
    others = [make_pending("Ana Duarte"), make_account("Zeta Three")]
    url = bulk("approve", id="all", q="Zeta")
    told = html(senior, url)
    assert "zeta.one@press.example" in told
    assert "Ana Duarte" not in told
    before = [level_of(account) for account in others]
    assert "2 accounts are approved" in senior.post(url, follow=True).content.decode()
    assert {level_of(account) for account in meant} == {Level.REGISTERED}
    assert [level_of(account) for account in others] == before
    assert html(senior, bulk("approve", id="all", level="pending")).count("@press.example") == 1


def test_several_are_refused_for_one_reason(senior: Client) -> None:
    accounts = make_pending("Ana Duarte"), make_pending("Bo Lind")
    url = bulk("refuse", id=[account.pk for account in accounts])
    assert "This field is required" in senior.post(url, {"reason": ""}).content.decode()
    assert not posted()
    assert "2 accounts are refused" in senior.post(url, {"reason": "Not a medium."}, follow=True).content.decode()
    assert {level_of(account) for account in accounts} == {Level.BLOCKED}
    assert [told[3]["reason"] for told in posted()] == ["Not a medium."] * 2


def test_several_are_approved_by_who_may(editor: Client) -> None:
    account = make_pending()
    url = f"{reverse('wagtail_bulk_action', args=['accounts', 'mediaaccount', 'approve'])}?id={account.pk}"
    editor.post(url)
    assert level_of(account) == Level.PENDING
