"""One transaction for an editor's act and its documents.

Wagtail saves a page, then sends signals, and only parts of its views are atomic. Inside `publishing()` signals only
note which stories moved; at the end, before the commit, each is synced once. So page rows are locked before the
publish lock, by everybody; and a document that cannot be rendered takes the whole act back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from wagtail.models import Revision

from delivery.refresh import refresh_batch, wake_refresh
from delivery.sync import request_refresh, sync_stories

# How long a request may go on rendering documents that mention what it published (seconds); the rest is a task's.
INLINE_BUDGET = 0.2


class _Moved(threading.local):
    stories: dict[UUID, None] | None = None


_moved = _Moved()


@contextmanager
def publishing() -> Iterator[None]:
    """A transaction at whose end the documents of all stories that moved are right. Nested, the outermost decides."""
    if _moved.stories is not None:
        with transaction.atomic():
            yield
        return
    _moved.stories = {}
    try:
        with transaction.atomic():
            yield
            _publish_before_commit()
            if _moved.stories:
                sync_stories(_moved.stories)
            if refresh_batch(budget=INLINE_BUDGET):
                wake_refresh()
    finally:
        _moved.stories = None


def story_moved(story_id: UUID) -> None:
    """Note that a story's pages, the pages above them or its own row changed."""
    if _moved.stories is None:
        with publishing():
            story_moved(story_id)
    else:
        _moved.stories[story_id] = None


def story_saved(story_id: UUID) -> None:
    """As `story_moved`, from within a page's own `save`, which goes on to write the paths of the pages below."""
    if _moved.stories is None:
        transaction.on_commit(lambda: story_moved(story_id))
    else:
        _moved.stories[story_id] = None


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


def depended_on_changed(dependency: str) -> None:
    """Note that something that documents mention (`image:<id>`, `topic:<id>`, …) changed."""
    with publishing():
        request_refresh(dependency)
