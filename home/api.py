"""`pages/`, `navigation/`, `site/`, and the files of pictures and attachments."""

from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from pydantic import Field, RootModel
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from delivery.caching import cache_control, etag_of, json_response
from delivery.context import frontend_url
from delivery.errors import NotPublished
from delivery.files import stream_stored, who_may_read
from delivery.models import PublishedDocument
from delivery.parameters import DEFAULT_LOCALE, LocaleCode, LocaleParameters, Parameters
from delivery.problems import PROBLEMS
from delivery.reading import document_response, next_change_of_anything
from delivery.schemas import Requested
from home.documents import COLLECTION, HomeDocument, LandingDocument, SectionDocument
from home.models import SiteTexts
from home.pictures import FORMATS, WIDTHS, image_version

router = Router()


class HomeAnswer(HomeDocument, Requested):
    """A home page, and how it relates to what was asked for."""


class LandingAnswer(LandingDocument, Requested):
    """A landing page, and how it relates to what was asked for."""


class SectionAnswer(SectionDocument, Requested):
    """A section, and how it relates to what was asked for."""


class PageAnswer(RootModel[Annotated[HomeAnswer | LandingAnswer | SectionAnswer, Field(discriminator="page_type")]]):
    """A page; `page_type` tells which kind."""


@router.get("pages/{str:key}/", response={200: PageAnswer, **PROBLEMS}, summary="A home, landing or section page")
def get_page(request: HttpRequest, key: str, query: Query[LocaleParameters]) -> HttpResponse:
    """A published page by id or slug. Find ids with `resolve/?path=/en/`."""
    return document_response(request, COLLECTION, key, query)


class SiteParameters(Parameters):
    """In which language."""

    locale: Annotated[LocaleCode, Field(description="Language of the texts.")] = DEFAULT_LOCALE


class MenuEntry(Schema):
    """An entry of a menu."""

    label: str
    url: str = Field(description="Absolute address.")
    path: str | None = Field(description="Frontend path, where it leads to a page of ours.")
    id: str | None = Field(description="The story it leads to.")


class Navigation(Schema):
    """The menus in one language. What is not published is in none."""

    locale: str
    main: list[MenuEntry]
    footer: list[MenuEntry]


class Social(Schema):
    """The organisation in a social network."""

    network: str
    url: str


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


class SiteAnswer(Schema):
    """Site-wide settings in one language."""

    locale: str
    locales: list[str] = Field(description="Languages of the site.")
    name: str
    organisation: str
    tagline: str
    url: str = Field(description="Address of the frontend.")
    social: list[Social]
    contact: Contact
    account: AccountTexts
    newsletter: NewsletterTexts


@router.get("navigation/", response={200: Navigation, **PROBLEMS}, summary="Menus")
def navigation(request: HttpRequest, query: Query[SiteParameters]) -> HttpResponse:
    """The menus in one language."""
    texts = _site_texts(query.locale)
    items = list(texts.menu_items.select_related("page"))
    keys = [item.page.translation_key for item in items if item.page]
    documents = dict(
        PublishedDocument.objects.filter(story_id__in=keys, locale=query.locale).values_list("story_id", "path")
    )
    menus: dict[str, list[MenuEntry]] = {"main": [], "footer": []}
    for item in items:
        path = documents.get(item.page.translation_key) if item.page else None
        if path or (item.url and not item.page):
            menus[item.menu].append(
                MenuEntry(
                    label=item.label,
                    url=frontend_url(path) if path else item.url,
                    path=path,
                    id=str(item.page.translation_key) if item.page else None,
                )
            )
    return _texts_response(request, query.locale, Navigation(locale=query.locale, **menus), "navigation")


@router.get("site/", response={200: SiteAnswer, **PROBLEMS}, summary="Site-wide settings")
def site(request: HttpRequest, query: Query[SiteParameters]) -> HttpResponse:
    """Names, contact, and standing texts in one language."""
    texts = _site_texts(query.locale)
    answer = SiteAnswer(
        locale=query.locale,
        locales=["en", "fr"],
        name=texts.name,
        organisation=texts.organisation,
        tagline=texts.tagline,
        url=frontend_url(f"/{query.locale}/"),
        social=[Social(network=link.network, url=link.url) for link in texts.social_links.all()],
        contact=Contact(email=texts.contact_email, phone=texts.contact_phone, address=texts.contact_address),
        account=AccountTexts(intro=texts.account_intro, terms=texts.account_terms),
        newsletter=NewsletterTexts(intro=texts.newsletter_intro, consent=texts.newsletter_consent),
    )
    return _texts_response(request, query.locale, answer, "site")


def _site_texts(locale: str) -> SiteTexts:
    texts = SiteTexts.objects.filter(locale__language_code=locale).first()
    if texts is None:
        raise NotPublished
    return texts


def _texts_response(request: HttpRequest, locale: str, answer: Schema, tag: str) -> HttpResponse:
    body = answer.model_dump_json().encode()
    control = cache_control(*next_change_of_anything())
    return json_response(request, body, etag=etag_of([body.decode()]), locale=locale, control=control, tags=[tag])


def image_file(request: HttpRequest, image_id: int, version: str, width: int, kind: str) -> HttpResponseBase:
    """A size of a picture, made when it is first asked for: only sizes that `home.pictures` gives addresses of."""
    reader = who_may_read(request, f"image:{image_id}")
    image = get_object_or_404(get_image_model(), pk=image_id)
    allowed = {size for size in WIDTHS if size < image.width} | {min(image.width, WIDTHS[-1])}
    if kind not in FORMATS or width not in allowed or version != image_version(image):
        raise Http404
    rendition = image.get_rendition(f"width-{width}|format-{kind}")
    return stream_stored(request, rendition.file.storage, rendition.file.name, reader)


def attachment_file(request: HttpRequest, attachment_id: int, filename: str) -> HttpResponseBase:
    """An attachment, as a download."""
    reader = who_may_read(request, f"attachment:{attachment_id}")
    attachment = get_object_or_404(get_document_model(), pk=attachment_id)
    if filename != attachment.filename:
        raise Http404
    response = stream_stored(request, attachment.file.storage, attachment.file.name, reader)
    response["Content-Disposition"] = f'attachment; filename="{attachment.filename}"'
    return response
