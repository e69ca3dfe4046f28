"""What is wrong is said in one form, in the caller's language, by name, and with nothing internal in it."""

import json
import logging
from typing import Any

import pytest
from django.utils.translation import gettext, override

from tests.api import posting
from tests.api.conftest import Api
from tests.factories.accounts import log_in
from tests.factories.footage import make_media_account
from tests.factories.newsroom import make_editor, make_news

pytestmark = pytest.mark.django_db

LISTS = ["news/", "videos/"]
DOCUMENTS = ["news/storm/", "videos/storm/", "pages/storm/"]
TEXTS = ["navigation/", "site/", "topics/"]
EVERYTHING = [*LISTS, *DOCUMENTS, *TEXTS, "resolve/?path=/en/", "changes/"]


def named(problem: Any) -> list[tuple[str, str]]:
    assert (problem["status"], problem["type"]) == (422, "/problems/bad-parameter")
    return [(error["parameter"], error["code"]) for error in problem["errors"]]


def with_query(path: str, query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{query}"


def test_unknown_parameter_is_named(api: Api) -> None:
    for path in EVERYTHING:
        assert named(api.problem(with_query(path, "colour=blue"))) == [("colour", "unknown_parameter")]


def test_single_parameter_given_twice_is_named(api: Api) -> None:
    for path in [*LISTS, *DOCUMENTS, *TEXTS]:
        assert named(api.problem(with_query(path, "locale=en&locale=en"))) == [("locale", "repeated_parameter")]
    assert named(api.problem("changes/?limit=1&limit=2")) == [("limit", "repeated_parameter")]
    assert named(api.problem("resolve/?path=/&path=/")) == [("path", "repeated_parameter")]


def test_unknown_locale_is_named(api: Api) -> None:
    for path in [*LISTS, *DOCUMENTS, *TEXTS]:
        for locale in ("de", "EN", "fr-CA", ""):
            assert named(api.problem(with_query(path, f"locale={locale}"))) == [("locale", "literal_error")]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "9" * 5000, "1e3", "2.5", "0x10", "NaN"])
def test_limit_out_of_bounds_is_named(api: Api, limit: str) -> None:
    assert [name for name, _code in named(api.problem(f"news/?limit={limit}"))] == ["limit"]


def test_limit_of_the_feed_has_bounds_too(api: Api) -> None:
    for limit in ("0", "1001", "x"):
        assert [name for name, _code in named(api.problem(f"changes/?limit={limit}"))] == ["limit"]


@pytest.mark.parametrize(
    "moment",
    [
        "1735689600",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:00 02:00",
        "2026-01-31T25:00:00Z",
        "20260131T120000Z",
        "yesterday",
        "-1",
        "",
        "٢٠٢٦-01-31T12:00:00Z",
    ],
)
def test_time_that_is_not_rfc_3339_is_named(api: Api, moment: str) -> None:
    for name in ("published_after", "published_before", "updated_after"):
        assert [named_ for named_, _code in named(api.problem(f"news/?{name}={moment}"))] == [name]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.123456%2B05:30",
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-31T12:00:00%2B23:59",
        "2026-01-31T12:00:00-23:59",
    ],
)
def test_time_in_rfc_3339_is_taken(api: Api, moment: str) -> None:
    for name in ("published_after", "published_before", "updated_after"):
        assert api.get(f"news/?{name}={moment}").status_code == 200


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("news/?cursor=nonsense", "cursor"),
        ("news/?cursor=%C3%A9", "cursor"),
        (f"news/?cursor={'A' * 5000}", "cursor"),
        ("news/?order=title", "order"),
        ("news/?ids=1", "ids"),
        ("news/?kind=gossip", "kind"),
        ("news/?count=maybe", "count"),
        ("news/?topic=", "topic"),
        (f"news/?tag={'x' * 101}", "tag"),
        ("news/?topic=%00", "topic"),
        ("news/?fallback=maybe", "fallback"),
        ("news/%00/?locale=%00", "locale"),
        ("resolve/", "path"),
        ("resolve/?path=", "path"),
        ("resolve/?path=%00", "path"),
        (f"resolve/?path=/{'x' * 1024}", "path"),
        ("changes/?since=%00", "since"),
        ("changes/?since=abc", "since"),
        (f"changes/?since={'_' * 32}", "since"),
        ("changes/?type=nothing", "type"),
        ("changes/?locale=de", "locale"),
        ("changes/?since=%C3%A9%C3%A9", "since"),
        (f"changes/?since={'A' * 100}", "since"),
    ],
)
def test_value_that_cannot_be_used_is_named(api: Api, path: str, name: str) -> None:
    assert [one for one, _code in named(api.problem(path))] == [name]


