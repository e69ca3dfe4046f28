"""What the public may read, in the plainest words: a second opinion, which knows nothing of `delivery.visibility`."""

from uuid import UUID

from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site

from delivery.models import Release, Story

LANGUAGES = ("en", "fr")


def public_now(released: set[UUID]) -> set[tuple[UUID, str]]:
    """Which stories the public may read in which language, in the plainest words. `released`: were public once."""
    now = timezone.now()
    rows = list(Page.objects.select_related("locale").order_by("pk"))
    by_path = {page.path: page for page in rows}
    closed = {restriction.page.translation_key for restriction in PageViewRestriction.objects.select_related("page")}
    fronts = {site.root_page.translation_key for site in Site.objects.select_related("root_page")}
    ready: dict[UUID, set[str]] = {}
    for page in rows:
        way = [by_path[page.path[: 4 * step]] for step in range(1, page.depth + 1)]
        if page.depth == 1 or way[1].translation_key not in fronts:
            continue
        if any(one.translation_key in closed or not one.live for one in way):
            continue
        if page.expire_at and page.expire_at <= now:
            continue
        ready.setdefault(page.translation_key, set()).add(page.locale.language_code)
    found = set()
    for row in Story.objects.select_related("original_locale").filter(pk__in=ready):
        languages = ready[row.pk]
        if row.withdrawn_at or (row.embargo_until and row.embargo_until > now):
            continue
        if row.pk not in released:
            if row.release == Release.ORIGINAL_FIRST and row.original_locale.language_code not in languages:
                continue
            if row.release == Release.TOGETHER and not row.translation_not_needed and languages != set(LANGUAGES):
                continue
        found |= {(row.pk, language) for language in languages}
    return found
