"""Which languages of a story the public may read at a moment. The one place where that is decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, PageViewRestriction, Site

from delivery.clock import told
from delivery.models import Release, Story
from delivery.registry import renders


def pages_of(story_id: UUID) -> dict[str, Page]:
    """The story's pages by language, as their own classes. Aliases have no state of their own and are left out.

    A page that is being deleted has lost its specific row already: it is no page any more.
    """
    pages: dict[str, Page] = {}
    rows = Page.objects.filter(translation_key=story_id, alias_of__isnull=True, depth__gt=1).order_by("-pk")
    for row in rows:
        model = row.specific_class
        if model is not None and renders(model):
            page = model.objects.select_related("locale").filter(pk=row.pk).first()
            if page is not None:
                pages[page.locale.language_code] = page
    return pages


class Hidden(TextChoices):
    """Why the public does not read a page; the label says it in words, with what `explain` fills in."""

    WITHDRAWN = "withdrawn", _("Withdrawn on %(at)s.")
    EMBARGO = "embargo", _("Under embargo until %(at)s.")
    DRAFT_EMBARGO = "draft_embargo", _("Draft. Not before %(at)s (embargo).")
    SCHEDULED = "scheduled", _("Scheduled for %(at)s.")
    DRAFT = "draft", _("Not published: a draft.")
    EXPIRED = "expired", _("Expired on %(at)s.")
    UNPUBLISHED_ABOVE = "unpublished_above", _("The page “%(page)s” above it is not published.")
    RESTRICTED = "restricted", _("The page “%(page)s” is private, in one language or another.")
    NO_SITE = "no_site", _("It belongs to no site.")
    WAITS_FOR_ORIGINAL = "waits_for_original", _("Ready, and goes out with the original (%(languages)s) or after it.")
    WAITS_FOR_ALL = "waits_for_all", _("Ready, and goes out together with: %(languages)s.")


@dataclass(frozen=True)
class Explanation:
    """What the public sees of a story in one language: nothing hidden, or why."""

    page: Page
    hidden: Hidden | None
    sentence: str


def public_pages(story: Story, pages: dict[str, Page], at: datetime) -> dict[str, Page]:
    """Those of `pages` that the public may read at `at`: live, reachable, unrestricted, released, past the embargo."""
    return {locale: pages[locale] for locale, hidden in what_hides(story, pages, at).items() if hidden is None}


def what_hides(story: Story, pages: dict[str, Page], at: datetime) -> dict[str, Hidden | None]:
    """The rule: for each language, None where the public may read it, or the first reason why it may not."""
    if story.withdrawn_at:
        return dict.fromkeys(pages, Hidden.WITHDRAWN)
    if story.embargo_until and story.embargo_until > at:
        return dict.fromkeys(pages, Hidden.EMBARGO)
    found = {locale: _hides_alone(page, at) for locale, page in pages.items()}
    ready = {locale for locale, hidden in found.items() if hidden is None}
    waits = _release_waits(story, ready) if ready and not story.publications.exists() else None
    return {locale: hidden or waits for locale, hidden in found.items()}


def _hides_alone(page: Page, at: datetime) -> Hidden | None:
    if not page.live:
        return Hidden.DRAFT
    if page.expire_at and page.expire_at <= at:
        return Hidden.EXPIRED
    return _unreachable(page)


def _release_waits(story: Story, ready: set[str]) -> Hidden | None:
    """Before its first release a story's languages wait for one another, as `Release` says."""
    if story.release == Release.ORIGINAL_FIRST and story.original_locale.language_code not in ready:
        return Hidden.WAITS_FOR_ORIGINAL
    if story.release == Release.TOGETHER and not story.translation_not_needed and _languages() - ready:
        return Hidden.WAITS_FOR_ALL
    return None


def _languages() -> set[str]:
    return set(Locale.objects.values_list("language_code", flat=True))


