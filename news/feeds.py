"""News as feeds, and the news sitemap: RSS 2.0, JSON Feed 1.1, Google's sitemap of the last two days."""

import json
import mimetypes
import re
from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import override
from django.utils.xmlutils import SimplerXMLGenerator
from ninja import Query, Router

from delivery.feeds import FeedParameters, Json, element, feed_response, for_xml, log_end
from delivery.models import PublishedDocument
from delivery.parameters import refuse_parameters
from delivery.sitemaps import KIND, urlset, w3c_moment
from home.feeds import Channel, StoryFeed, add_licence, channel, channel_response, known, labels, story_key
from home.models import SiteTexts
from news.documents import COLLECTION

JSON_FEED = "https://jsonfeed.org/version/1.1"
# https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
NEWS_NAMESPACE = {"xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9"}
NEWS_AGE = timedelta(hours=48)
NEWS_LENGTH = 1000

router = Router()
sitemap_router = Router()


@router.get("{slug:locale}/news.rss")
def news_rss(request: HttpRequest, locale: str, query: Query[FeedParameters]) -> HttpResponse:
    """The newest stories as RSS 2.0, whole."""
    end = log_end()
    about = channel("news.rss", locale, query.topic)
    return channel_response(request, about, COLLECTION, end, NewsFeed.content_type, NewsFeed(about, end).written)


@router.get("{slug:locale}/news.json")
def news_json(request: HttpRequest, locale: str, query: Query[FeedParameters]) -> HttpResponse:
    """The newest stories as JSON Feed 1.1, whole."""
    end = log_end()
    about = channel("news.json", locale, query.topic)
    kind = "application/feed+json"
    return channel_response(request, about, COLLECTION, end, kind, lambda stories: json_feed(about, stories))


class NewsFeed(StoryFeed):
    """RSS of news stories."""

    def describe_story(self, handler: SimplerXMLGenerator, story: Json) -> None:
        for source in story["sources"]:
            handler.addQuickElement("dc:creator", source)
        handler.addQuickElement("content:encoded", story_html(story))
        image = story["image"]
        if image:
            facts = known(url=image["src"], medium="image", type="image/jpeg", isDefault="true", **_size(image))
            with element(handler, "media:content", facts):
                handler.addQuickElement("media:credit", image["credit"])
                if image["alt"]:
                    handler.addQuickElement("media:description", image["alt"], {"type": "plain"})
                add_licence(handler, image["usage_terms"])


def _size(image: Json) -> dict[str, int]:
    """Width and height of the size that `src` names."""
    sizes = (source for source in image["sources"] if source["url"] == image["src"])
    return {name: source[name] for source in sizes for name in ("width", "height")}


def story_html(story: Json) -> str:
    """The body of a story for who reads it elsewhere: as the preview shows it, with its corrections."""
    with override(story["locale"]):
        html = render_to_string("news/feeds/story.html", {"story": story})
    return re.sub(r"\s*\n\s*", "\n", html).strip()


def json_feed(about: Channel, stories: list[Json]) -> bytes:
    """https://www.jsonfeed.org/version/1.1/"""
    feed = {
        "version": JSON_FEED,
        "title": about.title,
        "home_page_url": about.home_url,
        "feed_url": about.url,
        "description": about.tagline,
        "icon": about.image_url,
        "language": about.locale,
        "authors": [{"name": about.organisation}] if about.organisation else [],
        "_newsroom": {"translations": [{"locale": one, "url": url} for one, url in about.in_other_languages()]},
        "items": [_json_item(story) for story in stories],
    }
    said = {name: value for name, value in feed.items() if name == "items" or value}
    return json.dumps(said, ensure_ascii=False).encode()


def _json_item(story: Json) -> Json:
    item = {
        "id": story_key(story),
        "url": story["url"],
        "title": story["title"],
        "content_html": story_html(story),
        "summary": story["summary"],
        "image": story["image"]["src"] if story["image"] else None,
        "date_published": story["published_at"],
        "date_modified": story["updated_at"],
        "authors": [{"name": source} for source in story["sources"]],
        "tags": labels(story),
        "language": story["locale"],
        "attachments": [_attachment(block) for block in story["body"] if block["type"] == "download"],
        "_newsroom": {name: story[name] for name in ("id", "kind", "priority", "api_url", "translations")},
    }
    return {name: value for name, value in item.items() if name == "content_html" or value}


def _attachment(block: Json) -> Json:
    kind = mimetypes.guess_type(block["filename"])[0] or "application/octet-stream"
    size = {"size_in_bytes": block["size_bytes"]} if block["size_bytes"] else {}
    return {"url": block["url"], "mime_type": kind, "title": block["label"], **size}


@sitemap_router.get("news-sitemap.xml")
def news_sitemap(request: HttpRequest) -> HttpResponse:
    """What was published in the last 48 hours, in all languages, newest first."""
    refuse_parameters(request)
    end = log_end()
    names: dict[str, str] = dict(SiteTexts.objects.values_list("locale__language_code", "name"))
    news = PublishedDocument.objects.filter(collection=COLLECTION, published_at__gt=end.now - NEWS_AGE)
    recent = news.filter(published_at__lte=end.now).order_by("-published_at", "-story_id", "locale")
    stories = list(recent.only("story_id", "locale", "path", "title", "published_at")[:NEWS_LENGTH])

    def describe(xml: SimplerXMLGenerator, story: PublishedDocument) -> None:
        with element(xml, "news:news"):
            with element(xml, "news:publication"):
                xml.addQuickElement("news:name", for_xml(names.get(story.locale, "")))
                xml.addQuickElement("news:language", story.locale)
            xml.addQuickElement("news:publication_date", w3c_moment(story.published_at))
            xml.addQuickElement("news:title", for_xml(story.title))

    # Stories leave by the clock alone, and those with a public date to come enter; the log tells of neither.
    leaves = [story.published_at + NEWS_AGE for story in stories[-1:]]
    enters = news.filter(published_at__gt=end.now).order_by("published_at").values_list("published_at", flat=True)[:1]
    changes = [moment for moment in (end.next_change, *leaves, *enters) if moment]
    return feed_response(
        request,
        lambda: urlset(stories, describe, NEWS_NAMESPACE),
        replace(end, next_change=min(changes, default=None)),
        kind=KIND,
        tags=["news-sitemap", COLLECTION],
        words=[*names.values(), *(f"{story.story_id} {story.locale}" for story in stories)],
    )