@pytest.mark.parametrize(
    "path",
    [
        "news/%00/",
        "news/a%00b/",
        "news/%ff/",
        "news/%zz/",
        "news/%ed%a0%80/",
        f"news/{'x' * 3000}/",
        "nothing/",
        "news/a/b/",
        "",
    ],
)
def test_what_is_not_there_is_404(api: Api, path: str) -> None:
    assert api.problem(path)["type"] == "/problems/not-found"


@pytest.mark.parametrize("path", ["news/?topic=%ff", "news/?tag=%ed%a0%80", "news/?topic=%zz&tag=%"])
def test_text_in_no_encoding_finds_nothing(api: Api, path: str) -> None:
    assert api.json(path)["items"] == []


def test_more_fields_than_anybody_needs_are_refused(api: Api) -> None:
    assert api.problem("news/?" + "&".join(["a=1"] * 20_001))["status"] in (400, 422)


def test_what_is_hidden_answers_like_what_never_was(api: Api) -> None:
    page = make_news("Secret", publish=False)
    never = api.get("news/00000000-0000-4000-8000-000000000000/")
    for key in (page.translation_key, page.slug):
        hidden = api.get(f"news/{key}/")
        assert (hidden.content, hidden.headers) == (never.content, never.headers)


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({}, "", "en"),
        ({"accept_language": "fr"}, "", "fr"),
        ({"accept_language": "fr-CA,fr;q=0.8,en;q=0.5"}, "", "fr"),
        ({"accept_language": "de, fr;q=0.5"}, "", "fr"),
        ({"accept_language": "de"}, "", "en"),
        ({"accept_language": "*"}, "", "en"),
        ({"accept_language": "en"}, "?locale=fr", "en"),
        ({}, "?locale=fr", "fr"),
        ({"accept_language": "\x00" * 10}, "", "en"),
    ],
)
def test_language_is_the_callers(api: Api, headers: dict[str, str], query: str, language: str) -> None:
    response = api.get(f"news/nothing/{query}", **headers)
    assert response["Content-Language"] == language
    with override(language):
        assert json.loads(response.content)["title"] == gettext("Not found")


def test_no_cookie_has_a_say_in_the_language(api: Api) -> None:
    api.client.cookies["django_language"] = "fr"
    assert api.get("news/nothing/")["Content-Language"] == "en"


def test_foreign_host_is_refused(api: Api) -> None:
    assert api.problem("news/", host="elsewhere.example")["status"] == 400


@pytest.fixture
def posting_api(api: Api, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Api:
    settings.ROOT_URLCONF = "tests.api.posting"
    monkeypatch.setattr("cms.middleware.api", posting.api)
    return api


class TestBodies:
    def post(self, api: Api, body: str, kind: str = "application/json") -> Any:
        return api.client.post("/api/v1/notes/", body, content_type=kind)

    def test_json_is_read(self, posting_api: Api) -> None:
        assert self.post(posting_api, '{"text": "x", "stars": 3}').status_code == 200

    def test_fields_that_are_wrong_are_named(self, posting_api: Api) -> None:
        problem = self.post(posting_api, '{"stars": "many"}').json()
        assert [error["parameter"] for error in problem["errors"]] == ["text", "stars"]

    def test_other_kinds_of_content_are_415(self, posting_api: Api) -> None:
        response = self.post(posting_api, "text=x", "application/x-www-form-urlencoded")
        assert (response.status_code, response["Content-Type"]) == (415, "application/problem+json")

    def test_what_is_no_json_is_400(self, posting_api: Api) -> None:
        for body in ("{", "\x00", '{"text": NaN'):
            assert self.post(posting_api, body).status_code == 400

    def test_too_much_is_413(self, posting_api: Api, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        response = self.post(posting_api, json.dumps({"text": "x" * 200, "stars": 1}))
        assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")


def test_what_needs_an_account_passes_through_the_whole_chain(posting_api: Api) -> None:
    assert posting_api.client.get("/api/v1/me/").status_code == 401
    posting_api.client.force_login(make_editor(username="lea"))
    assert posting_api.client.get("/api/v1/me/").status_code == 401, "editors are nobody here"
    account = make_media_account()
    log_in(posting_api.client, account)
    assert posting_api.client.get("/api/v1/me/").json() == {"name": account.get_username()}


def test_failure_is_noted_and_says_nothing(posting_api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = posting_api.get("broken/", accept_language="fr")
    assert (response.status_code, response["Content-Language"]) == (500, "fr")
    assert "swordfish" not in response.content.decode()
    assert "swordfish" in caplog.text


def test_failure_outside_an_operation_is_a_problem_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str) -> None:
        raise RuntimeError("swordfish")

    monkeypatch.setattr("cms.middleware.resolve", broken)
    response = api.get("news/")
    assert (response.status_code, "swordfish" in response.content.decode()) == (500, False)
