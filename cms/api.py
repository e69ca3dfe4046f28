"""The API put together: every room's router under `/api/v1/`, its errors, its description; and feeds and sitemaps."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query

from accounts.api import router as account_router
from cms.openapi import JsonParser, NewsroomAPI, described, docs
from cms.problems import add_handlers
from delivery.api import router as delivery_router
from delivery.problems import DOCUMENT_PROBLEMS
from delivery.reading import PreviewParameters, preview_response
from delivery.sitemaps import router as sitemaps_router
from home.api import router as home_router
from home.api.pages import PageAnswer
from news.api import NewsAnswer
from news.api import router as news_router
from news.feeds import router as news_feeds_router
from news.feeds import sitemap_router as news_sitemap_router
from newsletter.api import router as newsletter_router
from search.api import router as search_router
from videos.api import clips_router, orders_router
from videos.api import router as videos_router
from videos.api.videos import VideoAnswer
from videos.feeds import router as videos_feeds_router

api = NewsroomAPI(
    title="Newsroom",
    version="1",
    urls_namespace="api-1",
    parser=JsonParser(),
    docs=docs(),
    docs_url="docs",
    docs_decorator=described,
    openapi_url="openapi.json",
    servers=[{"url": "/", "description": "This server"}],
    description=(
        "Published documents of the newsroom, in English and French. Every anonymous answer can be cached; "
        "errors are `application/problem+json` (RFC 9457)."
    ),
)
add_handlers(api)
api.add_router("news/", news_router, tags=["News"])
api.add_router("videos/", videos_router, tags=["Videos"])
api.add_router("", clips_router, tags=["Downloads and clips"])
api.add_router("", orders_router, tags=["Downloads and clips"])
api.add_router("search/", search_router, tags=["Search"])
api.add_router("account/", account_router, tags=["Accounts"])
api.add_router("newsletter/", newsletter_router, tags=["Newsletters"])
api.add_router("", home_router, tags=["Pages and site"])
api.add_router("", delivery_router, tags=["Addresses and changes"])


@api.get(
    "preview/{str:token}/",
    response={200: NewsAnswer | VideoAnswer | PageAnswer, **DOCUMENT_PROBLEMS},
    summary="A draft, for who has a link to it",
    tags=["Drafts"],
)
def preview(
    request: HttpRequest,
    token: Annotated[str, Path(..., description="As the editor's link has it; it expires, and can be revoked.")],
    query: Query[PreviewParameters],
) -> HttpResponse:
    """A draft as it will be published. Here, not in a room: a draft may be of any collection."""
    return preview_response(token, query)


# Outside `/api/v1/`, where readers of feeds and search engines look for them; the same rules hold.
feeds = NewsroomAPI(title="Feeds and sitemaps", urls_namespace="feeds", docs_url=None, openapi_url=None)
add_handlers(feeds)
feeds.add_router("feeds/", news_feeds_router)
feeds.add_router("feeds/", videos_feeds_router)
feeds.add_router("", news_sitemap_router)
feeds.add_router("", sitemaps_router)