def _unreachable(page: Page) -> Hidden | None:
    """Whether every page above is live, none (itself included) is restricted, and the tree is a site's.

    A restriction holds for the story: set on one language of a page, it closes every language.
    """
    above = pages_above(page).values_list("live", "translation_key")
    chain = [*above, (page.live, page.translation_key)]
    keys = [key for _live, key in chain]
    if not all(live for live, _key in chain):
        return Hidden.UNPUBLISHED_ABOVE
    if not Site.objects.filter(root_page__translation_key=keys[0]).exists():
        return Hidden.NO_SITE
    if restrictions_of(keys).exists():
        return Hidden.RESTRICTED
    return None


def pages_above(page: Page) -> QuerySet[Page]:
    """The pages from the site's root down to the parent."""
    return Page.objects.filter(path__in=ancestor_paths(page)[:-1], depth__gt=1).order_by("depth")


def restrictions_of(keys: list[UUID]) -> QuerySet[PageViewRestriction]:
    """View restrictions of pages with these translation keys, in whatever language they were set, or of the root."""
    return PageViewRestriction.objects.filter(Q(page__translation_key__in=keys) | Q(page__depth=1))


def explain(story: Story, pages: dict[str, Page], at: datetime) -> dict[str, Explanation]:
    """The rule in words, by language."""
    return {locale: _explained(story, pages[locale], hidden) for locale, hidden in what_hides(story, pages, at).items()}


def _under_embargo(story: Story, page: Page) -> tuple[Hidden, datetime | None]:
    """An embargo's end publishes what is live or scheduled before it; no draft, and nothing that is scheduled later."""
    scheduled = page.scheduled_revision
    if scheduled and scheduled.approved_go_live_at > story.embargo_until:
        return Hidden.SCHEDULED, scheduled.approved_go_live_at
    return Hidden.EMBARGO if page.live or scheduled else Hidden.DRAFT_EMBARGO, story.embargo_until


def _explained(story: Story, page: Page, hidden: Hidden | None) -> Explanation:
    """The words for a reason, with what they name. A draft may have a time before it, or behind it."""
    if hidden is None:
        return Explanation(page, None, str(_("Public.")))
    names: dict[str, Any] = {}
    match hidden:
        case Hidden.WITHDRAWN:
            names["at"] = told(story.withdrawn_at)
        case Hidden.EMBARGO:
            hidden, end = _under_embargo(story, page)
            names["at"] = told(end)
        case Hidden.DRAFT if scheduled := page.scheduled_revision:
            hidden, names["at"] = Hidden.SCHEDULED, told(scheduled.approved_go_live_at)
        case Hidden.DRAFT if page.expired:
            hidden, names["at"] = Hidden.EXPIRED, told(page.expire_at)
        case Hidden.EXPIRED:
            names["at"] = told(page.expire_at)
        case Hidden.UNPUBLISHED_ABOVE:
            names["page"] = pages_above(page).filter(live=False).first()
        case Hidden.RESTRICTED:
            keys = [*pages_above(page).values_list("translation_key", flat=True), page.translation_key]
            restriction = restrictions_of(keys).select_related("page").first()
            names["page"] = restriction.page if restriction else ""
        case Hidden.WAITS_FOR_ORIGINAL:
            names["languages"] = story.original_locale
        case Hidden.WAITS_FOR_ALL:
            names["languages"] = ", ".join(str(one) for one in Locale.objects.exclude(pk=page.locale_id))
    return Explanation(page, hidden, str(hidden.label) % names)


def ancestor_paths(page: Page) -> list[str]:
    """Treebeard's paths of the pages above and of the page itself, from the top."""
    return [page.path[: step * depth] for step in [page.steplen] for depth in range(1, page.depth + 1)]


def next_change(story: Story, pages: Iterable[Page], stale: Iterable[datetime | None], at: datetime) -> datetime | None:
    """The next moment after `at` at which the clock alone changes what the public may read of the story."""
    moments = [story.embargo_until, *stale]
    for page in pages:
        moments.append(page.expire_at if page.live else None)
        moments.extend(
            page.revisions.filter(Q(approved_go_live_at__gt=at)).values_list("approved_go_live_at", flat=True)
        )
    return min((moment for moment in moments if moment and moment > at), default=None)
