"""Editors and media accounts never become one another."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail as outbox
from django.test import Client

from accounts.login.devices import COOKIE
from accounts.models import User
from tests.accounts.conftest import PASSWORD, Person, confirmed
from tests.factories.accounts import log_in
from tests.factories.footage import make_media_account
from tests.factories.newsroom import make_editor

pytestmark = pytest.mark.django_db
EDITOR, MEDIA = settings.SESSION_COOKIE_NAME, settings.MEDIA_SESSION_COOKIE_NAME


def editor() -> User:
    user = make_editor("Senior editors")
    user.set_password(PASSWORD)
    user.save()
    return user


def session_of(client: Client, name: str) -> str:
    return str(client.cookies[name].value)


def is_known(person: Person) -> bool:
    return person.ask("GET", "auth/session").status_code == 200


def test_editor_does_not_log_in_as_a_media_account(person: Person) -> None:
    user = editor()
    assert person.log_in(user.email).json()["errors"][0]["code"] == "email_password_mismatch"
    assert person.log_in(user.username).status_code == 400
    assert not is_known(person)


def test_editors_session_is_none_for_the_api(person: Person) -> None:
    newsroom = Client()
    newsroom.force_login(editor())
    key = session_of(newsroom, EDITOR)
    person.http.cookies[EDITOR] = person.http.cookies[MEDIA] = key
    person.token = key
    assert not is_known(person)
    assert newsroom.get("/admin/").status_code == 200


def test_media_account_does_not_log_in_to_the_admin() -> None:
    confirmed()
    user = User.objects.get(is_media=True)
    for name in (user.username, "ana@press.example"):
        answer = Client().post("/admin/login/", {"username": name, "password": PASSWORD})
        assert answer.status_code == 200, "a login leads on"
        assert EDITOR not in answer.cookies or "_auth_user_id" not in answer.wsgi_request.session


def test_media_accounts_session_is_none_for_the_admin() -> None:
    client = Client()
    log_in(client, make_media_account())
    client.cookies[EDITOR] = client.cookies[MEDIA].value
    assert client.get("/admin/").status_code == 302


def test_both_in_one_browser_do_not_meet() -> None:
    person = confirmed()
    person.http.force_login(editor())
    assert is_known(person)
    assert person.http.get("/admin/").status_code == 200
    assert person.ask("DELETE", "auth/session").status_code == 401
    assert person.http.get("/admin/").status_code == 200


def test_editor_logs_in_again_after_half_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom, began = Client(), time.time()
    newsroom.force_login(editor())
    for hours, status in ((0, 200), (6, 200), (11.9, 200), (12.1, 302), (12.2, 302)):
        monkeypatch.setattr("accounts.wall.time.time", lambda hours=hours: began + hours * 3600)
        answer = newsroom.get("/admin/")
        assert answer.status_code == status, hours
    assert answer["Location"].startswith("/admin/login/")
    key = session_of(newsroom, EDITOR)
    assert not key or not Session.objects.filter(pk=key).exists()


def test_editor_gets_no_code_to_choose_a_password_with(person: Person) -> None:
    user = editor()
    assert person.ask("POST", "auth/password/request", {"email": user.email}).status_code == 401
    told = person.ask("POST", "auth/password/reset", {"key": "", "password": "Harbour-Light-92"})
    assert told.status_code in (400, 409)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_wagtails_reset_mails_no_media_account() -> None:
    confirmed()
    outbox.outbox.clear()
    Client().post("/admin/password_reset/", {"email": "ana@press.example"})
    assert outbox.outbox == []


@pytest.mark.parametrize(
    "more", [{"is_staff": True}, {"is_superuser": True}, {"approved_at": "2020-01-01"}, {"groups": [1]}, {"user": 1}]
)
def test_nobody_registers_as_more_than_an_account(more: dict[str, Any]) -> None:
    Person().begin().register(**more)
    user = User.objects.get(is_media=True)
    assert (user.is_staff, user.is_superuser, user.groups.count()) == (False, False, 0)
    assert user.media_account.approved_at is None


ODD = [
    '"\\000\\000\\000\\000\\000\\000\\000\\000\\000"',
    '"\\000"',
    "ü" * 32,
    "A" * 32,
    "a" * 33,
    '"\\377' + "a" * 32 + '"',
]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_what_is_no_key_is_no_session(value: str) -> None:
    cookies = "; ".join(f"{name}={value}" for name in (EDITOR, MEDIA, COOKIE))
    sent = {"cookie": cookies, "x-session-token": value, "x-device-token": value}
    client = Client(raise_request_exception=False)
    body = '{"email": "ana@press.example", "password": "x"}'
    flows = {"/_allauth/browser/v1/auth/": (401, 400), "/_allauth/app/v1/auth/": (410, 410)}
    for path, (asked, tried) in flows.items():
        assert client.get(f"{path}session", headers=sent).status_code == asked
        assert client.post(f"{path}login", body, "application/json", headers=sent).status_code == tried
    assert client.get("/admin/login/", headers=sent).status_code == 200
    assert client.get("/api/v1/account/tokens/", headers=sent).status_code == 401
