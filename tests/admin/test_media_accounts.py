"""Media accounts as the newsroom sees them: who decides what about whom, and who is told of it."""

import csv
import io
import re
import weakref
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import openpyxl
import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core import mail as outbox
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.decisions import Act, last_decision
from accounts.models import AccountSettings, ApiToken, Level, MediaAccount, Undertaking, UsageEntry, User
from home.models import Mail
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db

SEERS = {"Senior editors", "Media desk"}
GROUPS = ["Translators", "Revisers", "Editors", "Senior editors", "Media desk", "Newsletter"]


def posted() -> list[Any]:
    """Template, address, language and context of each mail, in their order."""
    return [(row.template, row.to, row.language, row.context) for row in Mail.objects.order_by("pk")]


def make_account(name: str = "Ana Duarte", **fields: Any) -> MediaAccount:
    """An account that is registered, unless `fields` say otherwise."""
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}@press.example")
    facts: dict[str, Any] = {"organisation": "Radio Corvane", "country": "PT", "kind": "broadcaster", "language": "en"}
    return MediaAccount.objects.create_confirmed(email, "Tide-and-Lantern-7", name=name, **facts | fields)


def make_pending(name: str = "Ana Duarte", **fields: Any) -> MediaAccount:
    return make_account(name, approved_at=None, **fields)


def make_session(account: MediaAccount, program: str = "Firefox") -> str:
    """Somebody logged in; the key of his session."""
    store = import_module(configured.SESSION_ENGINE).SessionStore()
    store["who"] = account.pk
    store.save()
    UserSession.objects.create(user=account.user, session_key=store.session_key, ip="192.0.2.7", user_agent=program)
    return str(store.session_key)


def make_token(account: MediaAccount, name: str = "Archive robot") -> ApiToken:
    day = timezone.now() + timedelta(days=90)
    return account.tokens.create(name=name, digest=f"digest-{name}", hint="x7Qz", scopes=["account"], expires_at=day)


def address(account: MediaAccount, act: str = "") -> str:
    return reverse("media_account_act", args=[account.pk, act]) if act else reverse("media_account", args=[account.pk])


def act(client: Client, account: MediaAccount, name: str, **filled: Any) -> Any:
    """Do it, as its form would, opened just now."""
    form = {"seen": last_decision(account)} | filled
    return client.post(address(account, name), form, follow=True)


def html(client: Client, url: str, language: str = "en") -> str:
    response = client.get(url, headers={"accept-language": language})
    assert response.status_code == 200, response
    return response.content.decode()


def names(client: Client, **query: Any) -> list[str]:
    """Those in the list."""
    response = client.get(reverse("media_accounts"), query)
    assert response.status_code == 200
    return [account.name for account in response.context["object_list"]]


def level_of(account: MediaAccount) -> Level:
    return MediaAccount.objects.get(pk=account.pk).level


# Who sees what


@pytest.mark.parametrize("group", GROUPS)
def test_who_sees_media_accounts(log_in: Callable[[str], Client], group: str) -> None:
    client, account = log_in(group), make_pending()
    sees = group in SEERS
    for url in (reverse("media_accounts"), reverse("media_accounts_results"), address(account)):
        assert client.get(url).status_code == (200 if sees else 302), url
    assert (reverse("media_accounts") in html(client, reverse("wagtailadmin_home"))) == sees
    act(client, account, "approve")
    assert level_of(account) == (Level.REGISTERED if sees else Level.PENDING)


def test_who_may_only_see_is_offered_nothing_and_does_nothing(client: Client) -> None:
    from cms.groups import permission

    user, account = make_editor("Newsletter"), make_account()
    user.user_permissions.add(permission("accounts.view_mediaaccount"))
    client.force_login(user)
    token = make_token(account)
    told = html(client, address(account))
    assert str(token) in told
    assert address(account, "block") not in told
    assert address(account, "end-token") not in told
    assert client.get(address(account, "block")).status_code == 302
    act(client, account, "block", reason="None")
    assert level_of(account) == Level.REGISTERED
    assert "bulk_actions" not in client.get(reverse("media_accounts")).context["table"].columns


def test_who_has_not_confirmed_his_address_is_nobody_yet(senior: Client) -> None:
    account = make_account()
    User.objects.filter(pk=account.pk).update(media_email=None)
    assert names(senior) == []
    assert senior.get(address(account)).status_code == 404


# The list


