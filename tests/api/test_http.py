"""What HTTP asks of every endpoint: methods, entity tags, languages, origins, kinds of content."""

import json

import pytest
from django.test import Client

from tests.api.conftest import Api
from tests.factories.newsroom import edit, make_editor, make_news, make_topic, make_translation, make_video

pytestmark = pytest.mark.django_db

READS = [
    "news/",
    "news/storm/",
    "videos/",
    "videos/patrol/",
    "pages/home/",
    "navigation/",
    "site/",
    "topics/",
    "resolve/?path=/en/news/storm/",
    "changes/",
    "openapi.json",
]

FEEDS = [
    "/feeds/en/news.rss",
    "/feeds/en/news.json",
    "/feeds/en/videos.mrss",
    "/sitemap.xml",
    "/news-sitemap.xml",
]


@pytest.fixture
def content(api: Api) -> None:
    make_topic()
    make_news("Storm")
    make_video("Patrol")


def test_second_read_with_the_tag_is_304_without_a_body(api: Api, content: None) -> None:
    for path in [*READS, *FEEDS]:
        first = api.get(path)
        for given in (first["ETag"], f"W/{first['ETag']}", f'"other", {first["ETag"]}', "*"):
            second = api.get(path, if_none_match=given)
            assert (path, second.status_code, second.content) == (path, 304, b"")
            for name in ("ETag", "Cache-Control", "Content-Language", "Cache-Tag"):
                assert second.headers.get(name) == first.headers.get(name)
            assert "Content-Type" not in second
        assert api.get(path, if_none_match='"other"').content == first.content


def test_reads_can_be_kept_by_caches(api: Api, content: None) -> None:
    for path in [*READS, *FEEDS]:
        response = api.get(path)
        assert response["Cache-Control"].startswith("public, max-age=0, s-maxage="), path
        assert "Vary" not in response


def test_head_has_the_headers_and_no_body(api: Api, content: None) -> None:
    for path in [*READS, *FEEDS, "docs"]:
        get, head = api.get(path), api.request("HEAD", path)
        assert (path, head.status_code, head.content) == (path, 200, b"")
        assert head["Content-Length"] == str(len(get.content))
        assert head.headers.get("ETag") == get.headers.get("ETag")


def test_options_is_an_answer_to_a_preflight(api: Api) -> None:
    for path in [*READS, *FEEDS, "docs"]:
        response = api.request("OPTIONS", path, origin="https://frontend.example", access_control_request_method="GET")
        assert (path, response.status_code, response.content) == (path, 204, b"")
        assert response["Allow"] == response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert response["Access-Control-Allow-Headers"] == "*"


def test_other_methods_are_405_and_say_which_there_are(api: Api) -> None:
    for path in [*READS, *FEEDS, "docs"]:
        for method in ("POST", "PUT", "PATCH", "DELETE", "BREW"):
            response = api.request(method, path)
            assert (path, response.status_code, response["Allow"]) == (path, 405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("accept", ["application/json; charset=utf-8", "application/*;version=1", ""])
def test_parameters_of_accept_are_no_reason_to_refuse(client: Client, content: None, accept: str) -> None:
    assert client.get("/api/v1/site/", headers={"Accept": accept}).status_code == 200


def test_who_takes_no_json_gets_406(api: Api, content: None) -> None:
    for path in READS:
        for accept in ("text/html", "application/json;q=0", "application/xml, text/*;q=0.5"):
            assert (path, api.problem(path, accept=accept)["status"]) == (path, 406)


def test_who_takes_json_gets_it(api: Api) -> None:
    for accept in ("*/*", "application/*", "text/html, application/json;q=0.1", "application/json"):
        assert api.get("news/", accept=accept).status_code == 200


def test_session_of_an_editor_changes_nothing(api: Api, content: None) -> None:
    plain = api.get("news/storm/")
    api.client.force_login(make_editor())
    again = api.get("news/storm/")
    assert (again.content, again["ETag"]) == (plain.content, plain["ETag"])


def test_language_of_the_browser_changes_nothing(api: Api, content: None) -> None:
    assert api.get("news/storm/", accept_language="fr").content == api.get("news/storm/").content


def test_tags_differ_between_a_document_and_the_same_as_a_fallback(api: Api) -> None:
    page = make_news("Storm")
    english = api.get(f"news/{page.translation_key}/")
    fallback = api.get(f"news/{page.translation_key}/?locale=fr&fallback=default")
    assert english["ETag"] != fallback["ETag"]
    assert fallback["Content-Language"] == "en"
    url = f"news/{page.translation_key}/?locale=fr&fallback=default"
    assert api.get(url, if_none_match=english["ETag"]).status_code == 200
    assert api.get(url, if_none_match=fallback["ETag"]).status_code == 304
    make_translation(page, "Tempête")
    assert api.get(url, if_none_match=fallback["ETag"])["Content-Language"] == "fr"


def test_tag_of_what_was_withdrawn_is_worth_nothing(api: Api) -> None:
    page = make_news("Storm")
    path = f"news/{page.translation_key}/"
    etag = api.get(path)["ETag"]
    page.unpublish()
    for given in (etag, "*"):
        for method in ("GET", "HEAD"):
            assert api.request(method, path, if_none_match=given).status_code == 404


def test_tag_of_a_list_changes_with_its_entries(api: Api) -> None:
    page = make_news("Storm")
    etag = api.get("news/")["ETag"]
    edit(page, summary="Stronger.")
    assert api.get("news/", if_none_match=etag).status_code == 200


def test_tag_of_the_feed_changes_when_more_follows(api: Api) -> None:
    make_news("Storm")
    number = len(api.json("changes/")["items"])
    before = api.get(f"changes/?limit={number}")
    make_news("Another")
    after = api.get(f"changes/?limit={number}", if_none_match=before["ETag"])
    assert after.status_code == 200
    assert json.loads(after.content)["has_more"]


def test_address_without_its_last_slash_leads_to_the_one_with(api: Api) -> None:
    response = api.get("news?limit=3")
    assert (response.status_code, response["Location"]) == (301, "/api/v1/news/?limit=3")
    assert api.problem("nothing")["status"] == 404
    assert api.problem("news", method="POST")["status"] == 404


def test_other_spelling_and_former_slug_lead_to_the_one_form(api: Api) -> None:
    page = make_news("Storm")
    edit(page, slug="gale")
    for old in ("GALE", "storm"):
        response = api.get(f"news/{old}/?locale=en")
        assert (response.status_code, response["Location"]) == (301, "/api/v1/news/gale/?locale=en")


def test_documentation_loads_nothing_from_elsewhere(api: Api) -> None:
    page = api.get("docs", accept="text/html").content.decode()
    assert "://" not in page
    assert '"validatorUrl": null' in page
    policy = api.get("docs")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_other_addresses_are_none_of_the_apis_business(client: Client) -> None:
    response = client.get("/api/v2/news/")
    assert (response.status_code, "Access-Control-Allow-Origin" in response) == (404, False)


def test_an_answer_says_how_long_it_is(api: Api) -> None:
    make_news("Storm")
    for path in ("news/", "news/storm/", "news/nothing/"):
        answer = api.get(path)
        assert answer["Content-Length"] == str(len(answer.content))
