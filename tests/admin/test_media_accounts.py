"""Media accounts as the newsroom sees them: who sees whom, and what of him."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountSettings, Level, MediaAccount, Undertaking, User
from tests.admin.accounts import GROUPS, SEERS, act, address, html, level_of, names
from tests.factories.accounts import make_account, make_pending, make_session, make_token
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db


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