def test_list_is_searched_filtered_and_sorted(senior: Client) -> None:
    make_account("Ana Duarte", organisation="Radio Corvane", country="PT", kind="broadcaster")
    make_pending("Bo Lind", organisation="Nordposten", country="SE", kind="press")
    make_account("Chloé Masson", organisation="Agence Brume", country="FR", kind="agency",
                 accredited_until=timezone.localdate())  # fmt: skip
    make_account("Dai Pugh", organisation="Harbour Films", country="GB", kind="production", blocked_at=timezone.now())
    MediaAccount.objects.filter(name="Ana Duarte").update(registered_at=timezone.now() - timedelta(days=40))
    User.objects.filter(media_account__name="Bo Lind").update(last_login=timezone.now())

    assert names(senior, q="corvane") == ["Ana Duarte"]
    assert names(senior, q="bo.lind@") == ["Bo Lind"]
    assert names(senior, level="pending") == ["Bo Lind"]
    assert names(senior, level=["accredited", "blocked"], ordering="name") == ["Chloé Masson", "Dai Pugh"]
    assert names(senior, country="FR") == ["Chloé Masson"]
    assert names(senior, kind="production") == ["Dai Pugh"]
    assert names(senior, registered_at_to=f"{timezone.now() - timedelta(days=30):%Y-%m-%d}") == ["Ana Duarte"]
    assert names(senior, ordering="-user__last_login")[0] == "Bo Lind"
    assert names(senior, ordering="-organisation")[0] == "Ana Duarte"
    assert names(senior)[-1] == "Ana Duarte"


def test_level_in_the_list_is_the_accounts(senior: Client) -> None:
    today = timezone.localdate()
    make_account("A", accredited_until=today)
    make_account("B", accredited_until=today - timedelta(days=1))
    make_pending("C", accredited_until=today)
    make_account("D", accredited_until=today, blocked_at=timezone.now())
    for account in MediaAccount.objects.with_level():
        assert vars(account)["level_now"] == account.level, account.name


