"""What decides whether the public may read a page: read for many stories at once, as of a moment.

The number of queries does not depend on the number of stories. Nothing here decides: see `delivery.visibility`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime
from wagtail.models import Locale, Page, PageViewRestriction, Revision, Site

from delivery.models import Publication, Story
from delivery.registry import renders


@dataclass(frozen=True)
class Scheduled:
    """A revision that was approved for a moment. `expire_at`: when what it says ends."""

    pk: int
    at: datetime
    expire_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """A page as it stands at a moment: what its row says, or a scheduled revision whose time has come.

    So what is public follows from facts and the clock, and not from how fast Wagtail's rows are brought up to date.
    """

    page: Page
    at: datetime
    due: Scheduled | None
    to_come: tuple[Scheduled, ...]
    above: tuple["Standing", ...] = ()
    is_in_site: bool = True
    is_restricted: bool = False
    # Its story is withdrawn, under embargo, or was never out: what is below it is not public either.
    is_held: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it was published and has not ended; the pages above it left aside."""
        return self.was_published and not self.has_expired and not self.is_early

    @property
    def was_published(self) -> bool:
        """By hand, or by the clock."""
        return bool(self.page.live or self.due)

    @property
    def expire_at(self) -> datetime | None:
        """When it ends by itself."""
        moment: datetime | None = self.due.expire_at if self.due else self.page.expire_at
        return moment

    @property
    def has_expired(self) -> bool:
        """Whether its end has come."""
        return bool(self.expire_at and self.expire_at <= self.at)

    @property
    def is_early(self) -> bool:
        """Whether it was published before its time: by a server whose clock is ahead of the database's."""
        return bool(not self.due and self.page.go_live_at and self.page.go_live_at > self.at)

    @property
    def revision_id(self) -> int | None:
        """The revision that readers are given."""
        number: int | None = self.due.pk if self.due else self.page.live_revision_id
        return number

    def load(self) -> Page | None:
        """The page as its own class, with the content that readers are given; None if it was deleted meanwhile."""
        page = self.page.specific_class.objects.select_related("locale").filter(pk=self.page.pk).first()
        if page is None or self.due is None:
            return page
        locale, content = page.locale, Revision.objects.values_list("content", flat=True).get(pk=self.due.pk)
        page = page.with_content_json(content)
        page.live, page.live_revision_id, page.locale = True, self.due.pk, locale
        return page


@dataclass(frozen=True)
class Facts:
    """What the rule looks at, of one story. `pages`: by language; `languages`: those of the site."""

    story: Story
    at: datetime
    pages: dict[str, Standing]
    publications: list[Publication]
    languages: frozenset[str]


def read_facts(stories: Iterable[Story], at: datetime) -> list[Facts]:
    """The facts of stories as of a moment, in the order of the stories."""
    stories = list(stories)
    keys = [story.pk for story in stories]
    rows = story_rows(keys)
    standing = standings(rows, at)
    pages: dict[UUID, dict[str, Standing]] = defaultdict(dict)
    for row in rows:
        pages[row.translation_key][row.locale.language_code] = standing[row.pk]
    # As they were recorded, which a clock that was put back does not change.
    publications: dict[UUID, list[Publication]] = defaultdict(list)
    for one in Publication.objects.filter(story_id__in=keys).order_by("pk"):
        publications[one.story_id].append(one)
    languages = frozenset(Locale.objects.values_list("language_code", flat=True))
    return [Facts(story, at, pages[story.pk], publications[story.pk], languages) for story in stories]


