"""What every newsroom stands on: two languages, a home page and sections for each, one site.

Laid after each `migrate`, again and again: it makes what is missing and changes nothing that is there. Not a data
migration, for two reasons: pages are made through Wagtail's models, which a migration must not import, and a
database that was emptied (a transactional test) gets its foundation back.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from wagtail.models import Collection, Locale, Page, Site

from delivery.transaction import publishing
from home.models import HomePage, SiteTexts, StoryPage
from news.models import NewsIndexPage
from videos.models import VideoIndexPage

LOCALES = ("en", "fr")


@dataclass(frozen=True)
class Section:
    """A page that the foundation makes, in both languages."""

    model: type[StoryPage]
    slug: dict[str, str]
    title: dict[str, str]


HOME = Section(HomePage, {"en": "home", "fr": "home-fr"}, {"en": "Newsroom", "fr": "Salle de presse"})
SECTIONS = [
    Section(NewsIndexPage, {"en": "news", "fr": "actualites"}, {"en": "News", "fr": "Actualités"}),
    Section(VideoIndexPage, {"en": "videos", "fr": "videos"}, {"en": "Videos", "fr": "Vidéos"}),
]
NAMES = {"en": "Newsroom", "fr": "Salle de presse"}


def lay_foundation() -> None:
    """Make what is missing of languages, root, home pages, sections, site and site texts."""
    with publishing():
        locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code in LOCALES}
        if not Collection.objects.exists():
            Collection.add_root(name="Root")
        root = Page.get_first_root_node() or Page.add_root(
            instance=Page(title="Root", slug="root", locale=locales["en"], live=True)
        )
        homes = _pages(HOME, dict.fromkeys(LOCALES, root), locales)
        _site(homes["en"])
        for section in SECTIONS:
            _pages(section, homes, locales)
        for code, locale in locales.items():
            _site_texts(code, locale)


def _pages(section: Section, parents: dict[str, Page], locales: dict[str, Locale]) -> dict[str, Page]:
    """The section's page in each language, one story."""
    pages: dict[str, Page] = {}
    for code, locale in locales.items():
        page = section.model.objects.filter(locale=locale).order_by("path").first()
        if page is None:
            page = section.model(
                title=section.title[code], slug=_free_slug(parents[code], section.slug[code]), locale=locale
            )
            if pages:
                page.translation_key = next(iter(pages.values())).translation_key
            Page.objects.get(pk=parents[code].pk).add_child(instance=page)
            page.save_revision().publish()
        pages[code] = page
    return pages


def _free_slug(parent: Page, slug: str) -> str:
    """The slug, after a page of Wagtail's own first migration that holds it has made room."""
    holder = parent.get_children().filter(slug=slug).first()
    if holder is not None and holder.specific_class is Page:
        with transaction.atomic():
            Page.objects.filter(pk=holder.pk).update(slug=f"{slug}-wagtail")
    return slug


def _site(home: Page) -> None:
    """The default site stands on the English home page; Wagtail finds the other languages by themselves."""
    site = Site.objects.filter(is_default_site=True).first()
    if site is not None and issubclass(site.root_page.specific_class or Page, HomePage):
        return
    address = urlsplit(settings.FRONTEND_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    welcome = site.root_page if site else None
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"hostname": address.hostname, "port": port, "root_page": home, "site_name": NAMES["en"]},
    )
    if welcome is not None and welcome.specific_class is Page and welcome.depth == 2:
        welcome.delete()


def _site_texts(code: str, locale: Locale) -> None:
    if SiteTexts.objects.filter(locale=locale).exists():
        return
    texts = SiteTexts(locale=locale, name=NAMES[code])
    other = SiteTexts.objects.first()
    if other is not None:
        texts.translation_key = other.translation_key
    texts.save()
