"""Which languages of a story the public may read at a moment. The one place where that is decided."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from wagtail.models import Locale, Page, PageViewRestriction, Site

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


def public_pages(story: Story, pages: dict[str, Page], at: datetime) -> dict[str, Page]:
    """Those of `pages` that the public may read at `at`: live, reachable, unrestricted, released, past the embargo."""
    if story.withdrawn_at or (story.embargo_until and story.embargo_until > at):
        return {}
    reachable = {
        locale: page
        for locale, page in pages.items()
        if page.live and not (page.expire_at and page.expire_at <= at) and is_reachable(page)
    }
    return reachable if story.publications.exists() else _first_release(story, reachable)


def _first_release(story: Story, ready: dict[str, Page]) -> dict[str, Page]:
    """Before its first release a story's languages wait for one another, as `Release` says."""
    original = story.original_locale.language_code
    if story.release == Release.ORIGINAL_FIRST and original not in ready:
        return {}
    if story.release == Release.TOGETHER and not story.translation_not_needed:
        wanted = set(Locale.objects.values_list("language_code", flat=True))
        if wanted - set(ready):
            return {}
    return ready


def is_reachable(page: Page) -> bool:
    """Whether every page above is live, none (itself included) is restricted, and the tree is a site's.

    A restriction holds for the story: set on one language of a page, it closes every language.
    """
    above = Page.objects.filter(path__in=ancestor_paths(page)[:-1], depth__gt=1).order_by("depth")
    chain = [*above.values_list("live", "translation_key"), (page.live, page.translation_key)]
    keys = [key for _live, key in chain]
    return (
        all(live for live, _key in chain)
        and Site.objects.filter(root_page__translation_key=keys[0]).exists()
        and not PageViewRestriction.objects.filter(page__translation_key__in=keys).exists()
    )


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
