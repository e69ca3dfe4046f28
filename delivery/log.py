"""The change log: entries are numbered and stored, former paths kept."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from delivery.copying import copy_rows
from delivery.models import Change, ChangeKind, LogHead, OldPath, PublishedDocument


def change_of(document: PublishedDocument, kind: ChangeKind, replacement_id: UUID | None = None) -> Change:
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


def remember_paths(documents: Iterable[PublishedDocument]) -> None:
    """Keep the paths of documents that go away or move, so that they lead to where the story lives then."""
    former = {
        document.path: OldPath(
            path=document.path, story_id=document.story_id, locale=document.locale, slug=document.slug
        )
        for document in documents
    }
    OldPath.objects.bulk_create(
        former.values(),
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["story", "locale", "slug"],
    )


def store_new(documents: Sequence[PublishedDocument]) -> None:
    """Store documents of which the public had none, each with its entry. The publish lock is held."""
    changes = [change_of(document, ChangeKind.NEW) for document in documents]
    append_changes(changes)
    for document, change in zip(documents, changes, strict=True):
        document.sequence = change.sequence
    copy_rows(PublishedDocument, documents)
