"""What every feed of the newsroom says of itself and of a story: RSS 2.0 and Media RSS.

https://www.rssboard.org/rss-specification, https://www.rssboard.org/media-rss
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.xmlutils import SimplerXMLGenerator

from delivery.context import frontend_url
from delivery.errors import NotPublished
from delivery.feeds import Json, LogEnd, element, feed_response, feed_url, for_xml, newest
from delivery.schemas import LocaleCode
from home.models import SiteTexts, Topic
from home.topics import topic_ids

# Minutes that a reader of the feed should wait before it asks again.
TTL_MINUTES = 5
NAMESPACES = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
    "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
}


@dataclass(frozen=True)
class Channel:
    """What a feed says of itself."""

    file: str
    locale: str
    topics: Sequence[str]
    title: str
    organisation: str
    tagline: str

    @property
    def url(self) -> str:
        """Its own address."""
        return feed_url(self.locale, self.file, self.topics)

    @property
    def home_url(self) -> str:
        """The front page of the site in this language."""
        return frontend_url(f"/{self.locale}/")

    @property
    def image_url(self) -> str:
        """A square picture that stands for the newsroom."""
        return f"{settings.BASE_URL}{static('cms/mark.png')}"

    def in_other_languages(self) -> list[tuple[str, str]]:
        """Languages and addresses of the same feed."""
        others = [locale for locale in get_args(LocaleCode) if locale != self.locale]
        return [(locale, feed_url(locale, self.file, self.topics)) for locale in others]


def channel(file: str, locale: str, topics: Sequence[str]) -> Channel:
    """The feed `file` in a language, about any of the topics. Raises NotPublished for no such language."""
    about = topic_ids([topic.lower() for topic in topics]) if topics else []
    own = Topic.objects.public().filter(locale=OuterRef("locale"), translation_key__in=about)
    rows = SiteTexts.objects.filter(locale__language_code=locale).annotate(
        topic_names=ArraySubquery(own.order_by("name").values("name"))
    )
    texts: Any = rows.first()
    if texts is None:
        raise NotPublished
    names = ", ".join(texts.topic_names or [])
    return Channel(
        file=file,
        locale=locale,
        topics=topics,
        title=for_xml(f"{texts.name} · {names}" if names else texts.name),
        organisation=for_xml(texts.organisation),
        tagline=for_xml(texts.tagline),
    )


def channel_response(
    request: HttpRequest, about: Channel, collection: str, end: LogEnd, kind: str, write: Callable[[list[Json]], bytes]
) -> HttpResponse:
    """A feed as an answer; `write` is given its newest documents, where the caller does not have them."""
    return feed_response(
        request,
        lambda: write(newest(collection, about.locale, about.topics)),
        end,
        kind=kind,
        tags=[collection, f"{collection}:{about.locale}", f"site:{about.locale}"],
        locale=about.locale,
        words=(about.title, about.organisation, about.tagline, *about.topics),
    )


class StoryFeed(Rss201rev2Feed):
    """RSS of stories. `describe_story` says what is particular to a collection."""

    def __init__(self, of: Channel, end: LogEnd) -> None:
        super().__init__(
            title=of.title,
            link=of.home_url,
            description=of.tagline or of.title,
            language=of.locale,
            feed_url=of.url,
            ttl=TTL_MINUTES,
        )
        self.channel = of
        self.changed_at = end.at

    def written(self, stories: list[Json]) -> bytes:
        """The whole feed, of documents as `delivery.feeds.newest` gives them."""
        for story in stories:
            self.add_item(
                title=story["title"],
                link=story["url"],
                description=story["summary"],
                unique_id=story_key(story),
                unique_id_is_permalink=False,
                pubdate=datetime.fromisoformat(story["published_at"]),
                categories=labels(story),
                story=story,
            )
        return self.writeString("utf-8").encode()

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | NAMESPACES

    def latest_post_date(self) -> datetime:
        """When anything last changed: a withdrawal changes a feed, and leaves no date in it."""
        return self.changed_at

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        for locale, url in self.channel.in_other_languages():
            add_translation(handler, locale, url)
        with element(handler, "image"):
            handler.addQuickElement("url", self.channel.image_url)
            handler.addQuickElement("title", self.feed["title"])
            handler.addQuickElement("link", self.feed["link"])

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        story = item["story"]
        handler.addQuickElement("atom:updated", story["updated_at"])
        for other in story["translations"]:
            if other["locale"] != story["locale"]:
                add_translation(handler, other["locale"], other["url"])
        self.describe_story(handler, story)

    def describe_story(self, handler: SimplerXMLGenerator, story: Json) -> None:
        """Write what only stories of one collection have."""


def story_key(story: Json) -> str:
    """What names a story in one language for ever: slugs change."""
    return f"{story['id']}/{story['locale']}"


def labels(story: Json) -> list[str]:
    """Topics, then tags."""
    return [*(topic["name"] for topic in story["topics"]), *story["tags"]]


def known(**attributes: object) -> dict[str, str]:
    """Attributes of an element: those that are known."""
    return {name: str(value) for name, value in attributes.items() if value not in (None, "")}


def add_translation(handler: SimplerXMLGenerator, locale: str, url: str) -> None:
    """Write where the same is in another language."""
    # Not `atom:link`, which feedparser, and who builds on it, takes for the address of the story itself.
    handler.addQuickElement("xhtml:link", None, {"rel": "alternate", "hreflang": locale, "href": url})


def add_licence(handler: SimplerXMLGenerator, terms: Json | None) -> None:
    """Write usage terms, if there are any."""
    if terms:
        handler.addQuickElement("media:license", terms["name"], known(type="text/html", href=terms["url"]))
