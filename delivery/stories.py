"""What editors decide about a story in all its languages, and how its pages' schedules follow."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from wagtail.models import Page, Revision

from delivery.clock import database_now
from delivery.models import Story
from delivery.sync import story_of
from delivery.transaction import story_moved


def hold_for_embargo(page: Page, revision: Revision) -> None:
    """Give a revision that is about to be published the story's embargo as its time, if it has none or an earlier one.

    wagtail-localize does not synchronise `go_live_at`, so a translation would go out at once.
    """
    story = Story.objects.filter(pk=page.translation_key).first()
    if story is None or story.embargo_until is None or story.embargo_until <= database_now():
        return
    own = revision.content.get("go_live_at")
    if isinstance(own, str):  # read from the database; a revision that was just made still has the moment itself
        own = parse_datetime(own)
    if own is None or own < story.embargo_until:
        _set_time(revision, story.embargo_until)
        revision.save(update_fields=["content"])


def edit_story(page: Page, values: dict[str, Any]) -> None:
    """Write what an editor said about the story of `page`; `values` by field name."""
    story = story_of(page)
    values = dict(values)
    embargo = values.pop("embargo_until", story.embargo_until)
    values["release"] = values.get("release") or story.release
    for name, value in values.items():
        setattr(story, name, value)
    story.save(update_fields=list(values))
    change_embargo(story, embargo)


def change_embargo(story: Story, until: datetime | None) -> None:
    """Set or move the embargo. Every language that waited for the old one waits for the new one.

    Brought forward to the past or lifted: what waits becomes due at once.
    """
    old, story.embargo_until = story.embargo_until, until
    story.save(update_fields=["embargo_until"])
    if old != until:
        moment = until or database_now()
        for page in Page.objects.filter(translation_key=story.pk, alias_of__isnull=True):
            for revision in page.revisions.filter(approved_go_live_at__isnull=False):
                if revision.approved_go_live_at == old or revision.approved_go_live_at < moment:
                    _set_time(revision, moment)
                    revision.approved_go_live_at = moment
                    revision.save(update_fields=["content", "approved_go_live_at"])
                    Page.objects.filter(pk=page.pk, live=False).update(go_live_at=moment)
    story_moved(story.pk)


def _set_time(revision: Revision, moment: datetime) -> None:
    revision.content["go_live_at"] = moment.isoformat()


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
