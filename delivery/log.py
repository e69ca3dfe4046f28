"""The change log: what one transaction did to a document is one entry, numbered at its end. Former paths are kept."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now
from django.dispatch import Signal

from delivery.copying import copy_rows
from delivery.models import Change, ChangeKind, LogHead, OldPath, PublishedDocument, Story

Key = tuple[UUID, str]
WRITTEN_AT_ONCE = 1000

# `keys`: stories and languages whose documents are new or say something else. Sent under the publish lock and inside
# the transaction, so that whatever is written of documents is there when they are; rows of documents that go away go
# with them (ON DELETE CASCADE), for nobody is told of those.
documents_changed = Signal()


@dataclass(frozen=True)
class _Touched:
    """A document that this transaction wrote: what it was before, and what a difference means to readers."""

    before: PublishedDocument | None
    kind: ChangeKind


class _Log(threading.local):
    touched: dict[Key, _Touched] | None = None


_log = _Log()


@contextmanager
def logging_changes() -> Iterator[None]:
    """Under the publish lock: append, at the end, one entry for each document that differs from what it was.

    Meanwhile it may be written several times: stories that mention one another appear together. Nested, the outermost
    decides.
    """
    if _log.touched is not None:
        yield
        return
    _log.touched = {}
    try:
        yield
        touched = iter(_log.touched.items())
        while some := dict(islice(touched, WRITTEN_AT_ONCE)):
            _append_differences(some)
    finally:
        _log.touched = None


def touch(key: Key, before: PublishedDocument | None, kind: ChangeKind = ChangeKind.REFRESH) -> None:
    """Note that a document is about to be written, or taken away; `kind`: what it means if it differs then."""
    assert _log.touched is not None
    known = _log.touched.setdefault(key, _Touched(before, kind))
    if known.kind == ChangeKind.REFRESH:
        _log.touched[key] = replace(known, kind=kind)


def _append_differences(touched: dict[Key, _Touched]) -> None:
    stories = {story_id for story_id, _locale in touched}
    now = {
        (document.story_id, document.locale): document
        for document in PublishedDocument.objects.filter(story_id__in=stories).defer("card", "body")
    }
    replacements = dict(Story.objects.filter(pk__in=stories).values_list("pk", "replacement_id"))
    changes = []
    for key, one in touched.items():
        document = now.get(key)
        if document is None and one.before is not None:
            changes.append(_change_of(one.before, ChangeKind.WITHDRAWN, replacements.get(key[0])))
        elif document is not None and one.before is None:
            changes.append(_change_of(document, ChangeKind.NEW))
        elif document is not None and one.before is not None and _differ(one.before, document):
            changes.append(_change_of(document, ChangeKind.UPDATE if one.kind == ChangeKind.NEW else one.kind))
    if not changes:
        return
    append_changes(changes)
    numbers = {now[one.story_id, one.locale].pk: one.sequence for one in changes if one.kind != ChangeKind.WITHDRAWN}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_publisheddocument AS document SET sequence = number.sequence"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS number (id, sequence) WHERE document.id = number.id",
            [list(numbers), list(numbers.values())],
        )
    if told := [(one.story_id, one.locale) for one in changes if one.kind != ChangeKind.WITHDRAWN]:
        documents_changed.send(PublishedDocument, keys=told)


def _differ(before: PublishedDocument, now: PublishedDocument) -> bool:
    """Whether a reader can notice: by what it says, where it is, or the lists and files that it is found by."""
    names = ("etag", "path", "collection", "terms", "shows")
    return any(getattr(before, name) != getattr(now, name) for name in names)


def _change_of(document: PublishedDocument, kind: ChangeKind, replacement_id: UUID | None = None) -> Change:
    """The entry that tells of a document, without its number."""
    return Change(
        kind=kind,
        story_id=document.story_id,
        locale=document.locale,
        collection=document.collection,
        path=document.path,
        etag="" if kind == ChangeKind.WITHDRAWN else document.etag,
        replacement_id=replacement_id,
    )


def append_changes(changes: Sequence[Change]) -> None:
    """Number entries, in their order, and store them. The publish lock is held, so numbers rise with commits."""
    with connection.cursor() as cursor:
        count = "UPDATE delivery_loghead SET sequence = sequence + %s RETURNING sequence, clock_timestamp()"
        cursor.execute(count, [len(changes)])
        row = cursor.fetchone()
        if row is None:
            LogHead.objects.create()
            cursor.execute(count, [len(changes)])
            row = cursor.fetchone()
    last, at = row
    for number, change in enumerate(changes, start=last - len(changes) + 1):
        change.sequence, change.at = number, at
    Change.objects.bulk_create(changes)


def store_new(documents: Sequence[PublishedDocument]) -> None:
    """Store documents of which the public had none, each with its entry. The publish lock is held."""
    changes = [_change_of(document, ChangeKind.NEW) for document in documents]
    append_changes(changes)
    for document, change in zip(documents, changes, strict=True):
        document.sequence = change.sequence
    copy_rows(PublishedDocument, documents)
    documents_changed.send(PublishedDocument, keys=[(document.story_id, document.locale) for document in documents])


def remember_paths(documents: Iterable[PublishedDocument]) -> None:
    """Keep the paths of documents that go away or move, so that they lead to where the story lives then."""
    now = Now()
    OldPath.objects.bulk_create(
        [
            OldPath(path=one.path, story_id=one.story_id, locale=one.locale, slug=one.slug, since=now)
            for one in documents
        ],
        update_conflicts=True,
        unique_fields=["path", "story", "locale"],
        update_fields=["slug", "since"],
    )
