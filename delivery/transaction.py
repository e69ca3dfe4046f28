"""One transaction for an editor's act and its documents.

Wagtail saves a page, then sends signals, and only parts of its views are atomic. Inside `publishing()` signals only
note what moved; at the end, before the commit, each story is synced once. So page rows are locked before the
publish lock, by everybody (`delivery.locks`); and a document that cannot be rendered takes the whole act back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from wagtail.models import Page, Revision

from delivery.clock import database_now
from delivery.locks import Tree, take_publish_lock, take_tree_lock
from delivery.log import logging_changes
from delivery.refresh import refresh_batch, wake_refresh
from delivery.stale import request_refresh
from delivery.sync import sync_below, sync_stories

# How long a request may go on rendering documents that mention what it published (seconds); the rest is a task's.
INLINE_BUDGET = 0.2


@dataclass
class _Notes:
    """What moved in this transaction: each once, in the order of the first word of it."""

    stories: dict[UUID, None] = field(default_factory=dict)
    pages: dict[int, None] = field(default_factory=dict)
    dependencies: dict[str, None] = field(default_factory=dict)


class _Moved(threading.local):
    notes: _Notes | None = None


_moved = _Moved()


@contextmanager
def publishing(tree: Tree = Tree.CHANGES) -> Iterator[None]:
    """A transaction at whose end the documents of all stories that moved are right. Nested, the outermost decides.

    `tree`: what it may do with the tree of pages.
    """
    if _moved.notes is not None:
        with transaction.atomic():
            yield
        return
    _moved.notes = _Notes()
    try:
        with transaction.atomic():
            take_tree_lock(tree)
            yield
            _publish_before_commit()
            with logging_changes():
                _bring_in_line(_moved.notes)
                left = refresh_batch(budget=INLINE_BUDGET)
            if left:
                wake_refresh()
    finally:
        _moved.notes = None


def _bring_in_line(notes: _Notes) -> None:
    if not (notes.stories or notes.pages or notes.dependencies):
        return
    take_publish_lock()
    request_refresh(notes.dependencies)
    stories, at = list(notes.stories), database_now()
    for page in Page.objects.filter(pk__in=notes.pages).order_by("path"):
        stories += sync_below(page, at)
    sync_stories(stories)


def story_moved(story_id: UUID) -> None:
    """Note that a story's pages, the pages above them or its own row changed."""
    with _noting() as notes:
        notes.stories[story_id] = None


def subtree_moved(page: Page) -> None:
    """Note that everything from a page down may have changed its address or its visibility."""
    with _noting() as notes:
        notes.stories[page.translation_key] = None
        notes.pages[page.pk] = None


def depended_on_changed(dependency: str) -> None:
    """Note that something that documents mention (`image:<id>`, `topic:<id>`, …) changed."""
    with _noting() as notes:
        notes.dependencies[dependency] = None


@contextmanager
def _noting() -> Iterator[_Notes]:
    """The notes of the transaction, or of one made for this."""
    if _moved.notes is not None:
        yield _moved.notes
    else:
        with publishing(Tree.UNTOUCHED), _noting() as notes:
            yield notes


def story_saved(story_id: UUID) -> None:
    """As `story_moved`, from within a page's own `save`, which goes on to write the paths of the pages below."""
    if _moved.notes is None:
        transaction.on_commit(lambda: story_moved(story_id))
    else:
        _moved.notes.stories[story_id] = None


def _publish_before_commit() -> None:
    """Publish now what wagtail-localize put off until after the commit.

    There a crash would leave a translation saved and unpublished, outside this transaction.
    """
    waiting, connection.run_on_commit = connection.run_on_commit, []
    for entry in waiting:
        callback = entry[1]
        if getattr(callback, "__func__", None) is Revision.publish:
            callback()
        else:
            connection.run_on_commit.append(entry)