def story_rows(story_ids: Sequence[UUID]) -> list[Page]:
    """The stories' pages, plain. Aliases have no state of their own and are left out.

    A page that is being deleted has lost its specific row already: it is no page any more. Of two pages in one
    language the older one comes last.
    """
    rows = list(
        Page.objects.filter(translation_key__in=story_ids, alias_of__isnull=True, depth__gt=1)
        .select_related("locale")
        .order_by("-pk")
    )
    by_model: dict[Any, list[int]] = defaultdict(list)
    for row in rows:
        if row.specific_class is not None and renders(row.specific_class):
            by_model[row.specific_class].append(row.pk)
    there = {
        pk for model, pks in by_model.items() for pk in model.objects.filter(pk__in=pks).values_list("pk", flat=True)
    }
    return [row for row in rows if row.pk in there]


def standings(rows: Iterable[Page], at: datetime) -> dict[int, Standing]:
    """How pages stand at a moment, with those above them up to the site's root; by primary key."""
    rows = list(rows)
    above = {row.path: row for row in Page.objects.filter(path__in={path for row in rows for path in paths_above(row)})}
    scheduled = _scheduled({row.pk for row in [*rows, *above.values()]})
    roots = set(Site.objects.values_list("root_page__translation_key", flat=True))
    keys = {row.translation_key for row in [*rows, *above.values()]}
    closed = list(restrictions_of(keys).values_list("page__translation_key", "page__depth"))
    restricted = {key for key, _depth in closed}
    held = _held(keys, at)
    all_restricted = any(depth == 1 for _key, depth in closed)

    def alone(row: Page) -> dict[str, Any]:
        own = scheduled.get(row.pk, [])
        due = max((one for one in own if one.at <= at), key=lambda one: (one.at, one.pk), default=None)
        to_come = tuple(one for one in own if one.at > at)
        return {"page": row, "at": at, "due": due, "to_come": to_come, "is_held": row.translation_key in held}

    answer = {}
    for row in rows:
        chain = [above[path] for path in paths_above(row) if path in above]
        way = {one.translation_key for one in [*chain, row]}
        answer[row.pk] = Standing(
            **alone(row),
            above=tuple(Standing(**alone(one)) for one in chain),
            is_in_site=(chain or [row])[0].translation_key in roots,
            is_restricted=all_restricted or not restricted.isdisjoint(way),
        )
    return answer


def _held(story_ids: Iterable[UUID], at: datetime) -> set[UUID]:
    was_out = Exists(Publication.objects.filter(story=OuterRef("pk")))
    stories = Story.objects.filter(pk__in=story_ids).annotate(was_out=was_out)
    is_held = Q(withdrawn_at__isnull=False) | Q(embargo_until__gt=at) | Q(was_out=False)
    return set(stories.filter(is_held).values_list("pk", flat=True))


def _scheduled(page_ids: Iterable[int]) -> dict[int, list[Scheduled]]:
    """Approved revisions of pages, whether their time has come or not."""
    found: dict[int, list[Scheduled]] = defaultdict(list)
    revisions = Revision.page_revisions.filter(
        object_id__in=[str(pk) for pk in page_ids], approved_go_live_at__isnull=False
    )
    for pk, page_id, at, expire_at in revisions.values_list(
        "pk", "object_id", "approved_go_live_at", "content__expire_at"
    ):
        found[int(page_id)].append(Scheduled(pk, at, parse_datetime(expire_at) if expire_at else None))
    return found


def paths_above(page: Page) -> list[str]:
    """Treebeard's paths of the pages from the site's root down to the parent."""
    return [page.path[: page.steplen * depth] for depth in range(2, page.depth)]


def restrictions_of(keys: Iterable[UUID]) -> QuerySet[PageViewRestriction]:
    """View restrictions of pages with these translation keys, in whatever language they were set, or of the root."""
    return PageViewRestriction.objects.filter(Q(page__translation_key__in=list(keys)) | Q(page__depth=1))


def pages_of(story_id: UUID) -> dict[str, Page]:
    """The story's pages by language, as their own classes, as their rows are."""
    pages = {}
    for row in story_rows([story_id]):
        page = row.specific_class.objects.select_related("locale").filter(pk=row.pk).first()
        if page is not None:
            pages[row.locale.language_code] = page
    return pages
