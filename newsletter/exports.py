"""A newsletter's people are written into a file, some thousand a transaction.

So a worker that is killed leaves nothing half done, and the next one goes on where it stopped. Whoever is erased
meanwhile takes the file with them (`newsletter.erasure`): the row is locked before people are read.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC
from io import StringIO
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import override

from home.cells import plain_cell
from jobs import heartbeat, lease
from jobs.models import JobState
from newsletter.models import Export, ExportPart, NewsletterList, Subscription

# People a transaction, and a part of the file.
CHUNK = 5000


@transaction.atomic
def begin(one: NewsletterList, language: str, by: Any) -> Export:
    """Have everybody written down who gets a newsletter, or has left it; one file at a time."""
    # Who presses twice at once gets one.
    NewsletterList.objects.select_for_update().get(pk=one.pk)
    under_way = next((job for job in one.exports.all() if job.is_under_way), None)
    lines = Subscription.objects.filter(list=one).count()
    return under_way or Export.objects.create(list=one, language=language, by=by, lines=lines)


def run_next() -> bool:
    """Write the file that waits for the longest; whether there was one."""
    return heartbeat.work_on_next(Export, _run)


def content_of(job: Export) -> Iterator[bytes]:
    """The file, a part at a time. Raises DoesNotExist where it is deleted meanwhile."""
    for pk in job.parts.values_list("pk", flat=True):
        yield bytes(ExportPart.objects.get(pk=pk).content)


def forget_old() -> None:
    """Remove files that nobody needs any more, and what nobody could write to its end."""
    Export.objects.filter(created_at__lt=Now() - Export.kept_for).exclude(state=JobState.RUNNING).delete()


def _run(job: Export, tell: heartbeat.Progress) -> None:
    """Raises LeaseLost."""
    with override(job.language):
        while written := _write(job):
            job.position += written
            tell(job.percent)
    with lease.finishing(job):
        Export.objects.filter(pk=job.pk).update(finished_at=Now())


@transaction.atomic
def _write(job: Export) -> int:
    """The next part; how many people are in it. Raises LeaseLost."""
    lease.note(job, position=F("position"))
    rest = Subscription.objects.filter(list=job.list_id, pk__gt=job.last).order_by("pk")
    people = list(rest.select_related("subscriber")[:CHUNK])
    rows = [_row(one) for one in people]
    is_first = not job.parts.exists()
    if is_first:
        rows.insert(0, [_("E-mail"), _("Language"), _("State"), _("Since"), _("By")])
    if rows:
        # Spreadsheets know UTF-8 by the mark.
        content = ("\ufeff" if is_first else "") + _csv(rows)
        ExportPart.objects.create(export=job, content=content.encode())
    if people:
        job.last = people[-1].pk
        lease.note(job, position=F("position") + len(people), last=job.last)
    return len(people)


def _row(one: Subscription) -> list[str]:
    return [
        one.subscriber.email,
        one.subscriber.language,
        _("Subscribed") if one.is_active else _("Left"),
        f"{one.changed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        str(one.get_changed_by_display()),
    ]


def _csv(rows: Iterable[list[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([plain_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
