"""`navigation/` and `site/`: what stands around every page."""

from typing import Any, Literal, get_args
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject, Now
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from delivery.caching import model_response
from delivery.context import frontend_url
from delivery.errors import NotPublished
from delivery.feeds import feed_url
from delivery.models import PublishedDocument
from delivery.parameters import DEFAULT_LOCALE, LocaleParameters
from delivery.problems import PROBLEMS
from delivery.reading import next_change_of_anything, next_changes
from delivery.schemas import Language, LocaleCode, Requested
from home.models import MenuItem, SiteTexts, SocialLink

router = Router()


class Texts(Requested):
    """Texts that exist in every language, so that none is ever a fallback."""

    requested_locale: Language
    is_fallback: Literal[False] = False
    locale: Language


class MenuEntry(Schema):
    """An entry of a menu."""

    label: str = Field(examples=["News"])
    url: str = Field(description="Absolute address.", examples=["https://openseas.example/en/news/"])
    path: str | None = Field(description="Frontend path, where it leads to a page of ours.", examples=["/en/news/"])
    id: UUID | None = Field(description="The story it leads to.")


class Navigation(Texts):
    """The menus in one language. What is not published is in none."""

    main: list[MenuEntry]
    footer: list[MenuEntry]


class Social(Schema):
    """The organisation in a social network."""

    network: str = Field(examples=["Mastodon"])
    url: str = Field(examples=["https://social.example/@openseas"])


class Contact(Schema):
    """How the press reaches the organisation."""

    email: str
    phone: str
    address: str


class AccountTexts(Schema):
    """Texts beside the registration form."""

    intro: str
    terms: str


class NewsletterTexts(Schema):
    """Texts beside the newsletter form."""

    intro: str
    consent: str


class Feeds(Schema):
    """Absolute addresses for `<link rel="alternate">` and for the sitemaps in robots.txt."""

    news_rss: str = Field(
        description="RSS 2.0; `?topic=` chooses.", examples=["https://newsroom.example/feeds/en/news.rss"]
    )
    news_json: str = Field(description="JSON Feed 1.1.", examples=["https://newsroom.example/feeds/en/news.json"])
    videos_mrss: str = Field(description="Media RSS.", examples=["https://newsroom.example/feeds/en/videos.mrss"])
    sitemap: str = Field(description="Of all languages.", examples=["https://newsroom.example/sitemap.xml"])
    news_sitemap: str = Field(
        description="Of the last 48 hours, of all languages.", examples=["https://newsroom.example/news-sitemap.xml"]
    )


class SiteAnswer(Texts):
    """Site-wide settings in one language."""

    locales: list[Language] = Field(description="Languages of the site, the default one first.")
    name: str = Field(examples=["Newsroom"])
    organisation: str
    tagline: str
    url: str = Field(description="Address of the frontend in this language.")
    social: list[Social]
    contact: Contact
    account: AccountTexts
    newsletter: NewsletterTexts
    feeds: Feeds


@router.get("navigation/", response={200: Navigation, **PROBLEMS}, summary="Menus")
def navigation(request: HttpRequest, query: Query[LocaleParameters]) -> HttpResponse:
    """The menus in one language."""
    documents = PublishedDocument.objects.filter(story_id=OuterRef("page__translation_key"), locale=query.locale)
    items = list(
        MenuItem.objects.filter(site_texts__locale__language_code=query.locale)
        .order_by("sort_order", "pk")
        .annotate(
            story_id=F("page__translation_key"),
            path=Subquery(documents.values("path")[:1]),
            now=Now(),
            change_at=Subquery(next_changes()),
        )
        .values("menu", "label", "url", "page_id", "story_id", "path", "now", "change_at")
    )
    menus: dict[str, list[MenuEntry]] = {"main": [], "footer": []}
    for item in items:
        address = frontend_url(item["path"]) if item["path"] else "" if item["page_id"] else item["url"]
        if address:
            entry = MenuEntry(label=item["label"], url=address, path=item["path"], id=item["story_id"])
            menus[item["menu"]].append(entry)
    clock = (items[0]["now"], items[0]["change_at"]) if items else next_change_of_anything()
    return model_response(
        request,
        Navigation(requested_locale=query.locale, locale=query.locale, main=menus["main"], footer=menus["footer"]),
        locale=query.locale,
        clock=clock,
        tags=["navigation", f"navigation:{query.locale}"],
    )


@router.get("site/", response={200: SiteAnswer, **PROBLEMS}, summary="Site-wide settings")
def site(request: HttpRequest, query: Query[LocaleParameters]) -> HttpResponse:
    """Names, contact, and standing texts in one language."""
    links = SocialLink.objects.filter(site_texts=OuterRef("pk")).order_by("sort_order", "pk")
    texts: Any = (
        SiteTexts.objects.filter(locale__language_code=query.locale)
        .annotate(
            links=ArraySubquery(links.values(link=JSONObject(network="network", url="url"))),
            now=Now(),
            change_at=Subquery(next_changes()),
        )
        .first()
    )
    if texts is None:
        raise NotPublished
    answer = SiteAnswer(
        requested_locale=query.locale,
        locale=query.locale,
        locales=sorted(get_args(LocaleCode), key=lambda code: code != DEFAULT_LOCALE),
        name=texts.name,
        organisation=texts.organisation,
        tagline=texts.tagline,
        url=frontend_url(f"/{query.locale}/"),
        social=[Social(**link) for link in texts.links],
        contact=Contact(email=texts.contact_email, phone=texts.contact_phone, address=texts.contact_address),
        account=AccountTexts(intro=texts.account_intro, terms=texts.account_terms),
        newsletter=NewsletterTexts(intro=texts.newsletter_intro, consent=texts.newsletter_consent),
        feeds=Feeds(
            news_rss=feed_url(query.locale, "news.rss"),
            news_json=feed_url(query.locale, "news.json"),
            videos_mrss=feed_url(query.locale, "videos.mrss"),
            sitemap=f"{settings.BASE_URL}/sitemap.xml",
            news_sitemap=f"{settings.BASE_URL}/news-sitemap.xml",
        ),
    )
    return model_response(
        request,
        answer,
        locale=query.locale,
        clock=(texts.now, texts.change_at),
        tags=["site", f"site:{query.locale}"],
    )
