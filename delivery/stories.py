"""What editors decide about a story in all its languages, and how its pages' schedules follow."""

from datetime import datetime
from functools import wraps
from typing import Any

from django.utils.dateparse import parse_datetime
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.log_actions import log
from wagtail.models import Page, Revision

from delivery.clock import database_now
from delivery.models import Story
from delivery.registry import renders
from delivery.sync import story_of
from delivery.transaction import publishing, story_moved

EMBARGO_CHANGED = "newsroom.embargo"
# In a revision's content: the time it had before an embargo held it back. Wagtail passes over what it does not know.
OWN_TIME = "go_live_at_before_embargo"


def embargo_of(page: Page) -> datetime | None:
    """The embargo that still holds a page's story back."""
    until = Story.objects.filter(pk=page.translation_key).values_list("embargo_until", flat=True).first()
    return until if until and until > database_now() else None


def hold_for_embargo(page: Page, revision: Revision) -> datetime | None:
    """Give a revision that is about to be published the story's embargo as its time, if it has none or an earlier one.

    Answers the revision's time. wagtail-localize does not synchronise `go_live_at`, so a translation would go out at
    once.
    """
    own = _moment(revision.content.get("go_live_at"))
    until = embargo_of(page)
    if until is None or (own and own >= until):
        return own
    _set_time(revision, until, own)
    revision.save(update_fields=["content"])
    return until


def hold_whatever_is_published() -> None:
    """Have every way of publishing a story go through its embargo. Wagtail's editor calls its action directly.

    It is a transaction of its own where the caller has none, and the story is noted: of the schedule of an update
    Wagtail sends no signal.
    """
    execute = PublishPageRevisionAction.execute

    @wraps(execute)
    def held(action: Any, *args: Any, **kwargs: Any) -> Any:
        if not renders(type(action.object)):
            return execute(action, *args, **kwargs)
        with publishing():
            action.object.go_live_at = hold_for_embargo(action.object, action.revision)
            story_moved(action.object.translation_key)
            return execute(action, *args, **kwargs)

    PublishPageRevisionAction.execute = held


def keep_embargo_of_copies() -> None:
    """Have a copy keep the embargo of what it is a copy of, and of every page below it."""
    copy_page = CopyPageAction._copy_page

    @wraps(copy_page)
    def copied(action: Any, page: Page, *args: Any, **kwargs: Any) -> Any:
        with publishing():
            copy = copy_page(action, page, *args, **kwargs)
            until = embargo_of(page)
            if until and renders(type(copy)) and copy.translation_key != page.translation_key:
                story = story_of(copy)
                story.embargo_until = until
                story.save(update_fields=["embargo_until"])
                story_moved(story.pk)
            return copy

    CopyPageAction._copy_page = copied


def edit_story(page: Page, values: dict[str, Any], user: Any = None) -> None:
    """Write what an editor changed about the story of `page`; `values` by field name."""
    story = story_of(page)
    values = dict(values)
    embargo = values.pop("embargo_until", story.embargo_until)
    for name, value in values.items():
        setattr(story, name, value)
    story.save(update_fields=list(values))
    if embargo != story.embargo_until:
        log(page, EMBARGO_CHANGED, user=user, data={"from": _text(story.embargo_until), "until": _text(embargo)})
    change_embargo(story, embargo)


def change_embargo(story: Story, until: datetime | None) -> None:
    """Set or move the embargo. Every language that waited for the old one waits for the new one.

    Brought forward to the past or lifted: what waits goes out at the time that it had before, or at once.
    """
    old, story.embargo_until = story.embargo_until, until
    story.save(update_fields=["embargo_until"])
    if old != until:
        earliest = until or database_now()
        for page in Page.objects.filter(translation_key=story.pk, alias_of__isnull=True):
            for revision in page.revisions.filter(approved_go_live_at__isnull=False):
                is_held = revision.approved_go_live_at == old
                if not is_held and revision.approved_go_live_at >= earliest:
                    continue
                own = _moment(revision.content.get(OWN_TIME)) if is_held else revision.approved_go_live_at
                moment = max(own or earliest, earliest)
                _set_time(revision, moment, own)
                revision.approved_go_live_at = moment
                revision.save(update_fields=["content", "approved_go_live_at"])
                Page.objects.filter(pk=page.pk, live=False).update(go_live_at=moment)
    story_moved(story.pk)


def _set_time(revision: Revision, moment: datetime, own: datetime | None) -> None:
    revision.content["go_live_at"] = moment.isoformat()
    revision.content[OWN_TIME] = own.isoformat() if own else None


def _moment(value: Any) -> datetime | None:
    """A moment from a revision's content: read from the database it is text, in one that was just made the moment."""
    return parse_datetime(value) if isinstance(value, str) else value


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def is_public(story: Story) -> bool:
    """Whether the public can read the story in any language now."""
    return story.documents.exists()


def withdraw(story: Story, *, reason: str, replacement: Story | None = None, user: Any = None) -> None:
    """Take a story away from the public in every language at once; the feed tells what replaced it.

    Its pages become drafts without a schedule, so that nothing brings it back by itself.
    """
    story.withdrawn_at = database_now()
    story.withdrawn_reason = reason
    story.replacement = replacement
    story.save(update_fields=["withdrawn_at", "withdrawn_reason", "replacement"])
    story_moved(story.pk)
    _make_drafts(story, user)


def reinstate(story: Story, *, user: Any = None) -> None:
    """Undo a withdrawal. Nothing is published by it: the pages are drafts, to be published again."""
    story.withdrawn_at = None
    story.withdrawn_reason = ""
    story.replacement = None
    story.save(update_fields=["withdrawn_at", "withdrawn_reason", "replacement"])
    story_moved(story.pk)
    # Somebody may have published or scheduled one meanwhile, which the withdrawal held back.
    _make_drafts(story, user)


def _make_drafts(story: Story, user: Any) -> None:
    for page in Page.objects.filter(translation_key=story.pk, alias_of__isnull=True).specific():
        page.revisions.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=None)
        if page.live:
            page.unpublish(user=user)
