"""RSS, JSON Feed and Media RSS: valid by their specifications, of published documents alone, in one language each."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from delivery.context import frontend_root
from home.models import SiteTexts
from tests.api.conftest import Api
from tests.api.test_queries import copies
from tests.factories.newsroom import edit, make_news, make_topic, make_translation, make_video, story
from tests.factories.showcase import STORY_ID, VIDEO_ID, make_showcase_story, make_showcase_topic

pytestmark = pytest.mark.django_db
CountQueries = Callable[[int], AbstractContextManager[Any]]

KINDS = {
    "/feeds/en/news.rss": "application/rss+xml; charset=utf-8",
    "/feeds/en/news.json": "application/feed+json",
    "/feeds/en/videos.mrss": "application/rss+xml; charset=utf-8",
}
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
MEDIA = "{http://search.yahoo.com/mrss/}"

# https://www.rssboard.org/rss-specification
CHANNEL = """title link description language copyright managingEditor webMaster pubDate lastBuildDate category generator
docs cloud ttl image rating textInput skipHours skipDays item""".split()
ITEM = "title link description author category comments enclosure guid pubDate source".split()
REPEATED = {"item", "category"}

# https://www.rssboard.org/media-rss
MEDIA_ATTRIBUTES = {
    "group": "",
    "content": """url fileSize type medium isDefault expression bitrate framerate samplingrate channels duration height
    width lang""",
    "player": "url height width",
    "title": "type",
    "description": "type",
    "keywords": "",
    "thumbnail": "url height width time",
    "credit": "role scheme",
    "subTitle": "type lang href",
    "text": "type lang start end",
    "license": "type href",
}

# https://www.jsonfeed.org/version/1.1/
URL = {"type": "string", "pattern": "^https?://"}
AUTHORS = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "properties": {"name": {"type": "string"}, "url": URL}, "minProperties": 1},
}
LANGUAGE = {"enum": ["en", "fr"]}
JSON_ITEM = {
    "type": "object",
    "required": ["id", "content_html"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "url": URL,
        "title": {"type": "string"},
        "content_html": {"type": "string"},
        "summary": {"type": "string"},
        "image": URL,
        "date_published": {"type": "string", "format": "date-time"},
        "date_modified": {"type": "string", "format": "date-time"},
        "authors": AUTHORS,
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "language": LANGUAGE,
        "attachments": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["url", "mime_type"],
                "properties": {
                    "url": URL,
                    "mime_type": {"type": "string", "pattern": "^[a-z]+/"},
                    "title": {"type": "string"},
                    "size_in_bytes": {"type": "integer"},
                },
                "additionalProperties": False,
            },
        },
        "_newsroom": {"type": "object"},
    },
    "additionalProperties": False,
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": URL,
        "feed_url": URL,
        "description": {"type": "string"},
        "icon": URL,
        "language": LANGUAGE,
        "authors": AUTHORS,
        "items": {"type": "array", "items": JSON_ITEM},
        "_newsroom": {"type": "object"},
    },
    "additionalProperties": False,
}


def rss(api: Api, path: str) -> Any:
    """The channel of a feed, which has to be as the specifications of RSS 2.0 and Media RSS have it."""
    response = api.get(path)
    assert response.status_code == 200, response.content
    root: Any = ElementTree.fromstring(response.content)
    assert (root.tag, root.attrib, len(root)) == ("rss", {"version": "2.0"}, 1)
    channel = root[0]
    check_elements(channel, CHANNEL, {"title", "link", "description"})
    assert channel.find(f"{ATOM}link[@rel='self']").get("href") == settings.BASE_URL + path
    assert parsedate_to_datetime(channel.findtext("lastBuildDate", "")) <= datetime.now(UTC)
    assert channel.findtext("ttl", "").isdecimal()
    image = channel.find("image")
    assert {part.tag for part in image} == {"url", "title", "link"}
    assert [image.findtext(name) for name in ("title", "link")] == [
        channel.findtext(name) for name in ("title", "link")
    ]
    keys = set()
    for item in channel.findall("item"):
        check_elements(item, ITEM, {"title", "link", "guid", "pubDate"})
        keys.add(item.findtext("guid"))
        assert item.find("guid").get("isPermaLink") == "false"
        assert parsedate_to_datetime(item.findtext("pubDate", "")).tzinfo
        assert urlsplit(item.findtext("link", "")).scheme in ("http", "https")
        check_media(item)
    assert len(keys) == len(channel.findall("item"))
    return channel


def check_elements(parent: Any, known: list[str], required: set[str]) -> None:
    names = [child.tag for child in parent if "{" not in child.tag]
    assert set(names) <= set(known)
    assert required <= set(names)
    assert all(names.count(name) == 1 for name in set(names) - REPEATED)


def check_media(item: Any) -> None:
    """Media RSS: known elements and attributes, values of the right kind, one default a group."""
    for element in item.iter():
        if not element.tag.startswith(MEDIA):
            continue
        name = element.tag.removeprefix(MEDIA)
        assert set(element.attrib) <= set(MEDIA_ATTRIBUTES[name].split()), name
        for number in ("fileSize", "duration", "width", "height"):
            assert element.get(number, "0").isdecimal(), number
        if name in ("content", "player", "thumbnail"):
            assert urlsplit(element.get("url", "")).scheme in ("http", "https")
        if name in ("title", "description"):
            assert element.get("type") in ("plain", "html")
        if name == "content":
            assert element.get("medium") in ("image", "audio", "video", "document", "executable")
            assert element.get("expression", "full") in ("sample", "full", "nonstop")
        if name == "group":
            assert [one.get("isDefault") for one in element if one.tag == f"{MEDIA}content"].count("true") == 1


def json_feed(api: Api, path: str) -> Any:
    """A JSON feed, which has to be as its specification has it."""
    feed = json.loads(api.get(path).content)
    jsonschema.Draft202012Validator(JSON_FEED, format_checker=jsonschema.FormatChecker()).validate(feed)
    assert feed["feed_url"] == settings.BASE_URL + path
    return feed


def everything(api: Api) -> str:
    """All feeds and sitemaps, as text."""
    paths = [*KINDS, *(path.replace("/en/", "/fr/") for path in KINDS), "/sitemap.xml", "/news-sitemap.xml"]
    return "\n".join(api.get(path).content.decode() for path in paths)


def test_news_follow_the_specification_of_rss(api: Api) -> None:
    make_showcase_story()
    assert len(rss(api, "/feeds/en/news.rss").findall("item")) == 2
    assert len(rss(api, "/feeds/fr/news.rss").findall("item")) == 1


def test_reader_of_feeds_finds_all_that_a_story_has(api: Api) -> None:
    make_showcase_story()
    feed = feedparser.parse(api.get("/feeds/en/news.rss").content)
    assert not feed.bozo
    assert (feed.feed.language, feed.feed.link) == ("en", f"{frontend_root()}/en/")
    entry = feed.entries[0]
    assert entry.title == "Harbour reopens after the storm"
    assert entry.link == f"{frontend_root()}/en/news/harbour-reopens/"
    assert entry.id == f"{STORY_ID}/en"
    assert entry.published_parsed[:5] == (2026, 3, 14, 9, 30)
    assert [tag.term for tag in entry.tags] == ["Rescue", "harbour", "storm"]
    assert entry.author == "Ana Moreau"
    assert entry.summary == "Ships leave port for the first time in three days."
    picture = entry.media_content[0]
    assert (picture["medium"], picture["width"], picture["height"]) == ("image", "1000", "600")
    assert entry.media_credit[0]["content"] == "Open Seas / A. Moreau"
    html = entry.content[0].value
    assert f'<a href="{frontend_root()}/en/news/storm-closes-harbour/">after the storm</a>' in html
    assert 'alt="Two boats at a quay"' in html
    assert "The quay at dawn." in html
    assert "The storm lasted three days." in html


def test_pictures_in_the_text_have_words_and_credit(api: Api) -> None:
    make_showcase_story()
    html = json_feed(api, "/feeds/en/news.json")["items"][0]["content_html"]
    assert html.count("<figure>") == html.count("Open Seas / A. Moreau") == 3
    assert 'alt=""' in html


def test_news_follow_the_specification_of_json_feed(api: Api) -> None:
    make_showcase_story()
    feed = json_feed(api, "/feeds/en/news.json")
    item = feed["items"][0]
    assert (feed["language"], item["language"]) == ("en", "en")
    assert item["id"] == f"{STORY_ID}/en"
    assert item["authors"] == [{"name": "Ana Moreau"}]
    assert item["tags"] == ["Rescue", "harbour", "storm"]
    assert item["attachments"][0]["mime_type"] == "application/pdf"
    assert item["_newsroom"]["id"] == str(STORY_ID)
    assert [one["locale"] for one in item["_newsroom"]["translations"]] == ["en", "fr"]
    assert json_feed(api, "/feeds/fr/news.json")["items"][0]["title"] == "Le port rouvre après la tempête"


def test_videos_follow_the_specification_of_media_rss(api: Api) -> None:
    make_showcase_story()
    item = rss(api, "/feeds/en/videos.mrss").find("item")
    content = item.find(f"{MEDIA}group/{MEDIA}content")
    assert {name: content.get(name) for name in ("fileSize", "type", "duration", "width", "framerate", "bitrate")} == {
        "fileSize": "6000000",
        "type": "video/mp4",
        "duration": "12",
        "width": "1280",
        "framerate": "25.0",
        "bitrate": "3846",
    }
    assert item.find(f"{MEDIA}thumbnail").get("url").endswith("/1000.jpeg")
    assert item.find(f"{MEDIA}subTitle").attrib == {
        "type": "text/vtt",
        "lang": "en",
        "href": f"{settings.BASE_URL}/files/captions/9001.vtt",
    }
    assert item.find(f"{MEDIA}license").get("href") == "https://example.com/terms"
    assert item.findtext(f"{MEDIA}credit") == "Camera: J. Lind"
    assert item.findtext(f"{MEDIA}keywords") == "Rescue, patrol"
    assert item.findtext(f"{MEDIA}text") == "Cast off."
    entry = feedparser.parse(api.get("/feeds/en/videos.mrss").content).entries[0]
    assert (entry.id, entry.media_content[0]["duration"]) == (f"{VIDEO_ID}/en", "12")


def test_encoding_that_needs_an_account_has_no_address(api: Api) -> None:
    make_showcase_story()
    feed = rss(api, "/feeds/en/videos.mrss")
    assert [one.get("url") for one in feed.iter(f"{MEDIA}content")] == [
        f"{settings.BASE_URL}/files/videos/9002/web.mp4"
    ]


def test_video_without_a_public_encoding_leads_to_its_page(api: Api) -> None:
    make_video("Patrol")
    item = rss(api, "/feeds/en/videos.mrss").find("item")
    assert item.find(f"{MEDIA}player").get("url") == item.findtext("link")


def test_translations_name_each_other(api: Api) -> None:
    make_showcase_story()
    channel = rss(api, "/feeds/fr/news.rss")
    item = channel.find("item")
    link = "{http://www.w3.org/1999/xhtml}link[@rel='alternate'][@hreflang='en']"
    assert channel.find(link).get("href") == f"{settings.BASE_URL}/feeds/en/news.rss"
    assert item.find(link).get("href") == f"{frontend_root()}/en/news/harbour-reopens/"
    assert item.findtext("guid") == f"{STORY_ID}/fr"


def test_what_is_not_public_is_in_no_feed(api: Api) -> None:
    make_news("Still a draft", publish=False)
    withdrawn = make_news("Withdrawn since")
    embargoed = make_news("Under embargo", publish=False)
    moved = story(embargoed)
    moved.embargo_until = datetime.now(UTC) + timedelta(days=1)
    moved.save()
    embargoed.get_latest_revision().publish()
    make_video("Raw cut", publish=False)
    make_news("Out")
    assert "Withdrawn since" in everything(api)
    withdrawn.unpublish()
    text = everything(api)
    for words in ("Still a draft", "still-a-draft", "Withdrawn since", "Under embargo", "under-embargo", "Raw cut"):
        assert words not in text
    assert "Out" in text


def test_guid_stays_when_the_slug_changes(api: Api) -> None:
    page = make_news("Storm")
    before = rss(api, "/feeds/en/news.rss").find("item")
    edit(page, slug="gale", title="Gale")
    after = rss(api, "/feeds/en/news.rss").find("item")
    assert before.findtext("link") != after.findtext("link")
    assert before.findtext("guid") == after.findtext("guid")


@pytest.mark.parametrize("path", ["/feeds/en/news.rss", "/feeds/en/news.json"])
def test_any_character_survives_or_goes_and_breaks_nothing(api: Api, path: str) -> None:
    words = "« 100 % » – R&D <b> ]]> 🚢"
    html = "<p>A\x01 &lt;tag&gt; ]]&gt; &amp;\x0b 🚢\ufffe</p>"
    make_news(
        f"\x08{words}\x1f",
        slug="words",
        summary=f"{words}\x02",
        body=json.dumps([{"type": "text", "value": html, "id": "a"}]),
    )
    if path.endswith("rss"):
        assert not feedparser.parse(api.get(path).content).bozo
        item = rss(api, path).find("item")
        title, summary, content = (item.findtext(name) for name in ("title", "description", f"{CONTENT}encoded"))
    else:
        item = json_feed(api, path)["items"][0]
        title, summary, content = item["title"], item["summary"], item["content_html"]
    assert (title, summary) == (words, words)
    assert content == "<p>A &lt;tag&gt; ]]&gt; &amp; 🚢</p>"
    assert "« 100 % »" in api.get("/news-sitemap.xml").content.decode()


def test_topic_chooses_by_id_and_by_slug_in_any_language(api: Api) -> None:
    topic = make_showcase_topic()
    page = make_news("Saved", publish=False)
    page.topics.set([topic])
    page.save_revision().publish()
    make_news("Something else")
    for value in (topic.translation_key, "rescue", "sauvetage", "RESCUE"):
        channel = rss(api, f"/feeds/en/news.rss?topic={value}")
        assert [item.findtext("title") for item in channel.findall("item")] == ["Saved"]
        assert channel.findtext("title").endswith("· Rescue")
    make_topic("Weather")
    assert len(json_feed(api, "/feeds/en/news.json?topic=weather&topic=rescue")["items"]) == 1
    assert json_feed(api, "/feeds/en/news.json?topic=nothing")["items"] == []
    assert rss(api, "/feeds/en/videos.mrss?topic=rescue").find("item") is None


def test_parameter_that_is_not_known_is_refused_by_name(api: Api) -> None:
    make_news()
    for path in (*KINDS, "/sitemap.xml", "/sitemap-1.xml", "/news-sitemap.xml"):
        errors = api.problem(f"{path}?colour=blue")["errors"]
        assert [(one["parameter"], one["code"]) for one in errors] == [("colour", "unknown_parameter")]
    assert api.problem("/feeds/en/news.rss?topic=")["errors"][0]["parameter"] == "topic"


def test_language_that_there_is_not_is_404(api: Api) -> None:
    for path in ("/feeds/de/news.rss", "/feeds/EN/news.json", "/feeds/e%00n/videos.mrss", "/feeds/en/videos.rss"):
        assert api.problem(path)["status"] == 404


def test_kinds_of_content(api: Api) -> None:
    for path, kind in KINDS.items():
        for accept in ("*/*", "application/xml", "text/html"):
            assert api.get(path, accept=accept)["Content-Type"] == kind


def test_name_that_the_server_was_called_by_is_nowhere(api: Api) -> None:
    make_showcase_story()
    for path in (*KINDS, "/sitemap.xml", "/news-sitemap.xml"):
        assert api.get(path, host="localhost").content == api.get(path).content


def test_tag_changes_with_stories_and_with_the_name_of_the_site(api: Api) -> None:
    page = make_news("Storm")
    for path in KINDS:
        tags = [api.get(path)["ETag"]]
        edit(page, summary=f"Stronger: {path}")
        tags.append(api.get(path)["ETag"])
        SiteTexts.objects.filter(locale__language_code="en").update(name=f"Desk {path}")
        tags.append(api.get(path)["ETag"])
        make_translation(make_news(path))
        tags.append(api.get(path)["ETag"])
        assert len(set(tags)) == 4
        assert api.get(path, if_none_match=tags[-1]).status_code == 304
        assert api.get(path, if_none_match=tags[0]).status_code == 200


def test_last_change_is_that_of_the_log(api: Api) -> None:
    page = make_news("Storm")
    before = datetime.now(UTC).replace(microsecond=0)
    page.unpublish()
    response = api.get("/feeds/en/news.rss")
    assert parsedate_to_datetime(response["Last-Modified"]) >= before


def test_no_feed_is_kept_past_the_next_change(api: Api) -> None:
    make_news("Storm", expire_at=datetime.now(UTC) + timedelta(seconds=30))
    for path in (*KINDS, "/sitemap.xml", "/news-sitemap.xml"):
        control = api.get(path)["Cache-Control"]
        assert int(control.partition("s-maxage=")[2].partition(",")[0]) < 30


@pytest.mark.parametrize("size", [1, 50])
@pytest.mark.parametrize("path", KINDS)
def test_feed_costs_three_queries_and_two_for_who_has_it(
    api: Api, django_assert_num_queries: CountQueries, path: str, size: int
) -> None:
    page = make_video() if "videos" in path else make_news()
    copies(page, size - 1)
    with django_assert_num_queries(3):
        response = api.get(path)
    assert response.content.decode().count(f"{'/en' if 'json' not in path else 'content_html'}") >= size
    with django_assert_num_queries(2):
        assert api.get(path, if_none_match=response["ETag"]).status_code == 304


def test_site_names_the_feeds(api: Api) -> None:
    feeds = api.json("site/?locale=fr")["feeds"]
    assert len(feeds) == 5
    make_news()
    for url in feeds.values():
        assert api.get(url.removeprefix(settings.BASE_URL)).status_code == 200


def test_a_tag_from_before_a_restored_backup_is_not_answered_as_unchanged(client: Client) -> None:
    make_news("Before")
    backup = transaction.savepoint()
    make_news("Lost")
    tag = client.get("/feeds/en/news.rss")["ETag"]
    transaction.savepoint_rollback(backup)
    make_news("After")
    response = client.get("/feeds/en/news.rss", headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert "After" in response.content.decode()