def test_fifty_accounts_cost_as_many_queries_as_five(senior: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            names(senior)
        return len(captured)

    for number in range(5):
        make_account(f"Account {number}")
    queries()
    few = queries()
    for number in range(5, 50):
        make_account(f"Account {number}")
    assert queries() == few


def test_who_waits_is_told_on_the_first_page_and_in_the_menu(senior: Client, editor: Client) -> None:
    home = reverse("wagtailadmin_home")
    assert "Media accounts (" not in html(senior, home)
    waiting = make_pending("Bo Lind")
    make_account("Ana Duarte")
    told = html(senior, home)
    assert "Media accounts (1)" in told
    assert "Media accounts that wait for approval" in told
    assert address(waiting) in told
    assert "1 account waits for approval" in html(senior, reverse("media_accounts"))
    assert "Bo Lind" not in html(editor, home)


# The page of an account


def test_page_tells_all_but_secrets(senior: Client) -> None:
    account = make_account(note="Met in Valmer.")
    key, token = make_session(account, "Firefox on a ferry"), make_token(account)
    account.usage.create(action="clip", title="Ice patrol", start="83.48", end="90", size_bytes=1_500_000)
    told = html(senior, address(account))
    for words in ("Ana Duarte", "Radio Corvane", "Portugal", "ana.duarte@press.example", "Met in Valmer.",
                  "Firefox on a ferry", "Archive robot …x7Qz", "Ice patrol", "00:01:23.480"):  # fmt: skip
        assert words in told, words
    for secret in (key, token.digest, account.user.password, account.user.username, "192.0.2.7"):
        assert secret not in told, secret


def test_page_tells_what_was_accepted_and_what_was_not(senior: Client) -> None:
    account, day = make_account(), timezone.now() - timedelta(days=1)
    old, new = (
        Undertaking.objects.create(kind="usage", version=version, text_en="x", text_fr="x", in_force_from=at)
        for version, at in (("2025-01", day - timedelta(days=300)), ("2026-11", day))
    )
    account.accept(old)
    told = html(senior, address(account))
    assert f"Not accepted yet: {new}" in told
    assert "2025-01" in told


def test_page_is_told_in_french(senior: Client) -> None:
    told = html(senior, address(make_pending()), "fr")
    for words in ("Comptes médias", "Approuver", "Refuser", "En attente d’approbation", "Ce qui a été décidé"):
        assert words in told, words


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


def test_several_are_approved_by_who_may(editor: Client) -> None:
    account = make_pending()
    url = f"{reverse('wagtail_bulk_action', args=['accounts', 'mediaaccount', 'approve'])}?id={account.pk}"
    editor.post(url)
    assert level_of(account) == Level.PENDING


# Wagtail's own users


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin", "admin@openseas.example", "x"))
    return client


def test_wagtails_users_are_editors_only(admin: Client) -> None:
    account, editor = make_account(), make_editor("Editors")
    listed = admin.get(reverse("wagtailusers_users:index")).context["object_list"]
    assert {user.username for user in listed} == {"admin", "editors"}
    assert not admin.get(reverse("wagtailusers_users:index"), {"q": "media-"}).context["object_list"]
    for page in ("edit", "delete", "history", "usage"):
        assert admin.get(reverse(f"wagtailusers_users:{page}", args=[account.pk])).status_code == 404, page
        assert admin.get(reverse(f"wagtailusers_users:{page}", args=[editor.pk])).status_code == 200, page


def test_nobody_makes_a_media_account_an_editor(admin: Client) -> None:
    account = make_account()
    form = {
        "username": "ana",
        "email": "ana@openseas.example",
        "first_name": "Ana",
        "last_name": "D",
        "is_superuser": "on",
    }
    assert admin.post(reverse("wagtailusers_users:edit", args=[account.pk]), form).status_code == 404
    role = reverse("wagtail_bulk_action", args=["accounts", "user", "assign_role"])
    group = make_editor("Senior editors").groups.get()
    for name, sent in (
        ("assign_role", {"role": group.pk}),
        ("set_active_state", {"mark_as_active": "False"}),
        ("delete", {}),
    ):
        url = reverse("wagtail_bulk_action", args=["accounts", "user", name])
        assert admin.post(f"{url}?id={account.pk}", sent).status_code == 404, name
    admin.post(f"{role}?id=all", {"role": group.pk})
    user = User.objects.get(pk=account.pk)
    assert (user.is_active, user.is_superuser, user.groups.count()) == (True, False, 0)


def test_wagtails_password_reset_mails_editors_only(client: Client) -> None:
    make_account(email="ana@press.example")
    editor = make_editor("Editors")
    for email in ("ana@press.example", "", editor.email):
        client.post(reverse("wagtailadmin_password_reset"), {"email": email})
    assert [message.to for message in outbox.outbox] == [[editor.email]]


# Undertakings


def terms_form(**fields: Any) -> dict[str, Any]:
    later = f"{timezone.localtime() + timedelta(days=3):%Y-%m-%d %H:%M}"
    words = {"text_en": "Name the source.", "text_fr": "Citez la source."}
    return {"kind": "usage", "version": "2026-12", "in_force_from": later} | words | fields


def make_terms(version: str = "2026-12", days: int = 3) -> Undertaking:
    at = timezone.now() + timedelta(days=days)
    words = {"text_en": "Name the source.", "text_fr": "Citez la source."}
    return Undertaking.objects.create(kind="usage", version=version, in_force_from=at, **words)


@pytest.mark.parametrize("group", GROUPS)
def test_who_writes_undertakings(log_in: Callable[[str], Client], group: str) -> None:
    client, terms = log_in(group), make_terms("2026-11")
    assert client.get(reverse("undertakings:index")).status_code == (200 if group in SEERS else 302)
    assert client.get(reverse("undertakings:inspect", args=[terms.pk])).status_code == (200 if group in SEERS else 302)
    client.post(reverse("undertakings:add"), terms_form())
    assert Undertaking.objects.filter(version="2026-12").exists() == (group == "Senior editors")
    assert (reverse("undertakings:index") in html(client, reverse("wagtailadmin_home"))) == (group in SEERS)


def test_version_is_edited_until_it_is_in_force_or_accepted(senior: Client) -> None:
    free, accepted, in_force = make_terms("free"), make_terms("accepted"), make_terms("in force", days=-1)
    make_account().accept(accepted)
    for terms in (free, accepted, in_force):
        form = terms_form(version=terms.version, text_en="Changed.")
        senior.post(reverse("undertakings:edit", args=[terms.pk]), form)
    assert [one.version for one in Undertaking.objects.filter(text_en="Changed.")] == ["free"]
    told = senior.get(reverse("undertakings:edit", args=[accepted.pk]), follow=True).content.decode()
    assert "people have accepted it" in told
    assert "1 account accepted it" in told


def test_version_that_would_never_be_in_force_is_refused(senior: Client) -> None:
    make_terms("2026-11", days=-1)
    long_ago = f"{timezone.localtime() - timedelta(days=9):%Y-%m-%d %H:%M}"
    told = senior.post(reverse("undertakings:add"), terms_form(in_force_from=long_ago)).content.decode()
    assert "this one never would be" in told
    assert Undertaking.objects.count() == 1


def test_only_confirmed_accounts_count_as_having_accepted(senior: Client) -> None:
    account, nobody = make_account(), make_account("Bo Lind")
    terms = make_terms("1", -1)
    for one in (account, nobody):
        one.accept(terms)
    User.objects.filter(pk=nobody.pk).update(media_email=None)
    assert senior.get(reverse("undertakings:index")).context["object_list"][0].accepted == 1


def test_list_tells_which_version_is_in_force(senior: Client) -> None:
    for version, days in (("old", -9), ("present", -1), ("next", 3)):
        make_terms(version, days)
    told = html(senior, reverse("undertakings:index"))
    for words in ("Replaced", "In force", "Not in force yet"):
        assert words in told
    coming = Undertaking.objects.get(version="next")
    assert '<div lang="fr"><p>Citez la source.</p></div>' in html(
        senior, reverse("undertakings:inspect", args=[coming.pk])
    )


def test_nobody_deletes_what_was_in_force(client: Client) -> None:
    client.force_login(User.objects.create_superuser("admin", "admin@openseas.example", "x"))
    old, coming = make_terms("old", -9), make_terms("next")
    for terms in (old, coming):
        client.post(reverse("undertakings:delete", args=[terms.pk]))
    assert list(Undertaking.objects.all()) == [old]


# Settings


def test_settings_name_each_line_that_is_no_address(senior: Client, editor: Client) -> None:
    url = reverse("wagtailsettings:edit", args=["accounts", "accountsettings"])
    url = senior.get(url, follow=True).request["PATH_INFO"]
    lines = "desk@openseas.example\nnobody\n\nthe press office"
    told = senior.post(url, {"told_by_mail": lines}).content.decode()
    assert "“nobody” is no e-mail address" in told
    assert "“the press office” is no e-mail address" in told
    senior.post(url, {"needs_approval": "on", "told_by_mail": "desk@openseas.example\n\nvideo@openseas.example"})
    saved = AccountSettings.load()
    assert (saved.needs_approval, len(saved.told_by_mail.split())) == (True, 2)
    assert editor.get(url).status_code == 302


# Usage


def use(account: MediaAccount | None, title: str = "Ice patrol", **fields: Any) -> UsageEntry:
    facts = UsageEntry.person(account) if account else {"organisation": "Radio Corvane"}
    return UsageEntry.objects.create(account=account, title=title, **{"action": "download"} | facts | fields)


def exported(client: Client, form: str, **query: Any) -> list[list[Any]]:
    """The rows of the file, below its headings."""
    response = client.get(reverse("usage_report"), {"export": form, **query})
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)][1:]


