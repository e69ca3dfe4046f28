"""The change feed: every reader that follows it ends with exactly what is published, or is told to start again.

The log is a snapshot and what happened since. Up to the *horizon* (`LogHead.compacted`) there are only the last words,
as of the horizon, about what was public then; above it is every change. Who begins reads the snapshot, then the log.

A reader keeps a token: the sequence of the last entry it was given, and a *mark*, a hash of that very entry. After a
restore from a backup numbers are used again for other changes, but a mark is not: so a reader that is ahead is told,
also when the restored log has grown past its number.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import Field

from delivery.clock import UNIX_EPOCH
from delivery.context import api_url
from delivery.errors import BadParameter, LogGone, LogMoved
from delivery.models import Change, ChangeKind, LogHead, PublishedDocument
from delivery.schemas import Collection, Language, one_of

_FORM = struct.Struct(">qq8s")


class ChangeEntry(Schema):
    """One change. A withdrawal is a tombstone: there is nothing left to fetch."""

    sequence: int = Field(description="Rises with time; without gaps, but for what was compacted.")
    at: datetime
    kind: Annotated[ChangeKind, one_of(ChangeKind)]
    type: Collection
    id: UUID
    locale: Language
    path: str | None = Field(description="Frontend path of the document as it is now; null where none is public.")
    api_url: str | None = Field(description="Null for a withdrawal.")
    etag: str | None = Field(
        description="Entity tag of the document as this entry left it; null for a withdrawal. A cache that answers with"
        " another one is older, or newer: then there is a later entry."
    )
    replacement: UUID | None = Field(description="The story that replaces a withdrawn one.")


@dataclass(frozen=True)
class Position:
    """Where a reader stands: what its token says."""

    # The last entry it was given. 0: it has been given nothing, so whatever became of the log, all is well.
    sequence: int = 0
    # The horizon whose snapshot it is in the middle of; 0: it knows everything up to `sequence`.
    snapshot: int = 0
    mark: bytes = bytes(8)

    @property
    def token(self) -> str:
        """The position as readers keep it: opaque, 32 characters that an address may hold."""
        return base64.urlsafe_b64encode(_FORM.pack(self.sequence, self.snapshot, self.mark)).decode()

    @classmethod
    def of(cls, token: str | None) -> "Position":
        """What a token stands for; no token is the beginning. Raises BadParameter for what is none of ours."""
        if not token:
            return cls()
        try:
            position = cls(*_FORM.unpack(base64.b64decode(token, altchars=b"-_", validate=True)))
        except (binascii.Error, ValueError, struct.error):
            position = cls(-1)
        if position.sequence < 0:
            raise BadParameter("since", _("This is no token of this API."))
        return position


@dataclass(frozen=True)
class Log:
    """The log at one moment, as far as it can be told without reading entries."""

    epoch: UUID
    head: int
    horizon: int
    now: datetime
    # The next moment at which the clock changes anything.
    next_change: datetime | None
    # Marks of the entries at the head, at the horizon and where the reader stands.
    marks: dict[int, bytes]

    def position(self, sequence: int, snapshot: int = 0) -> Position:
        """The position of a reader at an entry whose mark is known. Raises KeyError for another."""
        if sequence == 0:
            return Position()
        mark = self.marks[sequence]
        if sequence >= snapshot:
            return Position(sequence, 0, mark)
        # What it read of a snapshot holds for that snapshot only.
        return Position(sequence, snapshot, hashlib.blake2b(mark + self.marks[snapshot], digest_size=8).digest())

    def expect(self, position: Position) -> None:
        """Raises LogGone unless a reader at `position` misses nothing when it goes on from there."""
        if position.sequence == 0:
            return
        is_reachable = position.snapshot == self.horizon if position.snapshot else position.sequence >= self.horizon
        if not is_reachable or position.sequence not in self.marks:
            raise LogGone
        if self.position(position.sequence, position.snapshot) != position:
            raise LogGone

    @property
    def tag(self) -> str:
        """Differs when anything in the log does."""
        return self.position(self.head).token + str(self.horizon)


@dataclass(frozen=True)
class Page:
    """Entries, each with the position of a reader that has been given it."""

    entries: list[tuple[Position, ChangeEntry]]
    # Where the reader stands then: further than the last entry where those after it are not for this reader.
    end: Position
    has_more: bool


def look_at_log(position: Position) -> Log:
    """The log at this moment, for a reader at `position`; one query. Raises LogGone if it must start again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), (SELECT min(at) FROM delivery_nextchange), h.epoch, h.sequence, h.compacted,"
            " c.sequence, c.at, c.story_id, c.locale, c.kind, c.etag"
            " FROM (SELECT 1) one LEFT JOIN delivery_loghead h ON true"
            " LEFT JOIN delivery_change c ON c.sequence IN (h.sequence, h.compacted, %s)",
            [position.sequence],
        )
        rows = cursor.fetchall()
    now, next_change, epoch, head, horizon = rows[0][:5]
    epoch = epoch or UUID(int=0)  # nothing was ever published
    marks = {row[5]: _mark(epoch, row[5:]) for row in rows if row[5] is not None}
    log = Log(epoch, head or 0, horizon or 0, now, next_change, marks)
    log.expect(position)
    return log


def _mark(epoch: UUID, entry: Iterable[Any]) -> bytes:
    sequence, at, story_id, locale, kind, etag = entry
    micros = (at - UNIX_EPOCH) // timedelta(microseconds=1)
    text = f"{epoch} {sequence} {micros} {story_id} {locale} {kind} {etag}"
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def read_page(log: Log, position: Position, limit: int, **only: str) -> Page:
    """What follows `position` in `log`, at most `limit` entries of those that `only` (fields of Change) lets through.

    One query. Raises LogMoved if the log was compacted since it was looked at.
    """
    public = PublishedDocument.objects.filter(story_id=OuterRef("story_id"), locale=OuterRef("locale"))
    rows = list(
        Change.objects.filter(sequence__gt=position.sequence, sequence__lte=log.head, **only)
        # Not as it was: the slug of what is withdrawn says what it was about.
        .annotate(public_path=Subquery(public.values("path")[:1]))
        # In the same statement, hence of the same moment: what is read is whole below the horizon that we know.
        .filter(Exists(_unmoved(log)))
        .order_by("sequence")[: limit + 1]
    )
    if not rows and position.sequence < log.head and not _unmoved(log).exists():
        raise LogMoved
    has_more = len(rows) > limit
    snapshot = position.snapshot if position.sequence else log.horizon
    for row in rows:
        entry = (row.sequence, row.at, row.story_id, row.locale, row.kind, row.etag)
        log.marks[row.sequence] = _mark(log.epoch, entry)
    entries = [(log.position(row.sequence, snapshot), entry_of(row)) for row in rows[:limit]]
    return Page(entries, entries[-1][0] if has_more else log.position(log.head), has_more)


def _unmoved(log: Log) -> Any:
    return LogHead.objects.filter(epoch=log.epoch, compacted=log.horizon)


def entry_of(change: Any) -> ChangeEntry:
    """A row of the log, with its `public_path`, as readers are given it."""
    gone = change.kind == ChangeKind.WITHDRAWN
    return ChangeEntry(
        sequence=change.sequence,
        at=change.at,
        kind=ChangeKind(change.kind),
        type=change.collection,
        id=change.story_id,
        locale=change.locale,
        path=change.public_path,
        api_url=None if gone else api_url(change.collection, change.story_id, change.locale),
        etag=None if gone else f'"{change.etag}"',
        replacement=change.replacement_id,
    )
