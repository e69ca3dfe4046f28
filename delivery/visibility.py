"""Which languages of a story the public may read at a moment. The one place where that is decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page

from delivery.clock import told
from delivery.facts import Facts, Standing, read_facts, restrictions_of, standings
from delivery.models import Release, Story


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


def public_languages(facts: Facts) -> set[str]:
    """Languages that the public may read: live, reachable, unrestricted, released, past the embargo."""
    return {locale for locale, hidden in what_hides(facts).items() if hidden is None}


def what_hides(facts: Facts) -> dict[str, Hidden | None]:
    """The rule: for each language, None where the public may read it, or the first reason why it may not."""
    story = facts.story
    if story.withdrawn_at:
        return dict.fromkeys(facts.pages, Hidden.WITHDRAWN)
    if story.embargo_until and story.embargo_until > facts.at:
        return dict.fromkeys(facts.pages, Hidden.EMBARGO)
    found = {locale: _hides_alone(one) for locale, one in facts.pages.items()}
    ready = {locale for locale, hidden in found.items() if hidden is None}
    waits = _release_waits(facts, ready) if ready and not facts.publications else None
    return {locale: hidden or waits for locale, hidden in found.items()}


def _hides_alone(one: Standing) -> Hidden | None:
    if not one.was_published:
        return Hidden.DRAFT
    if one.is_early:
        return Hidden.SCHEDULED
    if one.has_expired:
        return Hidden.EXPIRED
    return _hides_with_all_below(one)


def _hides_with_all_below(one: Standing) -> Hidden | None:
    """Whether every page above is live and its story is out, none (itself included) is restricted, and the tree is a
    site's.

    A restriction holds for the story: set on one language of a page, it closes every language.
    """
    if not all(page.is_live and not page.is_held for page in one.above):
        return Hidden.UNPUBLISHED_ABOVE
    if not one.is_in_site:
        return Hidden.NO_SITE
    return Hidden.RESTRICTED if one.is_restricted else None


def is_closed(page: Page, at: datetime) -> bool:
    """Whether the public may read nothing below a page, whatever is there."""
    one = standings([page], at)[page.pk]
    return not one.is_live or one.is_held or _hides_with_all_below(one) is not None


def _release_waits(facts: Facts, ready: set[str]) -> Hidden | None:
    """Before its first release a story's languages wait for one another, as `Release` says."""
    story = facts.story
    if story.release == Release.ORIGINAL_FIRST and story.original_locale.language_code not in ready:
        return Hidden.WAITS_FOR_ORIGINAL
    if story.release == Release.TOGETHER and not story.translation_not_needed and facts.languages - ready:
        return Hidden.WAITS_FOR_ALL
    return None


def next_change(facts: Facts, stale: Iterable[datetime | None]) -> datetime | None:
    """The next moment at which the clock alone changes what the public may read of the story.

    `stale`: until when its renders hold.
    """
    moments = [facts.story.embargo_until, *stale]
    for one in facts.pages.values():
        moments.append(one.expire_at if one.was_published else None)
        moments.append(one.page.go_live_at if one.is_early else None)
        moments.extend(scheduled.at for scheduled in one.to_come)
    return min((moment for moment in moments if moment and moment > facts.at), default=None)


def explain(story: Story, at: datetime) -> dict[str, Explanation]:
    """The rule in words, by language."""
    (facts,) = read_facts([story], at)
    return {locale: _explained(story, facts.pages[locale], hidden) for locale, hidden in what_hides(facts).items()}


def _under_embargo(story: Story, one: Standing) -> tuple[Hidden, datetime | None]:
    """An embargo's end publishes what is live or scheduled before it; no draft, and nothing that is scheduled later."""
    scheduled = _scheduled_at(one)
    if scheduled and story.embargo_until and scheduled > story.embargo_until:
        return Hidden.SCHEDULED, scheduled
    return Hidden.EMBARGO if one.was_published or scheduled else Hidden.DRAFT_EMBARGO, story.embargo_until


def _scheduled_at(one: Standing) -> datetime | None:
    return max((scheduled.at for scheduled in one.to_come), default=one.page.go_live_at if one.is_early else None)


def _explained(story: Story, one: Standing, hidden: Hidden | None) -> Explanation:
    """The words for a reason, with what they name. A draft may have a time before it, or behind it."""
    if hidden is None:
        return Explanation(one.page, None, str(_("Public.")))
    names: dict[str, Any] = {}
    match hidden:
        case Hidden.WITHDRAWN:
            names["at"] = told(story.withdrawn_at)
        case Hidden.EMBARGO:
            hidden, end = _under_embargo(story, one)
            names["at"] = told(end)
        case Hidden.SCHEDULED | Hidden.DRAFT if scheduled := _scheduled_at(one):
            hidden, names["at"] = Hidden.SCHEDULED, told(scheduled)
        case Hidden.DRAFT if one.page.expired:
            hidden, names["at"] = Hidden.EXPIRED, told(one.page.expire_at)
        case Hidden.EXPIRED:
            names["at"] = told(one.expire_at)
        case Hidden.UNPUBLISHED_ABOVE:
            names["page"] = next(page.page for page in one.above if not page.is_live or page.is_held)
        case Hidden.RESTRICTED:
            keys = [page.page.translation_key for page in (*one.above, one)]
            restriction = restrictions_of(keys).select_related("page").first()
            names["page"] = restriction.page if restriction else ""
        case Hidden.WAITS_FOR_ORIGINAL:
            names["languages"] = story.original_locale
        case Hidden.WAITS_FOR_ALL:
            names["languages"] = ", ".join(str(locale) for locale in Locale.objects.exclude(pk=one.page.locale_id))
    return Explanation(one.page, hidden, str(hidden.label) % names)