@pytest.mark.parametrize("group", GROUPS)
def test_who_sees_usage(log_in: Callable[[str], Client], group: str) -> None:
    client = log_in(group)
    for url in (reverse("usage_report"), reverse("usage_report_results"), f"{reverse('usage_report')}?export=csv"):
        assert client.get(url).status_code == (200 if group in SEERS else 302), url
    assert (reverse("usage_report") in html(client, reverse("wagtailadmin_home"))) == (group in SEERS)


def test_usage_is_filtered_and_added_up(senior: Client) -> None:
    ana, bo = make_account(), make_account("Bo Lind", organisation="Nordposten", country="SE", kind="press")
    use(ana, size_bytes=3_000_000)
    use(ana, "Harbour", action="clip", start="83.48", end="90", size_bytes=1_000_000)
    use(bo, "Harbour", size_bytes=500_000)
    UsageEntry.objects.filter(account=bo).update(at=timezone.now() - timedelta(days=10))
    use(None, "Old times", size_bytes=None)
    use(None, "By anybody", organisation="", size_bytes=None)

    def found(**query: Any) -> tuple[int, int, int]:
        totals = senior.get(reverse("usage_report"), query).context["totals"]
        return totals["number"], totals["accounts"], totals["size_bytes"] or 0

    assert found() == (5, 2, 4_500_000)
    assert found(who="ana.duarte@") == (2, 1, 4_000_000)
    assert found(organisation="nordposten") == (1, 1, 500_000)
    assert found(country="SE") == found(kind="press") == (1, 1, 500_000)
    assert found(title="harb") == (2, 2, 1_500_000)
    assert found(action=["clip", "archive"]) == (1, 1, 1_000_000)
    assert found(at_to=f"{timezone.now() - timedelta(days=7):%Y-%m-%d}") == (1, 1, 500_000)
    told = html(senior, reverse("usage_report"))
    for words in ("00:01:23.480", "An account that is gone", "Without an account", address(ana), "Nordposten"):
        assert words in told


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_has_what_is_found_in_words(senior: Client, form: str) -> None:
    use(make_account(), action="clip", start="83.48", end="90", size_bytes=1_000_000, rendition="1080p")
    use(make_account("Bo Lind"), "Harbour")
    (row,) = exported(senior, form, action="clip")
    assert row[1:3] == ["Ana Duarte", "ana.duarte@press.example"]
    assert form != "csv" or re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", row[0])
    assert row[3:9] == ["Radio Corvane", "Portugal", "Television or radio", "Clip", "Ice patrol", "1080p"]
    assert [float(cell) for cell in row[9:]] == [83.48, 90, 1_000_000]


