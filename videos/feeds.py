"""Videos as Media RSS: https://www.rssboard.org/media-rss"""

import mimetypes
from fractions import Fraction

from django.http import HttpRequest, HttpResponse
from django.utils.xmlutils import SimplerXMLGenerator
from ninja import Query, Router

from delivery.feeds import FeedParameters, Json, element, log_end
from home.feeds import StoryFeed, add_licence, channel, channel_response, known, labels
from videos.documents import COLLECTION

router = Router()


@router.get("{slug:locale}/videos.mrss")
def videos_mrss(request: HttpRequest, locale: str, query: Query[FeedParameters]) -> HttpResponse:
    """The newest videos as RSS 2.0 with Media RSS."""
    end = log_end()
    about = channel("videos.mrss", locale, query.topic)
    return channel_response(request, about, COLLECTION, end, VideoFeed.content_type, VideoFeed(about, end).written)


class VideoFeed(StoryFeed):
    """Media RSS. What needs an account has no address, and so is not in it."""

    def describe_story(self, handler: SimplerXMLGenerator, story: Json) -> None:
        encodings = [rendition for rendition in story["renditions"] if rendition["url"]]
        if encodings:
            with element(handler, "media:group"):
                for number, rendition in enumerate(encodings):
                    facts = _facts(story, rendition) | known(isDefault="false" if number else "true")
                    handler.addQuickElement("media:content", None, facts)
        else:
            handler.addQuickElement("media:player", None, {"url": story["url"]})
        handler.addQuickElement("media:title", story["title"], {"type": "plain"})
        handler.addQuickElement("media:description", story["description"] or story["summary"], {"type": "html"})
        if labels(story):
            handler.addQuickElement("media:keywords", ", ".join(labels(story)))
        for size in _poster(story):
            handler.addQuickElement("media:thumbnail", None, known(**size))
        for credit in story["credits"]:
            handler.addQuickElement("media:credit", credit)
        for captions in story["captions"]:
            track = {"type": "text/vtt", "lang": captions["language"], "href": captions["url"]}
            handler.addQuickElement("media:subTitle", None, track)
        for transcript in story["transcripts"]:
            handler.addQuickElement("media:text", transcript["text"], {"type": "plain", "lang": transcript["language"]})
        add_licence(handler, story["usage_terms"])


def _facts(story: Json, rendition: Json) -> dict[str, str]:
    """What is known of an encoding; `bitrate` is the average, kilobits a second."""
    seconds = story["duration_seconds"]
    rate = story["frame_rate"]
    return known(
        url=rendition["url"],
        fileSize=rendition["size_bytes"],
        type=mimetypes.guess_type(rendition["url"])[0],
        medium="video",
        expression="full",
        bitrate=round(rendition["size_bytes"] * 8 / 1000 / seconds) if seconds else None,
        framerate=round(float(Fraction(rate["numerator"], rate["denominator"])), 3) if rate else None,
        duration=round(seconds) if seconds else None,
        width=rendition["width"],
        height=rendition["height"],
        lang=story["locale"],
    )


def _poster(story: Json) -> list[Json]:
    """The poster as JPEG, in the one size that `src` names."""
    image = story["image"] or {"sources": [], "src": ""}
    return [
        {name: source[name] for name in ("url", "width", "height")}
        for source in image["sources"]
        if source["url"] == image["src"]
    ]
