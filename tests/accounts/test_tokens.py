"""API tokens read in an account's name, within their scopes, and never write."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiToken, MediaAccount
from accounts.wall import media_session
from home.models import Mail
from tests.accounts.conftest import PASSWORD, Person, code_sent, last_mail

pytestmark = pytest.mark.django_db

CLIP = "11111111-0000-4000-8000-00000000000c"


def in_days(days: float) -> str:
    return (timezone.now() + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def make(person: Person, *scopes: str, name: str = "Archive", days: float = 30) -> Any:
    wish = {"name": name, "scopes": scopes or ("account", "downloads"), "expires_at": in_days(days)}
    return person.api("POST", "account/tokens/", wish)


def ask(key: str, path: str, method: str = "GET", address: str = "198.51.100.9", body: Any = None) -> Any:
    """As a newsroom's system, which has nothing but the key."""
    return Person(address=address).api(method, path, body, authorization=f"Bearer {key}")


def test_key_is_told_once_and_reads(person: Person) -> None:
    person.enter()
    answer = make(person)
    assert answer.status_code == 201, answer.content
    assert answer["Cache-Control"] == "private, no-store"
    key = answer.json()["key"]
    assert key.startswith("nrt_")
    assert len(key) == 47
    (listed,) = person.api("GET", "account/tokens/").json()["items"]
    assert listed == {name: value for name, value in answer.json().items() if name != "key"}
    assert key.endswith(listed["hint"])
    assert key not in str(ApiToken.objects.values().get())
    assert ask(key, "account/").json()["account"]["name"] == "Ana Duarte"
    assert ask(key, "account/downloads/").status_code == 200
    assert ask(key, "clips/").status_code == 200
    assert ask(key, "orders/").status_code == 200
    assert ask(key, "account/", "HEAD").status_code == 200
    assert person.api("GET", "account/tokens/").json()["items"][0]["last_used_at"]


@pytest.mark.parametrize(
    ("scope", "opened", "closed"), [("account", "account/", "clips/"), ("downloads", "orders/", "account/downloads/")]
)
def test_token_opens_what_its_scopes_have(scope: str, opened: str, closed: str) -> None:
    key = make(Person().enter(), scope).json()["key"]
    assert ask(key, opened).status_code == 200
    refused = ask(key, closed)
    assert refused.status_code == 403
    assert refused["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
    assert "scopes" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "account/tokens/", None),
        ("POST", "account/tokens/", {"name": "More", "scopes": ["account"], "expires_at": "2027-01-01T00:00:00Z"}),
        ("GET", "account/export/", None),
        ("PATCH", "account/", {"name": "Eve"}),
        ("DELETE", "account/", {"password": "x"}),
        ("POST", "account/undertakings/", {"kind": "usage", "version": "1"}),
        ("POST", f"videos/{CLIP}/clips/", {"start": 1, "end": 2}),
        ("POST", "orders/", {"clips": [{"video": CLIP, "start": 1, "end": 2}]}),
        ("DELETE", f"clips/{CLIP}/", None),
    ],
)
def test_token_never_writes_exports_or_makes_tokens(method: str, path: str, body: Any) -> None:
    key = make(Person().enter()).json()["key"]
    answer = ask(key, path, method, body=body)
    assert answer.status_code == 403, answer.content
    assert "token" in answer.json()["detail"]
    assert (MediaAccount.objects.get().name, ApiToken.objects.count()) == ("Ana Duarte", 1)


def test_wrong_ended_and_removed_tokens_are_told_alike() -> None:
    person = Person().enter()
    ended, removed = make(person), make(person)
    ApiToken.objects.filter(pk=ended.json()["id"]).update(expires_at=timezone.now())
    assert person.api("DELETE", f"account/tokens/{removed.json()['id']}/").status_code == 204
    assert person.api("DELETE", f"account/tokens/{removed.json()['id']}/").status_code == 404
    answers = [ask(key, "account/") for key in ("nrt_bent", "", ended.json()["key"], removed.json()["key"])]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer["WWW-Authenticate"] for answer in answers} == {'Bearer error="invalid_token"'}
    assert len({answer.content for answer in answers}) == 1


def test_token_of_a_blocked_account_opens_nothing() -> None:
    key = make(Person().enter()).json()["key"]
    MediaAccount.objects.update(blocked_at=timezone.now())
    assert [ask(key, path).status_code for path in ("account/", "clips/")] == [403, 403]


def test_tokens_of_others_are_nobodys_to_end() -> None:
    token_id = make(Person().enter()).json()["id"]
    assert Person().enter("bo@press.example").api("DELETE", f"account/tokens/{token_id}/").status_code == 404
    assert ApiToken.objects.exists()


def test_guesses_are_counted_and_right_keys_go_on() -> None:
    key = make(Person().enter()).json()["key"]
    answers = [ask(f"nrt_{number}", "account/") for number in range(61)]
    assert [answers[59].status_code, answers[60].status_code] == [401, 429]
    assert int(answers[60]["Retry-After"]) > 0
    assert ask(key, "account/").status_code == 200
    assert ask("nrt_1", "account/", address="203.0.113.5").status_code == 401


@pytest.mark.parametrize(
    ("wish", "parameter"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["write"]}, "scopes.0"),
        ({"expires_at": in_days(400)}, "expires_at"),
        ({"expires_at": in_days(-1)}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"digest": "0"}, "digest"),
    ],
)
def test_token_that_cannot_be_is_refused_by_name(wish: Any, parameter: str) -> None:
    person = Person().enter()
    sound = {"name": "Archive", "scopes": ["account"], "expires_at": in_days(30)}
    answer = person.api("POST", "account/tokens/", sound | wish)
    assert answer.status_code == 422, answer.content
    assert [one["parameter"] for one in answer.json()["errors"]] == [parameter]
    assert person.api("POST", "account/tokens/", sound, x_csrftoken="bent").status_code == 403


def test_an_account_has_twenty_tokens_at_most() -> None:
    person = Person().enter()
    assert [make(person, name=f"Token {number}").status_code for number in range(21)] == [201] * 20 + [409]


def test_owner_is_told_of_a_new_token() -> None:
    make(Person().enter())
    mail = Mail.objects.latest("pk")
    assert (mail.template, mail.to, mail.context["what"]) == ("security_changed", "ana@press.example", "token_made")


def test_tokens_end_with_a_reset_and_its_mail_says_so(person: Person) -> None:
    key = make(Person().enter()).json()["key"]
    person.address = "203.0.113.5"
    person.ask("POST", "auth/password/request", {"email": "ana@press.example"})
    told = person.ask("POST", "auth/password/reset", {"key": code_sent(), "password": "Harbour-Light-92"})
    assert told.status_code == 401, told.content
    assert ask(key, "account/").status_code == 401
    assert (last_mail(), Mail.objects.latest("pk").context["tokens_ended"]) == ("password_changed", True)


def test_token_is_made_by_who_showed_a_moment_ago_who_he_is(person: Person) -> None:
    person.enter()
    session: Any = media_session(person.token or person.http.cookies["newsroom_media"].value)
    for login in session["account_authentication_methods"]:
        login["at"] -= 600
    session.save()
    refused = make(person)
    assert (refused.status_code, "password" in refused.json()["detail"]) == (401, True)
    assert person.ask("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert make(person).status_code == 201


def test_token_of_an_account_that_goes_at_the_same_moment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person().enter()

    def goes(_session: object) -> bool:
        MediaAccount.objects.all().delete()
        return True

    monkeypatch.setattr("accounts.api.tokens.is_recent", goes)
    assert make(person).status_code == 401