def test_profile_that_changes_is_told_and_the_report_keeps_what_was(senior: Client) -> None:
    from accounts.profiles import change_profile
    from home.mail.letters import write_letter

    settings = AccountSettings.load()
    settings.told_by_mail = "desk@newsroom.example"
    settings.save()
    account = make_account(accredited_until=timezone.localdate())
    use(account)
    change_profile(account.pk, {"name": "Eve Stone", "country": "FR", "language": "fr"})
    assert level_of(account) == Level.ACCREDITED
    ((template, to, language, context),) = posted()
    text = write_letter(template, language, context).text
    assert to == "desk@newsroom.example"
    for words in ("Name before: Ana Duarte", "Name: Eve Stone", "ana.duarte@press.example", "Country: France"):
        assert words in text
    page = html(senior, address(account))
    assert "name: Ana Duarte → Eve Stone; country: PT → FR" in page
    assert "after the newsroom&#x27;s last decision" in page or "after the newsroom's last decision" in page
    listed = html(senior, reverse("media_accounts"))
    assert "Accredited, profile changed" in listed
    assert "ana.duarte@press.example" in listed
    act(senior, account, "note", note="Checked.")
    assert "profile changed" not in html(senior, reverse("media_accounts"))
    change_profile(account.pk, {"name": "Eve Stone"})
    assert len(posted()) == 1
    (row,) = exported(senior, "csv", who="Eve")
    assert row[1:5] == ["Ana Duarte", "ana.duarte@press.example", "Radio Corvane", "Portugal"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_is_a_formula(senior: Client, form: str, first: str) -> None:
    account = make_account(f"{first}HYPERLINK(1)", organisation=f"{first}cmd|' /C calc'!A0", email="a@press.example")
    use(account, f"{first}1+1\x0b")
    (row,) = exported(senior, form)
    for cell in (row[1], row[3], row[7]):
        assert cell[0] == "'", row
        assert not cell.endswith("\x0b")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_keeps_few_rows_in_memory(senior: Client, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.wagtail_hooks.usage.CHUNK", 100)
    account, most = make_account(), 0
    UsageEntry.objects.bulk_create(
        UsageEntry(account=account, action="download", title=f"Video {number}") for number in range(1500)
    )
    alive: weakref.WeakSet[UsageEntry] = weakref.WeakSet()
    begin = UsageEntry.from_db.__func__  # type: ignore[attr-defined]

    def counted(cls: Any, *arguments: Any) -> UsageEntry:
        nonlocal most
        row: UsageEntry = begin(cls, *arguments)
        alive.add(row)
        most = max(most, len(alive))
        return row

    monkeypatch.setattr(UsageEntry, "from_db", classmethod(counted))
    assert len(exported(senior, form)) == 1500
    assert most <= 300


def test_fifty_rows_of_usage_cost_as_many_queries_as_five(senior: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert senior.get(reverse("usage_report")).status_code == 200
        return len(captured)

    for number in range(5):
        use(make_account(f"Account {number}"))
    queries()
    few = queries()
    for number in range(5, 50):
        use(make_account(f"Account {number}"))
    assert queries() == few
